using MLPlatform.Core.Experiments;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Sweeps;
using MLPlatform.Executors.Process;
using MLPlatform.Server.Hosting;

namespace MLPlatform.Server.Sweeps;

/// <summary>
/// What attempts of a run reported: the engine's rows once they ended, what they logged to tracking at any time, and the file that
/// they write while they run.
/// </summary>
internal sealed class TrialMetrics(IRunStore runs, ITrackedRunStore tracked, HostSettings settings, TimeProvider time) : ITrialMetrics
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
            if (!row.Status.IsTerminal())
                foreach (MetricPoint point in Live(attempt).Where(p => p.Name == metric))
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

    private IReadOnlyList<MetricPoint> Live(AttemptId attempt)
    {
        try
        {
            return MetricsFile.Read(Path.Combine(settings.Home, "attempts", attempt.ToString(), "metrics.jsonl"), MostPoints, time.GetUtcNow()).Metrics;
        }
        catch (IOException)
        {
            return []; // The attempt writes it in its own way and time; the next look shows more.
        }
    }
}
