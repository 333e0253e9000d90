using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Alarms;

/// <summary>What a run and its activities breach.</summary>
internal static class RunBreaches
{
    private const int Longest = 240;

    public static void Find(WatchedRun watched, BreachList breaches)
    {
        foreach (ScopedRule rule in watched.Alarms.Rules)
        {
            // The more telling event first: a run that timed out has failed, too, and is one breach.
            foreach (AlarmEvent what in rule.Rule.On.OrderBy(e => e == AlarmEvent.TimedOut ? 0 : 1))
            {
                if (rule.Activity is null)
                    OfRun(watched, rule, what, breaches);
                else
                    OfActivities(watched, rule, what, breaches);
                OfAny(watched, rule, what, breaches);
            }
        }
    }

    private static void OfRun(WatchedRun watched, ScopedRule rule, AlarmEvent what, BreachList breaches)
    {
        RunRow run = watched.Run;
        DateTimeOffset at = run.EndedAt ?? run.CreatedAt;
        switch (what)
        {
            case AlarmEvent.Failed when run.Status == RunStatus.Failed:
                ActivityRow? first = FirstFailed(watched, null);
                Add(first, $"{run.Pipeline} failed{Why(first?.Name, first?.FailureJson ?? run.FailureJson)}", End(run), at);
                break;
            case AlarmEvent.TimedOut when run.Status == RunStatus.Failed && FirstFailed(watched, FailureKind.Timeout) is { } late:
                Add(late, $"{run.Pipeline} failed{Why(late.Name, late.FailureJson)}", End(run), at);
                break;
            case AlarmEvent.Cancelled when run.Status == RunStatus.Cancelled:
                Add(null, $"A run of {run.Pipeline} was cancelled", End(run), at);
                break;
            case AlarmEvent.Succeeded when run.Status == RunStatus.Succeeded:
                Add(null, $"A run of {run.Pipeline} succeeded after {BreachList.Words(at - run.CreatedAt)}", End(run), at);
                break;
            case AlarmEvent.Running when !run.Status.IsTerminal() && Bound(watched, rule, "") is { } longest && breaches.IsDue(run.CreatedAt + longest):
                Add(null, $"A run of {run.Pipeline} takes longer than {BreachList.Words(longest)}{Learned(rule)}", $"long {run.Id}", run.CreatedAt + longest);
                break;
        }

        void Add(ActivityRow? node, string summary, string breach, DateTimeOffset when) =>
            breaches.Add(rule, what, breach, when, watched.Alarms.Owner, node?.Name, summary, run.Id, node?.Node);
    }

    private static void OfActivities(WatchedRun watched, ScopedRule rule, AlarmEvent what, BreachList breaches)
    {
        foreach (ActivityRow node in watched.Activities.Where(a => rule.Covers(a.Name)))
        {
            string name = $"{watched.Run.Pipeline}/{node.Name}";
            FormattableString end = $"end {node.Run} {node.Node} {node.Attempts}";
            string? summary = what switch
            {
                AlarmEvent.Failed when node.Status == ActivityStatus.Failed => $"{name} failed{Why(null, node.FailureJson)}",
                AlarmEvent.TimedOut when node.Status == ActivityStatus.Failed && KindOf(node) == FailureKind.Timeout => $"{name} failed{Why(null, node.FailureJson)}",
                AlarmEvent.Cancelled when node.Status == ActivityStatus.Cancelled => $"{name} was cancelled",
                AlarmEvent.Succeeded when node.Status.HasOutputs() => $"{name} succeeded",
                _ => null,
            };
            if (summary is not null)
                breaches.Add(rule, what, FormattableString.Invariant(end), node.EndedAt ?? breaches.Now, watched.Alarms.Owner, node.Name, summary, node.Run, node.Node);
            else if (what == AlarmEvent.Running && node is { Status: ActivityStatus.Running, StartedAt: { } started }
                && Bound(watched, rule, rule.Activity!) is { } longest && breaches.IsDue(started + longest))
                breaches.Add(rule, what, FormattableString.Invariant($"long {node.Run} {node.Node} {node.Attempts}"), started + longest, watched.Alarms.Owner, node.Name,
                    $"{name} takes longer than {BreachList.Words(longest)}{Learned(rule)}", node.Run, node.Node);
        }
    }

