using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Budgets;

namespace MLPlatform.Core.Alarms;

/// <summary>Alarms whose cause is gone.</summary>
internal static class Endings
{
    public static AlarmEnding? Find(StandingAlarm standing, AlarmPicture picture)
    {
        Alarm alarm = standing.Alarm;
        if (alarm.Event is AlarmEvent.Succeeded or AlarmEvent.ExpansionEnded)
            return new AlarmEnding(alarm, "it was news", Quiet: true);
        string? because = alarm.Event switch
        {
            AlarmEvent.Queued when standing.Activity?.Status != ActivityStatus.Queued => "it waits no longer",
            AlarmEvent.Running when standing.Run is null || standing.Run.Status.IsTerminal() => "the run has ended",
            AlarmEvent.Running when alarm.Node is not null && standing.Activity?.Status != ActivityStatus.Running => "the activity has ended",
            AlarmEvent.Retried when standing.Activity?.Status.HasOutputs() == true => "the activity succeeded",
            AlarmEvent.Failed or AlarmEvent.TimedOut or AlarmEvent.Cancelled or AlarmEvent.Retried when standing.LaterSuccess is { } later =>
                $"run {later.Id} succeeded",
            AlarmEvent.Metric => RunIsFine(alarm, picture, (run, rule) => MetricValue.Find(run, rule) is { } value && !value.IsOut(rule.Rule) ? value.Words(rule.Rule) : null),
            AlarmEvent.Drift when alarm.Run is not null => RunIsFine(alarm, picture, (run, rule) => DriftValue.Find(run, rule) is { } drift && !drift.IsOut(rule.Rule) ? drift.Words(rule.Rule) : null),
            AlarmEvent.NotStarted or AlarmEvent.NotEnded => picture.Instants
                .Where(i => i.Rule.Key == alarm.Rule && i.Event == alarm.Event && i.Trigger == alarm.Subject && Caught(i, alarm))
                .Select(i => $"run {i.Run!.Id} {(alarm.Event == AlarmEvent.NotStarted ? "started" : "succeeded")}").FirstOrDefault(),
            AlarmEvent.Stale => picture.Datasets.Any(d => d.Rule.Key == alarm.Rule && d.Dataset == alarm.Subject) ? "there is a newer version" : null,
            AlarmEvent.Drift => picture.Drifts.Any(d => d.Rule.Key == alarm.Rule && d.Subject == alarm.Subject && d.At > alarm.At) ? "it is within bounds again" : null,
            AlarmEvent.Silent => picture.Agents.Any(a => a.Rule.Key == alarm.Rule && a.Agent == alarm.Subject) ? "its heartbeats are back" : null,
            // These are asked about only where the look did not find them breached.
            AlarmEvent.Starved or AlarmEvent.AtLimit => "it waits no longer",
            AlarmEvent.Budget => picture.Quotas?.Budgets.Any(b => b.Whose == alarm.Subject && b.Month == CalendarMonth.Of(alarm.At)) == true ? "there is budget again" : "its month is over",
            AlarmEvent.ExpansionEnds => "it has ended",
            AlarmEvent.ExpansionAsked => "it was decided, withdrawn, or has expired",
            AlarmEvent.Idle => "it is in use again, or was closed",
            _ => null,
        };
        return because is null ? null : new AlarmEnding(alarm, because);
    }

    // The instant's own run, or that of a later one.
    private static bool Caught(WatchedInstant watched, Alarm alarm) =>
        watched.Instant + (watched.Rule.Rule.Within ?? TimeSpan.Zero) >= alarm.At
        && (alarm.Event == AlarmEvent.NotStarted ? watched.Run is not null : watched.Run?.Status == RunStatus.Succeeded);

    private static string? RunIsFine(Alarm alarm, AlarmPicture picture, Func<WatchedRun, ScopedRule, string?> fine) => picture.Runs
        .Where(r => r.Run.EndedAt > alarm.At && r.Run.Pipeline == alarm.Pipeline)
        .Select(r => r.Alarms.Rules.FirstOrDefault(rule => rule.Key == alarm.Rule) is { } rule && fine(r, rule) is { } words ? $"{words} in run {r.Run.Id}" : null)
        .FirstOrDefault(words => words is not null);
}
