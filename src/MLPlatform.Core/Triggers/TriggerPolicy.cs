namespace MLPlatform.Core.Triggers;

/// <summary>Decides which firings of a trigger are due. Nothing that was due is lost without a record.</summary>
public static class TriggerPolicy
{
    /// <summary>How many missed firings are looked at; of a longer gap the record says "or more".</summary>
    internal const int MostExamined = 100_000;

    public static TriggerDecision Decide(CronSituation situation)
    {
        DateTimeOffset after = Since(situation);
        DateTimeOffset onTimeFrom = situation.Now - situation.Lateness;
        (List<DateTimeOffset> due, bool more) = Newest(situation.Schedule, after, situation.Now);

        // 1. What was missed is caught up as the trigger says; the newest first claim to a place.
        int missed = due.Count(d => d < onTimeFrom);
        int caughtUp = Math.Min(missed, situation.Trigger.CatchUp switch
        {
            CatchUp.All => situation.Trigger.CatchUpLimit,
            CatchUp.Latest when missed == due.Count => 1,
            _ => 0, // an on-time firing is newer than all that was missed
        });
        List<DroppedFirings> forgone = [];
        if (missed > caughtUp)
            forgone.Add(DroppedFirings.Of("TRIG-020", due[..(missed - caughtUp)], more, Uncaught(situation.Trigger)));

        // 2. What is left fires, oldest first, as far as there is room.
        List<DateTimeOffset> firings = due[(missed - caughtUp)..];
        List<DroppedFirings> refused = [];
        Refuse(firings, situation.Free, "TRIG-021", "skipped: maxActiveRuns runs are active and whenBusy is 'skip'", refused);
        Refuse(firings, situation.MaxWaiting - situation.Waiting, "TRIG-022", $"dropped: {situation.Waiting} earlier firings still wait to start", refused);
        return new(forgone, firings, refused, situation.Schedule.Next(situation.Now, 1) is [DateTimeOffset next] ? next : null);
    }

    private static DateTimeOffset Since(CronSituation situation)
    {
        if (situation.Last is not { } last || TriggerInstant.Parse(last.Instant) is not { } instant)
            return situation.RegisteredAt;
        bool edited = !TriggerFacts.IsOf(last.FactsJson, situation.Trigger);
        return edited && situation.RegisteredAt > instant ? situation.RegisteredAt : instant;
    }

    private static string Uncaught(CronTrigger trigger) => trigger.CatchUp switch
    {
        CatchUp.None => "missed: catchUp is 'none'",
        CatchUp.Latest => "missed: catchUp is 'latest'",
        _ => $"missed: catchUpLimit is {trigger.CatchUpLimit}",
    };

    private static void Refuse(List<DateTimeOffset> firings, int? room, string code, string why, List<DroppedFirings> refused)
    {
        int kept = Math.Max(0, room ?? int.MaxValue);
        if (firings.Count <= kept)
            return;
        refused.Insert(0, DroppedFirings.Of(code, firings[kept..], orMore: false, why));
        firings.RemoveRange(kept, firings.Count - kept);
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
