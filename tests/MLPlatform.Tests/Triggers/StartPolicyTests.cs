using System.Text.Json;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Triggers;
using Xunit;
using static MLPlatform.Tests.Triggers.CronCases;

namespace MLPlatform.Tests.Triggers;

public class StartPolicyTests
{
    [Fact]
    public void The_oldest_claims_start_and_the_rest_wait_with_a_reason()
    {
        StartDecision decision = StartPolicy.Decide(Situation(Cron(1), Cron(2), Cron(3)) with { ActiveRuns = 1, MaxActiveRuns = 2 });
        Assert.Equal(["1"], decision.Start.Select(c => c.Instant));
        Assert.Equal(["2", "3"], decision.Held.Select(h => h.Claim.Instant));
        Assert.Equal("2 of 2 runs (maxActiveRuns) are active", decision.Held[0].Reason);
    }

    [Fact]
    public void Without_a_bound_everything_starts() =>
        Assert.Equal(3, StartPolicy.Decide(Situation(Cron(1), Cron(2), Cron(3)) with { ActiveRuns = 1000 }).Start.Count);

    [Fact]
    public void A_claim_that_waits_for_another_pipeline_holds_no_other_back()
    {
        StartDecision decision = StartPolicy.Decide(Situation(new StartCandidate(Cron(1).Claim, "waits for a"), Cron(2)) with { MaxActiveRuns = 1 });
        Assert.Equal(["2"], decision.Start.Select(c => c.Instant));
        Assert.Equal("waits for a", Assert.Single(decision.Held).Reason);
    }

    [Fact]
    public void A_backfill_keeps_its_own_limit_beside_the_schedule()
    {
        StartDecision decision = StartPolicy.Decide(
            Situation(Backfill(1, "x", 2), Backfill(2, "x", 2), Backfill(3, "y", 1), Backfill(4, "y", 1), Cron(5)) with
            {
                ActiveBackfillRuns = new Dictionary<string, int> { ["x"] = 1 },
                MaxActiveRuns = 1,
            });
        Assert.Equal(["1", "3", "5"], decision.Start.Select(c => c.Instant));
        Assert.Equal("2 of 2 runs of the backfill are active", decision.Held[0].Reason);
    }

    [Fact]
    public void A_paused_pipeline_holds_its_triggers_but_not_a_backfill_that_a_person_asked_for()
    {
        StartDecision decision = StartPolicy.Decide(Situation(Cron(1), Backfill(2, "x", 1)) with { Paused = true });
        Assert.Equal(["2"], decision.Start.Select(c => c.Instant));
        Assert.Equal("the pipeline's triggers are paused", Assert.Single(decision.Held).Reason);
    }

    [Theory]
    [InlineData("2026-03-29T01:00", "0", "2026-03-28T16:00", "2026-03-29T16:00")] // days of Shanghai
    [InlineData("2026-03-29T01:00", "-1.00:00:00", "2026-03-27T16:00", "2026-03-28T16:00")]
    [InlineData("2026-03-29T01:17:05", "-02:00:00", "2026-03-28T23:00", "2026-03-29T00:00")]
    [InlineData("2026-03-29T01:17:05", "00:30:00", "2026-03-29T01:47", "2026-03-29T01:48")]
    [InlineData("2026-03-29T01:17:05", "00:00:01", "2026-03-29T01:17:06", "2026-03-29T01:17:07")]
    public void A_dependency_agrees_as_exactly_as_its_offset_is_written(string date, string offset, string from, string before) =>
        Assert.Equal(
            new DependencyWindow(Utc(from), Utc(before)),
            DependencyWindow.Of(Utc(date), TimeSpan.Parse(offset), TimeZoneInfo.FindSystemTimeZoneById("Asia/Shanghai")));

    [Theory]
    [InlineData("Europe/Berlin", "2026-03-29T10:00", "2026-03-28T23:00", "2026-03-29T22:00")] // 23 hours
    [InlineData("Europe/Berlin", "2026-10-25T10:00", "2026-10-24T22:00", "2026-10-25T23:00")] // 25 hours
    [InlineData("America/Sao_Paulo", "2018-11-04T10:00", "2018-11-04T03:00", "2018-11-05T02:00")] // no midnight
    public void A_day_is_as_long_as_the_clock_makes_it(string zone, string date, string from, string before) =>
        Assert.Equal(
            new DependencyWindow(Utc(from), Utc(before)),
            DependencyWindow.Of(Utc(date), TimeSpan.Zero, TimeZoneInfo.FindSystemTimeZoneById(zone)));

    private static StartSituation Situation(params StartCandidate[] candidates) => new()
    {
        Candidates = candidates,
        ActiveRuns = 0,
        ActiveBackfillRuns = new Dictionary<string, int>(),
    };

    private static StartCandidate Cron(int n) => Candidate(n, TriggerFacts.Cron("p/0", new CronTrigger { Cron = "0 * * * *" }, Utc("2026-01-01")));

    private static StartCandidate Backfill(int n, string id, int limit) =>
        Candidate(n, TriggerFacts.Backfill("p/backfill", Utc("2026-01-01"), new(id, limit, "ada"), "UTC", null));

    private static StartCandidate Candidate(int n, string facts) => new(
        new TriggerClaim("p/0", n.ToString(), new RunId(Guid.NewGuid()), Utc("2026-01-01")) { LogicalDate = Utc("2026-01-01"), FactsJson = facts, Owner = "r" });
}
