using CsCheck;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Triggers;
using Xunit;
using static MLPlatform.Tests.Triggers.CronCases;

namespace MLPlatform.Tests.Triggers;

public class TriggerPolicyTests
{
    private static readonly CronTrigger Hourly = new() { Cron = "0 * * * *" };

    [Fact]
    public void A_trigger_that_never_fired_owes_nothing_before_it_was_registered()
    {
        CronSituation situation = Situation(Hourly, "2026-01-01T12:00:10") with { RegisteredAt = Utc("2026-01-01T11:30") };
        TriggerDecision decision = TriggerPolicy.Decide(situation);
        Assert.Equal([new DecidedFiring(Utc("2026-01-01T12:00"), null)], decision.Firings);
        Assert.Equal(Utc("2026-01-01T13:00"), decision.Next);
        Assert.Empty(TriggerPolicy.Decide(situation with { RegisteredAt = Utc("2026-01-01T12:00") }).Firings);
    }

    [Theory]
    // Down from 03:00 to 08:30: five firings were missed.
    [InlineData(CatchUp.None, 100, "2026-01-01T08:30", "", 5)]
    [InlineData(CatchUp.Latest, 100, "2026-01-01T08:30", "08:00", 4)]
    [InlineData(CatchUp.All, 100, "2026-01-01T08:30", "04:00 05:00 06:00 07:00 08:00", 0)]
    [InlineData(CatchUp.All, 2, "2026-01-01T08:30", "07:00 08:00", 3)]
    // Back just as 08:00 is due: that one is on time, and newer than all that was missed.
    [InlineData(CatchUp.None, 100, "2026-01-01T08:00:30", "08:00", 4)]
    [InlineData(CatchUp.Latest, 100, "2026-01-01T08:00:30", "08:00", 4)]
    [InlineData(CatchUp.All, 2, "2026-01-01T08:00:30", "06:00 07:00 08:00", 2)]
    // Nothing is due.
    [InlineData(CatchUp.All, 100, "2026-01-01T03:30", "", 0)]
    public void Missed_firings_are_caught_up_as_the_trigger_says(CatchUp catchUp, int limit, string now, string expected, int dropped)
    {
        CronTrigger trigger = Hourly with { CatchUp = catchUp, CatchUpLimit = limit };
        TriggerDecision decision = TriggerPolicy.Decide(Situation(trigger, now) with { Last = Claim(trigger, "2026-01-01T03:00") });
        Assert.Equal(expected, string.Join(' ', decision.Firings.Where(f => f.Dropped is null).Select(f => f.Instant.ToString("HH:mm"))));
        Assert.Equal(dropped, decision.Firings.Count(f => f.Dropped is not null));
        Assert.All(decision.Firings.Take(dropped), f => Assert.StartsWith("TRIG-020: missed: catchUp", f.Dropped));
    }

    [Fact]
    public void An_edited_schedule_does_not_catch_up_on_what_it_never_promised()
    {
        CronTrigger daily = new() { Cron = "0 3 * * *" };
        CronTrigger edited = Hourly with { CatchUp = CatchUp.All };
        CronSituation situation = Situation(edited, "2026-01-01T12:30") with
        {
            Last = Claim(daily, "2026-01-01T03:00"),
            RegisteredAt = Utc("2026-01-01T10:15"),
        };
        Assert.Equal([Utc("2026-01-01T11:00"), Utc("2026-01-01T12:00")], TriggerPolicy.Decide(situation).Firings.Select(f => f.Instant));
        // Edited elsewhere in the file: the schedule owes what it owed.
        Assert.Equal(9, TriggerPolicy.Decide(situation with { Last = Claim(edited, "2026-01-01T03:00") }).Firings.Count);
    }

    [Fact]
    public void A_clock_set_back_fires_nothing_again()
    {
        TriggerDecision decision = TriggerPolicy.Decide(Situation(Hourly, "2026-01-01T01:30") with { Last = Claim(Hourly, "2026-01-01T03:00") });
        Assert.Empty(decision.Firings);
    }

