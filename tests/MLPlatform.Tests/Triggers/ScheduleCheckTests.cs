using MLPlatform.Core.Triggers;
using Xunit;
using static MLPlatform.Tests.Triggers.CronCases;

namespace MLPlatform.Tests.Triggers;

public class ScheduleCheckTests
{
    [Fact]
    public void Every_problem_of_a_schedule_is_told_with_its_place()
    {
        PipelineSchedule schedule = new()
        {
            Triggers =
            [
                new CronTrigger { Cron = "0 3 * *", TimeZone = "Shanghai", Name = "nightly" },
                new WebhookTrigger { Name = "nightly" },
                new UpstreamTrigger { Pipeline = "p" },
                new WebhookTrigger { Name = "backfill" },
            ],
            DependsOn = [new ScheduleDependency { Pipeline = "p" }, new ScheduleDependency { Pipeline = "p", Offset = TimeSpan.FromDays(-1) }],
        };
        Assert.Equal(
            [
                "TRIG-001 triggers[0].cron", "TRIG-002 triggers[0].timeZone", "TRIG-005 triggers[1].name", "TRIG-006 triggers[2].pipeline",
                "TRIG-005 triggers[3].name", "TRIG-007 dependsOn[0].offset",
            ],
            ScheduleCheck.Problems("p", schedule).Select(p => $"{p.Code} {p.Path}"));
    }

    [Fact]
    public void Pipelines_that_would_start_each_other_for_ever_are_refused_with_the_way_round()
    {
        Dictionary<string, PipelineSchedule> registered = new() { ["b"] = StartedBy("a"), ["c"] = StartedBy("b") };
        ScheduleProblem problem = Assert.Single(PipelineCycles.Problems("a", StartedBy("c"), registered));
        Assert.Equal("TRIG-006", problem.Code);
        Assert.Contains("a is started by c is started by b is started by a", problem.Message);
        Assert.Empty(PipelineCycles.Problems("a", StartedBy("d"), registered));
    }

    [Fact]
    public void Pipelines_that_would_wait_for_each_other_for_ever_are_refused()
    {
        Dictionary<string, PipelineSchedule> registered = new() { ["b"] = WaitsFor("a", 0) };
        Assert.Equal("TRIG-007", Assert.Single(PipelineCycles.Problems("a", WaitsFor("b", 0), registered)).Code);
        Assert.Empty(PipelineCycles.Problems("a", WaitsFor("b", -1), registered));
    }

    [Fact]
    public void A_backfill_runs_the_instants_of_the_cron_trigger_in_the_days_of_its_zone()
    {
        PipelineSchedule schedule = new() { Triggers = [new CronTrigger { Cron = "30 2 * * *", TimeZone = "Europe/Berlin" }] };
        BackfillPlan plan = BackfillPlan.Create("p", schedule, BackfillRange.Days(new(2026, 3, 28), new(2026, 3, 30)), out _)!;
        Assert.Equal([Utc("2026-03-28T01:30"), Utc("2026-03-29T01:30"), Utc("2026-03-30T00:30")], plan.Dates);
    }

    [Fact]
    public void Without_a_cron_trigger_a_backfill_runs_every_day()
    {
        BackfillPlan plan = BackfillPlan.Create("p", PipelineSchedule.Empty, BackfillRange.Days(new(2026, 1, 1), new(2026, 1, 2)), out _)!;
        Assert.Equal([Utc("2026-01-01"), Utc("2026-01-02")], plan.Dates);
    }

    [Theory]
    [InlineData("2026-01-02", "2026-01-01", null, "TRIG-040")]
    [InlineData("2026-01-02", "2026-01-03", null, "TRIG-041")]
    [InlineData("1900-01-01", "2026-01-03", "often", "TRIG-041")]
    [InlineData("2026-01-01", "2026-01-03", "other", "TRIG-042")]
    public void A_backfill_that_cannot_be_is_refused_with_its_code(string from, string to, string? trigger, string code)
    {
        PipelineSchedule schedule = new() { Triggers = [new CronTrigger { Cron = "0 0 1 6 *" }, new CronTrigger { Cron = "0 * * * *", Name = "often" }] };
        Assert.Null(BackfillPlan.Create("p", schedule, BackfillRange.Days(DateOnly.Parse(from), DateOnly.Parse(to), trigger), out ScheduleProblem? problem));
        Assert.Equal(code, problem!.Code);
    }

    private static PipelineSchedule StartedBy(string pipeline) => new() { Triggers = [new UpstreamTrigger { Pipeline = pipeline }] };

    private static PipelineSchedule WaitsFor(string pipeline, int days) => new()
    {
        DependsOn = [new ScheduleDependency { Pipeline = pipeline, Offset = TimeSpan.FromDays(days) }],
    };
}