    // Events that mean the same on a pipeline and on an activity.
    private static void OfAny(WatchedRun watched, ScopedRule rule, AlarmEvent what, BreachList breaches)
    {
        if (what == AlarmEvent.Metric && watched.Run.EndedAt is { } ended && MetricValue.Find(watched, rule) is { } value && value.IsOut(rule.Rule))
            breaches.Add(rule, what, End(watched.Run), ended, watched.Alarms.Owner, value.Activity, $"{watched.Run.Pipeline}: {value.Words(rule.Rule)}", watched.Run.Id, value.Node);
        if (what == AlarmEvent.Drift && rule.Rule.Features is null && watched.Run.EndedAt is { } at && DriftValue.Find(watched, rule) is { } drift && drift.IsOut(rule.Rule))
            breaches.Add(rule, what, End(watched.Run), at, watched.Alarms.Owner, drift.Activity, $"{watched.Run.Pipeline} has drifted: {drift.Words(rule.Rule)}", watched.Run.Id, drift.Node);
        if (what is not (AlarmEvent.Retried or AlarmEvent.Queued))
            return;
        foreach (ActivityRow node in watched.Activities.Where(a => rule.Covers(a.Name)))
        {
            string name = $"{watched.Run.Pipeline}/{node.Name}";
            if (what == AlarmEvent.Retried && (node.Attempts > 1 || node.Status == ActivityStatus.Retrying))
                breaches.Add(rule, what, FormattableString.Invariant($"retried {node.Run} {node.Node}"), node.StartedAt ?? breaches.Now, watched.Alarms.Owner, node.Name,
                    $"{name} is tried again{Why(null, node.FailureJson)}", node.Run, node.Node);
            if (what == AlarmEvent.Queued && node is { Status: ActivityStatus.Queued, ReadyAt: { } ready } && rule.Rule.LongerThan is { } most && breaches.IsDue(ready + most))
                breaches.Add(rule, what, FormattableString.Invariant($"queued {node.Run} {node.Node} {node.Attempts}"), ready + most, watched.Alarms.Owner, node.Name,
                    $"{name} has waited for resources for more than {BreachList.Words(most)}{(node.Note is { } why ? $": {why}" : "")}", node.Run, node.Node);
        }
    }

    // A run that is resumed and ends again is another breach.
    private static string End(RunRow run) => FormattableString.Invariant($"end {run.Id} {run.EndedAt?.ToUnixTimeMilliseconds()}");

    private static TimeSpan? Bound(WatchedRun watched, ScopedRule rule, string activity) =>
        rule.Rule.LongerThan ?? LearnedDuration.Bound(watched.Durations.GetValueOrDefault(activity) ?? []);

    private static string Learned(ScopedRule rule) =>
        rule.Rule.LongerThan is null ? FormattableString.Invariant($": {LearnedDuration.Factor} times what it usually takes") : "";

    private static ActivityRow? FirstFailed(WatchedRun watched, FailureKind? kind) =>
        watched.Activities.Where(a => a.Status == ActivityStatus.Failed && (kind is null || KindOf(a) == kind)).MinBy(a => (a.EndedAt, a.Node));

    private static FailureKind? KindOf(ActivityRow node) => RowFacts.FailureOf(node.FailureJson)?.Kind;

    // The rest of a long message is in the log.
    private static string OneLine(string message) => message.ReplaceLineEndings(" ") is var line && line.Length > Longest ? line[..Longest] + "…" : line;

    private static string Why(string? at, string? failureJson) => RowFacts.FailureOf(failureJson) is { } failure
        ? $"{(at is null ? "" : $" at {at}")}: {failure.Code}: {OneLine(failure.Message)}"
        : at is null ? "" : $" at {at}";
}
