using MLPlatform.Core.Alarms;
using MLPlatform.Core.Runs;
using Xunit;
using static MLPlatform.Core.Alarms.AlarmEvent;

namespace MLPlatform.Tests.Alarms;

public class RunBreachTests
{
    public static TheoryData<string, AlarmEvent, RunStatus, ActivityStatus, FailureKind, string?> OfARun => new()
    {
        { "a failed run", Failed, RunStatus.Failed, ActivityStatus.Failed, FailureKind.User, "p failed at train: EXEC-001: it broke badly" },
        { "a run that goes on", Failed, RunStatus.Running, ActivityStatus.Failed, FailureKind.User, null },
        { "a run that timed out", TimedOut, RunStatus.Failed, ActivityStatus.Failed, FailureKind.Timeout, "p failed at train: EXEC-001: it broke badly" },
        { "a run that failed otherwise", TimedOut, RunStatus.Failed, ActivityStatus.Failed, FailureKind.User, null },
        { "a cancelled run", Cancelled, RunStatus.Cancelled, ActivityStatus.Cancelled, FailureKind.User, "A run of p was cancelled" },
        { "a run that succeeded", Succeeded, RunStatus.Succeeded, ActivityStatus.Succeeded, FailureKind.User, "A run of p succeeded after 59 min" },
        { "a run that succeeded is no failure", Failed, RunStatus.Succeeded, ActivityStatus.Succeeded, FailureKind.User, null },
    };

    [Theory, MemberData(nameof(OfARun))]
    public void A_rule_at_the_pipeline_tells_of_its_run(string what, AlarmEvent on, RunStatus status, ActivityStatus node, FailureKind kind, string? summary)
    {
        Assert.NotEmpty(what);
        AlarmDecision decision = Watched.Decide(Watched.See(Watched.Run(status), Watched.Rule(Watched.On(on)), Watched.Node("train", node, kind: kind)));
        Assert.Equal(summary is null ? [] : [summary], decision.Open.Select(a => a.Summary));
    }

    [Fact]
    public void An_alarm_carries_run_activity_and_owner()
    {
        Alarm alarm = Assert.Single(Watched.Decide(Watched.See(Watched.Run(RunStatus.Failed), Watched.Rule(Watched.On(Failed)), Watched.Node("clean", ActivityStatus.Succeeded), Watched.Node("train", ActivityStatus.Failed, 1))).Open);
        Assert.Equal((Watched.Id, 1, "train", "ada", "p#r"), (alarm.Run!.Value, alarm.Node, alarm.Subject, alarm.Owner, alarm.Rule));
        Assert.Equal(["oncall"], alarm.To);
    }

    [Fact]
    public void A_run_that_timed_out_breaches_a_rule_on_both_only_once() =>
        Assert.Equal(TimedOut, Assert.Single(Watched.Decide(Watched.See(Watched.Run(RunStatus.Failed), Watched.Rule(Watched.On(Failed, TimedOut)), Watched.Node("train", ActivityStatus.Failed, kind: FailureKind.Timeout))).Open).Event);

    [Fact]
    public void The_same_end_is_the_same_alarm_and_another_end_of_a_resumed_run_is_another()
    {
        string Id(DateTimeOffset end) => Watched.Decide(Watched.See(Watched.Run(RunStatus.Failed, end), Watched.Rule(Watched.On(Failed)))).Open[0].Id;
        Assert.Equal(Id(Watched.Now.AddMinutes(-3)), Id(Watched.Now.AddMinutes(-3)));
        Assert.NotEqual(Id(Watched.Now.AddMinutes(-3)), Id(Watched.Now.AddMinutes(-2)));
    }

    [Theory]
    [InlineData("train", ActivityStatus.Failed, true)]
    [InlineData("train[3]", ActivityStatus.Failed, true)]
    [InlineData("trainer", ActivityStatus.Failed, false)]
    [InlineData("train", ActivityStatus.UpstreamFailed, false)]
    public void A_rule_at_an_activity_tells_of_it_and_its_instances_while_the_run_goes_on(string node, ActivityStatus status, bool told) =>
        Assert.Equal(told, Watched.Decide(Watched.See(Watched.Run(RunStatus.Running), Watched.Rule(Watched.On(Failed), "train"), Watched.Node(node, status))).Open.Count == 1);

