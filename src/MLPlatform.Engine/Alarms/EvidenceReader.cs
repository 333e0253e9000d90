using MLPlatform.Core.Alarms;
using MLPlatform.Core.Runs;

namespace MLPlatform.Engine.Alarms;

/// <summary>Adds to a new alarm what a person would look up first: the lines of the log and the metrics around it.</summary>
internal sealed class EvidenceReader(IRunStore runs, IAttemptLogs logs)
{
    private const int MostMetrics = 30;

    public async Task<Alarm> AddAsync(Alarm alarm, CancellationToken cancel)
    {
        if (alarm.Run is not { } run)
            return alarm;
        LogExcerpt? log = null;
        // What succeeded, or only waits, has no error to show.
        if (alarm.Node is { } node && alarm.Event is not (AlarmEvent.Succeeded or AlarmEvent.Queued or AlarmEvent.Starved or AlarmEvent.AtLimit))
            log = (await runs.ListAttemptsAsync(run, node, cancel).ConfigureAwait(false)).OrderByDescending(a => a.Id.Number)
                .Select(a => logs.FirstErrors(a.Id)).FirstOrDefault(found => found is not null);
        Dictionary<string, double> metrics = new(StringComparer.Ordinal);
        foreach (MetricRow point in (await runs.ListMetricsAsync(run, cancel).ConfigureAwait(false))
            .Where(m => alarm.Node is null || m.Node == alarm.Node).OrderBy(m => m.At).ThenBy(m => m.Step))
            if (double.IsFinite(point.Value) && (metrics.Count < MostMetrics || metrics.ContainsKey(point.Name)))
                metrics[point.Name] = point.Value;
        return alarm with { Evidence = new AlarmEvidence(log, metrics) };
    }
}
