using MLPlatform.Core.Experiments;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Sweeps;

namespace MLPlatform.Server.Sweeps;

/// <summary>What attempts of a run reported so far, by their own protocol and to tracking.</summary>
internal sealed class TrialMetrics(IRunStore runs, ITrackedRunStore tracked) : ITrialMetrics
{
    private const int MostPoints = 100_000;

    public async Task<IReadOnlyList<CurvePoint>> ReadAsync(RunId run, string metric, string? activity, CancellationToken cancel)
    {
        IReadOnlyList<ActivityRow> all = await runs.ListActivitiesAsync(run, cancel);
        foreach (ActivityRow row in all.Where(a => activity is null || a.Name == activity).OrderByDescending(a => a.Node))
        {
            if (AttemptOf(row) is not { } attempt)
                continue;
            SortedDictionary<long, double> points = [];
            foreach (MetricValue point in await tracked.HistoryAsync(attempt.ToString(), metric, 0, MostPoints, cancel))
                points[point.Step] = point.Value;
            List<CurvePoint> curve = [.. points.Where(p => double.IsFinite(p.Value)).Select(p => new CurvePoint(p.Key, p.Value))];
            if (curve.Count > 0)
                return curve;
        }
        return [];
    }

    // A result from the cache has the metrics of the attempt that made it, which its note names.
    private static AttemptId? AttemptOf(ActivityRow row) =>
        row.Status == ActivityStatus.Cached ? AttemptId.TryParse(row.Note?.Split(' ')[^1], out AttemptId source) ? source : null
        : row.Attempts > 0 ? new AttemptId(row.Run, row.Node, row.Attempts) : null;
}