    [Fact]
    public void A_busy_pipeline_drops_what_it_may_not_queue_and_says_so()
    {
        CronTrigger trigger = Hourly with { CatchUp = CatchUp.All };
        TriggerDecision decision = TriggerPolicy.Decide(
            Situation(trigger, "2026-01-01T06:30") with { Last = Claim(trigger, "2026-01-01T03:00"), Free = 1 });
        string busy = "TRIG-021: skipped: maxActiveRuns runs are active and whenBusy is 'skip'";
        Assert.Equal([null, busy, busy], decision.Firings.Select(f => f.Dropped));
    }

    [Fact]
    public void The_queue_of_firings_is_bounded()
    {
        CronTrigger trigger = Hourly with { CatchUp = CatchUp.All };
        TriggerDecision decision = TriggerPolicy.Decide(
            Situation(trigger, "2026-01-01T06:30") with { Last = Claim(trigger, "2026-01-01T03:00"), Waiting = 8, MaxWaiting = 10 });
        Assert.Equal([null, null, "TRIG-022: dropped: 10 earlier firings still wait to start"], decision.Firings.Select(f => f.Dropped));
    }

    [Fact]
    public void Years_of_missed_seconds_cost_little()
    {
        CronTrigger trigger = new() { Cron = "* * * * * *", CatchUp = CatchUp.Latest };
        TriggerDecision decision = TriggerPolicy.Decide(Situation(trigger, "2026-01-01") with { Last = Claim(trigger, "2016-01-01"), Lateness = TimeSpan.Zero });
        Assert.Equal(TriggerPolicy.MostRecorded + 2, decision.Firings.Count);
        Assert.Equal(new DecidedFiring(Utc("2026-01-01"), null), decision.Firings[^1]);
        Assert.EndsWith("missed: catchUp is 'latest'; so were 98998 or more before it, from 2025-12-30T20:13:21Z on", decision.Firings[0].Dropped);
    }

    // Whatever the gaps between looks and the limits: each due instant is fired or recorded as dropped, once and in order.
    [Fact]
    public void Nothing_that_was_due_is_lost_or_told_twice() =>
        Gen.Select(
            Gen.Enum<CatchUp>(), Gen.Int[1, 5], Gen.Int[1, 8].Nullable(), Gen.Int[0, 6], Gen.Int[0, 300].Array[1, 12],
            Gen.OneOf("0 * * * *", "*/7 * * * *", "30 2 * * *"))
        .Sample((catchUp, limit, free, waiting, gaps, cron) =>
        {
            CronTrigger trigger = new() { Cron = cron, TimeZone = "Europe/Berlin", CatchUp = catchUp, CatchUpLimit = limit };
            DateTimeOffset registered = Utc("2026-03-28T12:00"), now = registered;
            TriggerClaim? last = null;
            List<DateTimeOffset> told = [];
            foreach (int gap in gaps)
            {
                now = now.AddMinutes(gap);
                TriggerDecision decision = TriggerPolicy.Decide(Situation(trigger, "2026-01-01") with
                {
                    Now = now,
                    RegisteredAt = registered,
                    Last = last,
                    Free = free,
                    Waiting = waiting,
                    MaxWaiting = 6,
                });
                told.AddRange(decision.Firings.Select(f => f.Instant));
                if (told.Count > 0)
                    last = Claim(trigger, TriggerInstant.Text(told[^1]));
            }
            Assert.Equal(CronSchedule.Of(trigger).Between(registered, now), told);
        }, iter: 300);

    private static CronSituation Situation(CronTrigger trigger, string now) => new()
    {
        Trigger = trigger,
        Schedule = CronSchedule.Of(trigger),
        RegisteredAt = Utc("2020-01-01"),
        Now = Utc(now),
        Lateness = TimeSpan.FromMinutes(1),
        MaxWaiting = 1000,
    };

    private static TriggerClaim Claim(CronTrigger trigger, string instant) =>
        new("p/0", TriggerInstant.Text(Utc(instant)), new RunId(Guid.Empty), Utc(instant))
        {
            LogicalDate = Utc(instant),
            Owner = "r",
            FactsJson = TriggerFacts.Cron("p/0", trigger, Utc(instant)),
        };
}
