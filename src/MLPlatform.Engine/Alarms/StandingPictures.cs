using MLPlatform.Core.Alarms;
using MLPlatform.Core.Runs;

namespace MLPlatform.Engine.Alarms;

/// <summary>What has become of the causes of alarms that are not resolved.</summary>
internal sealed class StandingPictures(IAlarmStore alarms, IRunStore runs)
{
    public async Task<IReadOnlyList<StandingAlarm>> ReadAsync(CancellationToken cancel)
    {
        List<StandingAlarm> found = [];
        // Many alarms of one pipeline ask about the same runs.
        Dictionary<RunId, RunRow?> rows = [];
        Dictionary<string, RunRow?> successes = new(StringComparer.Ordinal);
        foreach (Alarm alarm in await alarms.ListStandingAsync(cancel).ConfigureAwait(false))
        {
            bool follows = alarm.Event is AlarmEvent.Queued or AlarmEvent.Running or AlarmEvent.Retried;
            RunRow? run = null;
            if (follows && alarm.Run is { } id && !rows.TryGetValue(id, out run))
                rows[id] = run = await runs.FindRunAsync(id, cancel).ConfigureAwait(false);
            ActivityRow? activity = follows && alarm is { Run: { } of, Node: { } node }
                ? (await runs.ListActivitiesAsync(of, cancel).ConfigureAwait(false)).FirstOrDefault(a => a.Node == node) : null;
            found.Add(new StandingAlarm(alarm, run, activity, await LaterSuccessAsync(alarm, successes, cancel).ConfigureAwait(false)));
        }
        return found;
    }

    private async Task<RunRow?> LaterSuccessAsync(Alarm alarm, Dictionary<string, RunRow?> known, CancellationToken cancel)
    {
        if (alarm.Event is not (AlarmEvent.Failed or AlarmEvent.TimedOut or AlarmEvent.Cancelled or AlarmEvent.Retried))
            return null;
        // Standing alarms come oldest first: a success after an older one that is not after a newer one is asked for again.
        if (!known.TryGetValue(alarm.Pipeline, out RunRow? later) || (later is not null && later.EndedAt <= alarm.At))
        {
            RunFilter after = new(alarm.Pipeline, RunStatus.Succeeded, EndedAfter: alarm.At);
            later = (await runs.ListRunsAsync(after, null, 50, cancel).ConfigureAwait(false)).Items.Where(r => r.EndedAt > alarm.At).MaxBy(r => r.EndedAt);
            known[alarm.Pipeline] = later;
        }
        return later;
    }
}
