using System.Globalization;
using System.Text.Json;
using MLPlatform.Core.Deployments;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Server.Deployments;

/// <summary>A request that items were found for.</summary>
/// <param name="K">How many were asked for, for each row.</param>
/// <param name="Found">What was found; empty where the version failed.</param>
internal sealed record FoundRequest(
    ServedDeployment Served, string RequestId, string? Key, ServingRoute Route, DateTimeOffset At, TimeSpan Took,
    ColumnBatch Batch, IReadOnlyList<JsonElement>? Rows, int K, FoundItems Found)
    : AnsweredRequest(Served, RequestId, Key, Route, At, Took, Batch, Rows)
{
    public override int Size => Failed ? Batch.Rows : Found.Keys.Count;

    public override bool IsFinite => Found.Scores.All(float.IsFinite);

    public override IEnumerable<Impression> Impressions() => Of(Found);

    public override IEnumerable<Impression> ImpressionsOf(ModelFolder shadow) =>
        Of(FoundItems.By(shadow, Rows is null ? Batch : ColumnBatch.FromJson(shadow.AskedColumns, Rows), K));

    /// <summary>What the list of a row is known by in impressions and feedback: the request's id where there is one row alone.</summary>
    public static string IdOf(string requestId, int row, int rows) => rows == 1 ? requestId : string.Create(CultureInfo.InvariantCulture, $"{requestId}/{row}");

    private IEnumerable<Impression> Of(FoundItems found) => found.Keys.Select((item, i) =>
        new Impression(IdOf(RequestId, i / found.Most, Batch.Rows), item, i / found.Most, found.Scores[i]) { Rank = i % found.Most + 1 });
}
