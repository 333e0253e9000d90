using System.Text.Json;
using MLPlatform.Core.Deployments;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Models;
using MLPlatform.Vlps.Rows;

namespace MLPlatform.Server.Deployments;

/// <summary>What a request is answered with.</summary>
/// <param name="Version">Who answered.</param>
/// <param name="Shown">What to show, where the request asked for a choice.</param>
internal sealed record Scored(string RequestId, int Version, ServingRole Role, float[] Scores, IReadOnlyList<ShownRow>? Shown);

/// <summary>How a request wants to be answered and remembered.</summary>
/// <param name="Only">Score with this version instead of the one that the key falls on.</param>
/// <param name="At">When it was asked, where that is not now.</param>
/// <param name="Top">Show so many of the rows, the best first; null: all, as they came.</param>
/// <param name="Explore">The chance of each position to go to any of the rows.</param>
internal sealed record ScoreWish(int? Only = null, DateTimeOffset? At = null, int? Top = null, double Explore = 0);

/// <summary>Scores the rows of a request with the version that its key falls on, and hands them on to be logged.</summary>
internal sealed class Scoring(IImpressions impressions, TimeProvider time)
{
    /// <param name="read">Makes the batch that a model reads.</param>
    /// <param name="rows">The raw rows, where they came as JSON.</param>
    /// <exception cref="VlpsException">The rows do not fit the model.</exception>
    public Scored Score(ServedDeployment served, string requestId, string? key, ScoreWish wish, Func<ModelFolder, ColumnBatch> read, IReadOnlyList<JsonElement>? rows)
    {
        ServingRoute route = served.Route(key ?? requestId, wish.Only);
        DateTimeOffset at = wish.At ?? time.GetUtcNow();
        long start = time.GetTimestamp();
        ModelFolder model = served.Find(route.Version)!;
        ColumnBatch batch = read(model);
        model.RequireNumbers(batch);
        float[] scores = new float[batch.Rows];
        ulong[] hashes = new ulong[batch.Rows];
        try
        {
            model.Score(batch, scores, hashes);
        }
        catch
        {
            if (served.TryUse())
                impressions.Add(new ScoredRequest(served, requestId, key, route, at, time.GetElapsedTime(start), batch, rows, scores, hashes, null) { Failed = true });
            throw;
        }
        IReadOnlyList<ShownRow>? shown = wish.Top is { } top ? Ranking.Choose(requestId, scores, top, wish.Explore) : null;
        // The log goes on using what was scored by when the answer is gone.
        if (served.TryUse())
            impressions.Add(new ScoredRequest(served, requestId, key, route, at, time.GetElapsedTime(start), batch, rows, scores, hashes, shown));
        return new Scored(requestId, route.Version, route.Role, scores, shown);
    }
}