    [Fact]
    public void A_second_attempt_is_a_retry()
    {
        ScopedRule rule = Watched.Rule(Watched.On(Retried));
        Assert.Empty(Watched.Decide(Watched.See(Watched.Run(RunStatus.Running), rule, Watched.Node("a", ActivityStatus.Running))).Open);
        Alarm first = Watched.Decide(Watched.See(Watched.Run(RunStatus.Running), rule, Watched.Node("a", ActivityStatus.Retrying))).Open[0];
        Alarm second = Watched.Decide(Watched.See(Watched.Run(RunStatus.Running), rule, Watched.Node("a", ActivityStatus.Running, attempts: 3))).Open[0];
        Assert.Equal(first.Id, second.Id);
    }

    [Theory]
    [InlineData(Queued, 50, true, null)] // It became ready 50 minutes ago.
    [InlineData(Queued, 51, false, 1)]
    [InlineData(Running, 60, true, null)] // The run was created 60 minutes ago.
    [InlineData(Running, 75, false, 15)]
    public void Waiting_and_running_for_too_long_is_told_and_until_then_is_when_to_look_again(AlarmEvent on, int minutes, bool told, int? again)
    {
        ScopedRule rule = Watched.Rule(Watched.On(on) with { LongerThan = TimeSpan.FromMinutes(minutes) });
        AlarmDecision decision = Watched.Decide(Watched.See(Watched.Run(RunStatus.Running), rule, Watched.Node("a", ActivityStatus.Queued)));
        Assert.Equal(told, decision.Open.Count == 1);
        Assert.Equal(again is { } later ? Watched.Now.AddMinutes(later) : null, decision.Next);
    }

    [Theory]
    [InlineData(4, 10, null)] // Too few successes: nothing is learned.
    [InlineData(5, 10, 15.0)]
    [InlineData(20, 0.1, 1.0)] // A minute is never too long.
    public void What_takes_long_is_learned_from_the_last_successes(int successes, double minutes, double? bound) =>
        Assert.Equal(bound, LearnedDuration.Bound([.. Enumerable.Repeat(TimeSpan.FromMinutes(minutes), successes)])?.TotalMinutes);

    [Fact]
    public void One_slow_success_of_twenty_does_not_move_what_is_learned()
    {
        TimeSpan[] mostly = [.. Enumerable.Repeat(TimeSpan.FromMinutes(10), 19), TimeSpan.FromHours(9)];
        Assert.Equal(15, LearnedDuration.Bound(mostly)!.Value.TotalMinutes);
    }

    [Theory]
    [InlineData("""{"auc":0.6}""", 0.9, true)] // The output comes before the metric.
    [InlineData("""{"auc":0.8}""", 0.5, false)]
    [InlineData(null, 0.5, true)]
    [InlineData(null, 0.9, false)]
    [InlineData(null, double.NaN, true)]
    public void A_metric_or_output_out_of_bounds_is_told(string? outputs, double metric, bool told)
    {
        ScopedRule rule = Watched.Rule(Watched.On(Metric) with { Metric = "auc", Below = 0.7 });
        MetricRow[] points = [new(Watched.Id, 0, 1, "auc", 0, 0.1, Watched.Now), new(Watched.Id, 0, 1, "auc", 1, metric, Watched.Now)];
        Assert.Equal(told, Watched.Decide(Watched.See(Watched.Run(RunStatus.Succeeded, outputs: outputs), rule, points, Watched.Node("a", ActivityStatus.Succeeded))).Open.Count == 1);
    }

    [Theory]
    [InlineData(0.19, null, false)]
    [InlineData(0.21, null, true)]
    [InlineData(0.21, 0.25, false)]
    public void Drift_that_a_check_found_is_told_above_the_bound(double psi, double? above, bool told)
    {
        ScopedRule rule = Watched.Rule(Watched.On(AlarmEvent.Drift) with { Above = above });
        MetricRow[] points = [new(Watched.Id, 0, 1, "psi.price", 0, psi, Watched.Now), new(Watched.Id, 0, 1, "rows", 0, 1000, Watched.Now)];
        Assert.Equal(told, Watched.Decide(Watched.See(Watched.Run(RunStatus.Failed), rule, points, Watched.Node("check", ActivityStatus.Failed))).Open.Count == 1);
    }
}
