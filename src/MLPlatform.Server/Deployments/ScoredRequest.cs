using System.Text.Json;
using MLPlatform.Core.Deployments;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Server.Deployments;

/// <summary>A request that was answered, on its way into the log of impressions. It holds a use of what it was scored by.</summary>
/// <param name="Rows">The raw rows, where they came as JSON.</param>
/// <param name="Shown">The rows that are shown; null: all, as they came.</param>
internal sealed record ScoredRequest(
    ServedDeployment Served, string RequestId, string? Key, ServingRoute Route, DateTimeOffset At, TimeSpan Took,
    float[] Scores, ulong[] Hashes, ColumnBatch Batch, IReadOnlyList<JsonElement>? Rows, IReadOnlyList<ShownRow>? Shown)
{
    /// <summary>Whether the version could not score it: counted, and no impression.</summary>
    public bool Failed { get; init; }

    /// <summary>The impressions: rows that somebody was shown.</summary>
    public IEnumerable<ShownRow> Impressions() => Shown ?? Enumerable.Range(0, Scores.Length).Select(row => new ShownRow(row, row + 1, 1));

    /// <summary>What a row is about: the value of the item column, else the row's place.</summary>
    public string Item(int row)
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
