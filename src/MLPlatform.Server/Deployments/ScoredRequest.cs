using System.Text.Json;
using MLPlatform.Core.Deployments;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Server.Deployments;

/// <summary>A request whose rows were scored.</summary>
/// <param name="Shown">The rows that are shown; null: all, as they came.</param>
internal sealed record ScoredRequest(
    ServedDeployment Served, string RequestId, string? Key, ServingRoute Route, DateTimeOffset At, TimeSpan Took,
    ColumnBatch Batch, IReadOnlyList<JsonElement>? Rows, float[] Scores, ulong[] Hashes, IReadOnlyList<ShownRow>? Shown)
    : AnsweredRequest(Served, RequestId, Key, Route, At, Took, Batch, Rows)
{
    public override int Size => Scores.Length;

    public override bool IsFinite => Scores.All(float.IsFinite);

    public override IEnumerable<Impression> Impressions() => Of(Scores, Hashes);

    public override IEnumerable<Impression> ImpressionsOf(ModelFolder shadow)
    {
        float[] scores = new float[Scores.Length];
        ulong[] hashes = new ulong[scores.Length];
        shadow.Score(Rows is null ? Batch : ColumnBatch.FromJson(shadow.Columns, Rows), scores, hashes);
        return Of(scores, hashes);
    }

    private IEnumerable<Impression> Of(float[] scores, ulong[] hashes) => Shown is null
        ? scores.Select((score, row) => new Impression(RequestId, Item(row), row, score) { Features = hashes[row] })
        : Shown.Select(shown => new Impression(RequestId, Item(shown.Row), shown.Row, scores[shown.Row]) { Features = hashes[shown.Row], Shown = shown });

    // What a row is about: the value of the item column, else the row's place.
    private string Item(int row)
    {
        string place = row.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (Served.Deployment.Spec.Settings.ItemColumn is not { } column)
            return place;
        if (Rows is not null)
            return Rows[row].TryGetProperty(column, out JsonElement value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number && JsonText.TryRead(value, out string? item) ? item : place;
        Column? cells = Batch.Columns.FirstOrDefault(c => c.Name == column);
        return cells is not null && cells.IsPresent(row) ? System.Text.Encoding.UTF8.GetString(cells.Canonical(row, stackalloc byte[32])) : place;
    }
}
