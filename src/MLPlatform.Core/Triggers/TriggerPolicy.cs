namespace MLPlatform.Core.Triggers;

/// <summary>Decides which firings of a trigger are due. Nothing that was due is lost without a record.</summary>
public static class TriggerPolicy
{
    /// <summary>How many missed firings are looked at; of a longer gap the record says "or more".</summary>
    internal const int MostExamined = 100_000;

    /// <summary>
    /// How many dropped firings have a record each. Replicas that look at slightly different times may decide differently,
    /// and the unique claim of each instant settles it; a record of many instants could contradict another replica's run.
    /// </summary>
    internal const int MostRecorded = 1000;

    public static TriggerDecision Decide(CronSituation situation)
    {
        DateTimeOffset after = Since(situation);
        DateTimeOffset onTimeFrom = situation.Now - situation.Lateness;
        (List<DateTimeOffset> due, bool more) = Newest(situation.Schedule, after, situation.Now);

        // 1. What was missed is caught up as the trigger says; the newest has first claim to a place.
        int missed = due.Count(d => d < onTimeFrom);
        int forgone = missed - Math.Min(missed, situation.Trigger.CatchUp switch
        {
            CatchUp.All => situation.Trigger.CatchUpLimit,
            CatchUp.Latest when missed == due.Count => 1,
            _ => 0, // an on-time firing is newer than all that was missed
        });
        List<DecidedFiring> firings = [.. Forgo(due[..forgone], more, situation.Trigger)];

        // 2. What is left fires, oldest first, as far as there is room.
        int free = situation.Free ?? int.MaxValue, room = situation.MaxWaiting - situation.Waiting;
        foreach ((int place, DateTimeOffset instant) in due[forgone..].Index())
            firings.Add(new(instant, place >= room ? $"TRIG-022: dropped: {situation.Waiting + room} earlier firings still wait to start"
                : place >= free ? "TRIG-021: skipped: maxActiveRuns runs are active and whenBusy is 'skip'"
                : null));
        return new(firings, situation.Schedule.Next(situation.Now, 1) is [DateTimeOffset next] ? next : null);
    }

    private static IEnumerable<DecidedFiring> Forgo(List<DateTimeOffset> missed, bool more, CronTrigger trigger)
    {
        string why = trigger.CatchUp switch
        {
            CatchUp.None => "missed: catchUp is 'none'",
            CatchUp.Latest => "missed: catchUp is 'latest'",
            _ => $"missed: catchUpLimit is {trigger.CatchUpLimit}",
        };
        int older = Math.Max(0, missed.Count - MostRecorded);
        if (older > 0)
            yield return new(missed[older - 1],
                $"TRIG-020: {why}; so were {older - 1}{(more ? " or more" : "")} before it, from {TriggerInstant.Text(missed[0])} on");
        foreach (DateTimeOffset instant in missed[older..])
            yield return new(instant, $"TRIG-020: {why}");
    }

    private static DateTimeOffset Since(CronSituation situation)
    {
        if (situation.Last is not { } last || TriggerInstant.Parse(last.Instant) is not { } instant)
            return situation.RegisteredAt;
        bool edited = !TriggerFacts.IsOf(last.FactsJson, situation.Trigger);
        return edited && situation.RegisteredAt > instant ? situation.RegisteredAt : instant;
    }

    // Looks back in growing steps, so that years of missed seconds cost no more than the newest of them.
    private static (List<DateTimeOffset> Due, bool More) Newest(CronSchedule schedule, DateTimeOffset after, DateTimeOffset now)
    {
        for (TimeSpan reach = TimeSpan.FromHours(6); ; reach *= 4)
        {
            bool all = now - after <= reach;
            List<DateTimeOffset> due = [.. schedule.Between(all ? after : now - reach, now)];
            if (due.Count >= MostExamined)
                return (due[^MostExamined..], !all || due.Count > MostExamined);
            if (all)
                return (due, false);
        }
    }
}
