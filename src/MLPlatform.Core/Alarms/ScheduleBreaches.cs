using MLPlatform.Core.Runs;
using MLPlatform.Core.Triggers;

namespace MLPlatform.Core.Alarms;

/// <summary>Runs that should have started or ended by now.</summary>
internal static class ScheduleBreaches
{
    /// <param name="standing">Alarms that are not resolved: while one says that a trigger stands still, each further instant says nothing new.</param>
    public static void Find(WatchedInstant watched, IReadOnlyList<StandingAlarm> standing, BreachList breaches)
    {
        DateTimeOffset due = watched.Instant + (watched.Rule.Rule.Within ?? TimeSpan.Zero);
        bool fine = watched.Event == AlarmEvent.NotStarted ? watched.Run is not null : watched.Run?.Status == RunStatus.Succeeded;
        if (fine || !breaches.IsDue(due) || standing.Any(s => s.Alarm.Rule == watched.Rule.Key && s.Alarm.Event == watched.Event && s.Alarm.Subject == watched.Trigger))
            return;
        string pipeline = watched.Rule.Pipeline, instant = BreachList.Words(watched.Instant);
        string summary = watched.Event == AlarmEvent.NotStarted
            ? $"{pipeline} was due at {instant} and has not started{(watched.Dropped is { } why ? $": {why}" : "")}"
            : $"{pipeline} was due at {instant} and has not succeeded by {BreachList.Words(due)}: {State(watched)}";
        breaches.Add(watched.Rule, watched.Event, Breach(watched), due, watched.Owner, watched.Trigger, summary, watched.Run?.Id);
    }

    public static string Breach(WatchedInstant watched) => $"{watched.Event} {watched.Trigger} {TriggerInstant.Text(watched.Instant)}";

    private static string State(WatchedInstant watched) => watched.Run switch
    {
        null => watched.Dropped ?? "no run has started",
        { Status: RunStatus.Failed } => "its run failed",
        { Status: RunStatus.Cancelled } => "its run was cancelled",
        _ => "its run goes on",
    };
}
