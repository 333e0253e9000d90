using MLPlatform.Core.Alarms;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Admission;
using MLPlatform.Engine.Runs;
using MLPlatform.Engine.Triggers;

namespace MLPlatform.Engine.Alarms;

/// <summary>What a look sees of runs.</summary>
/// <param name="Ended">The ends among them: once a look that saw them is committed, they need no other.</param>
internal sealed record RunsSeen(IReadOnlyList<WatchedRun> Runs, IReadOnlyList<(RunId Run, DateTimeOffset At)> Ended);

/// <summary>Reads the runs whose plans have rules, and nothing of the others.</summary>
internal sealed class RunPictures(IAlarmStore alarms, IRunStore runs, AlarmPlans plans, TriggerReplica replica, AlarmOptions options, WaitReasons reasons)
{
    // Ends that a committed look has seen, so that the overlap of looks costs nothing.
    private readonly Dictionary<RunId, DateTimeOffset> _seen = [];

    public async Task<RunsSeen> ReadAsync(DateTimeOffset since, DateTimeOffset now, CancellationToken cancel)
    {
        // 1. Which plans matter at all?
        List<string> watched = [];
        foreach (string plan in await alarms.ListPlansInUseAsync(since, cancel).ConfigureAwait(false))
            if (await plans.FindAsync(plan, cancel).ConfigureAwait(false) is not null)
                watched.Add(plan);
        if (watched.Count == 0)
            return new RunsSeen([], []);
        // 2. Their runs.
        List<WatchedRun> found = [];
        List<(RunId, DateTimeOffset)> ended = [];
        foreach (RunRow run in await alarms.ListRunsAsync(watched, since, cancel).ConfigureAwait(false))
        {
            if (run.EndedAt is { } at)
            {
                if (_seen.TryGetValue(run.Id, out DateTimeOffset before) && before == at)
                    continue;
                // The replica that ran it has its logs; the others see to it only where that one does not.
                if (run.Owner != replica.Name() && now - at < options.Recheck * 2)
                    continue;
                ended.Add((run.Id, at));
            }
            found.Add(await ReadAsync(run, (await plans.FindAsync(run.PlanHash, cancel).ConfigureAwait(false))!, cancel).ConfigureAwait(false));
        }
        return new RunsSeen(found, ended);
    }

    /// <summary>What a look saw is committed.</summary>
    public void Settle(RunsSeen seen, DateTimeOffset since)
    {
        foreach ((RunId run, DateTimeOffset at) in seen.Ended)
            _seen[run] = at;
        foreach (RunId old in _seen.Where(s => s.Value < since).Select(s => s.Key).ToList())
            _seen.Remove(old);
    }

    private async Task<WatchedRun> ReadAsync(RunRow run, PlanAlarms rules, CancellationToken cancel)
    {
        bool terminal = run.Status.IsTerminal();
        IReadOnlyList<ActivityRow> activities = rules.LooksAtActivities || run.Status == RunStatus.Failed || (terminal && rules.LooksAtMetrics)
            ? await runs.ListActivitiesAsync(run.Id, cancel).ConfigureAwait(false) : [];
        activities = await WithReasonsAsync(run, activities, cancel).ConfigureAwait(false);
        IReadOnlyList<MetricRow> metrics = terminal && rules.LooksAtMetrics ? await runs.ListMetricsAsync(run.Id, cancel).ConfigureAwait(false) : [];
        Dictionary<string, IReadOnlyList<TimeSpan>> durations = new(StringComparer.Ordinal);
        if (!terminal)
            foreach (ScopedRule rule in rules.Rules.Where(r => r.Rule.LongerThan is null && r.Rule.On.Contains(AlarmEvent.Running)))
                durations[rule.Activity ?? ""] = await alarms.ListDurationsAsync(run.Pipeline, rule.Activity, LearnedDuration.Last, cancel).ConfigureAwait(false);
        return new WatchedRun(run, rules, activities, metrics, durations);
    }

    // What a queued node's note says while it waits is why.
    private async Task<IReadOnlyList<ActivityRow>> WithReasonsAsync(RunRow run, IReadOnlyList<ActivityRow> activities, CancellationToken cancel)
    {
        if (!activities.Any(a => a.Status == ActivityStatus.Queued))
            return activities;
        RunWaits waits = await reasons.OfAsync(run, cancel).ConfigureAwait(false);
        return [.. activities.Select(a => a.Status == ActivityStatus.Queued ? a with { Note = NoteOf(a.Node, waits, run.Owner) } : a)];
    }

    internal static string? NoteOf(int node, RunWaits waits, string owner) =>
        waits.ByNode.TryGetValue(node, out WaitReason? why) ? $"{why.What}. What would let it start: {why.Release}" : waits.IsOwn ? null : RunWaits.Untold(owner);
}
