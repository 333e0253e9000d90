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
        Assert.Equal([Utc("2026-01-01T12:00")], decision.Firings);
        Assert.Empty(decision.Missed);
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
        Assert.Equal(expected, string.Join(' ', decision.Firings.Select(f => f.ToString("HH:mm"))));
        Assert.Equal(dropped, decision.Missed.Sum(m => m.Count));
        if (dropped > 0)
        {
            Assert.StartsWith("TRIG-020: ", decision.Missed[0].Reason);
            Assert.Equal(Utc("2026-01-01T04:00"), decision.Missed[0].First);
        }
    }

    [Fact]
    public void A_dropped_span_says_how_many_firings_from_when_to_when_and_why()
    {
        CronTrigger trigger = Hourly with { CatchUp = CatchUp.None };
        Assert.Equal(
            "TRIG-020: 5 firings from 2026-01-01T04:00:00Z to 2026-01-01T08:00:00Z were missed: catchUp is 'none'",
            TriggerPolicy.Decide(Situation(trigger, "2026-01-01T08:30") with { Last = Claim(trigger, "2026-01-01T03:00") }).Missed[0].Reason);
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
        Assert.Equal([Utc("2026-01-01T11:00"), Utc("2026-01-01T12:00")], TriggerPolicy.Decide(situation).Firings);
        // Edited elsewhere in the file: the schedule owes what it owed.
        Assert.Equal(9, TriggerPolicy.Decide(situation with { Last = Claim(edited, "2026-01-01T03:00") }).Firings.Count);
    }

    [Fact]
    public void A_clock_set_back_fires_nothing_again()
    {
        TriggerDecision decision = TriggerPolicy.Decide(Situation(Hourly, "2026-01-01T01:30") with { Last = Claim(Hourly, "2026-01-01T03:00") });
        Assert.Empty(decision.Firings);
        Assert.Empty(decision.Missed);
    }

    [Fact]
    public void A_busy_pipeline_drops_what_it_may_not_queue_and_says_so()
    {
        CronTrigger trigger = Hourly with { CatchUp = CatchUp.All };
        TriggerDecision decision = TriggerPolicy.Decide(
            Situation(trigger, "2026-01-01T06:30") with { Last = Claim(trigger, "2026-01-01T03:00"), Free = 1 });
        Assert.Equal([Utc("2026-01-01T04:00")], decision.Firings);
        Assert.Equal(2, Assert.Single(decision.Refused).Count);
        Assert.StartsWith("TRIG-021: 2 firings from 2026-01-01T05:00:00Z", decision.Refused[0].Reason);
    }

    [Fact]
    public void The_queue_of_firings_is_bounded()
    {
        CronTrigger trigger = Hourly with { CatchUp = CatchUp.All };
        TriggerDecision decision = TriggerPolicy.Decide(
            Situation(trigger, "2026-01-01T06:30") with { Last = Claim(trigger, "2026-01-01T03:00"), Waiting = 8, MaxWaiting = 10 });
        Assert.Equal(2, decision.Firings.Count);
        Assert.StartsWith("TRIG-022: the firing of 2026-01-01T06:00:00Z was dropped: 8 earlier", Assert.Single(decision.Refused).Reason);
    }

    [Fact]
    public void Years_of_missed_seconds_cost_little()
    {
        CronTrigger trigger = new() { Cron = "* * * * * *", CatchUp = CatchUp.Latest };
        TriggerDecision decision = TriggerPolicy.Decide(Situation(trigger, "2026-01-01") with { Last = Claim(trigger, "2016-01-01"), Lateness = TimeSpan.Zero });
        Assert.Equal([Utc("2026-01-01")], decision.Firings);
        Assert.Contains("or more firings", decision.Missed[0].Reason);
    }

    // Whatever the gaps between looks and the limits: each due instant is fired, or lies in a recorded span, exactly once.
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
            List<(DateTimeOffset First, DateTimeOffset Last, int Count)> told = [];
            foreach (int gap in gaps)
            {
                now = now.AddMinutes(gap);
                TriggerDecision decision = TriggerPolicy.Decide(Situation(trigger, "2026-01-01") with
                {
                    Now = now, RegisteredAt = registered, Last = last, Free = free, Waiting = waiting, MaxWaiting = 6,
                });
                told.AddRange(decision.Missed.Select(d => (d.First, d.Last, d.Count)));
                told.AddRange(decision.Firings.Select(f => (f, f, 1)));
                told.AddRange(decision.Refused.Select(d => (d.First, d.Last, d.Count)));
                if (told.Count > 0)
                    last = Claim(trigger, TriggerInstant.Text(told[^1].Last));
            }
            Assert.Equal(told.OrderBy(t => t.First), told);
            List<DateTimeOffset> due = [.. CronSchedule.Of(trigger).Between(registered, now)];
            Assert.Equal(due, told.SelectMany(t => due.Where(d => d >= t.First && d <= t.Last)));
            Assert.Equal(due.Count, told.Sum(t => t.Count));
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
