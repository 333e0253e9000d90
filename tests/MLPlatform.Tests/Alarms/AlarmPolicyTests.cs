using MLPlatform.Core.Alarms;
using MLPlatform.Core.Runs;
using Xunit;
using static MLPlatform.Core.Alarms.AlarmEvent;

namespace MLPlatform.Tests.Alarms;

public class AlarmPolicyTests
{
    private static readonly DateTimeOffset Now = Watched.Now;

    [Theory]
    [InlineData(NotStarted, null, true)]
    [InlineData(NotStarted, RunStatus.Running, false)]
    [InlineData(NotEnded, null, true)]
    [InlineData(NotEnded, RunStatus.Running, true)]
    [InlineData(NotEnded, RunStatus.Failed, true)]
    [InlineData(NotEnded, RunStatus.Succeeded, false)]
    public void An_instant_that_is_overdue_without_its_run_is_told(AlarmEvent what, RunStatus? run, bool told)
    {
        AlarmPicture picture = new() { Instants = [Instant(what, Now.AddMinutes(-30), run is { } status ? Watched.Run(status) : null)] };
        Assert.Equal(told, AlarmPolicy.Decide(picture, Now).Open.Count == 1);
        AlarmDecision before = AlarmPolicy.Decide(picture, Now.AddMinutes(-1));
        Assert.Empty(before.Open);
        Assert.Equal(told ? Now : null, before.Next);
    }

    [Fact]
    public void A_dead_man_is_over_once_its_run_or_a_later_one_starts()
    {
        Alarm alarm = AlarmPolicy.Decide(new AlarmPicture { Instants = [Instant(NotStarted, Now.AddMinutes(-30), null)] }, Now).Open[0];
        AlarmDecision later = AlarmPolicy.Decide(new AlarmPicture { Instants = [Instant(NotStarted, Now.AddMinutes(-30), Watched.Run(RunStatus.Running))], Standing = [new(alarm)] }, Now.AddMinutes(1));
        Assert.Equal($"run {Watched.Id} started", Assert.Single(later.Resolve).Because);
        AlarmDecision next = AlarmPolicy.Decide(new AlarmPicture { Instants = [Instant(NotStarted, Now.AddMinutes(30), Watched.Run(RunStatus.Running))], Standing = [new(alarm)] }, Now.AddMinutes(31));
        Assert.Single(next.Resolve);
    }

    [Fact]
    public void Late_data_is_told_once_for_each_version_and_over_with_the_next()
    {
        ScopedRule rule = Watched.Rule(Watched.On(Stale) with { Dataset = "clicks", OlderThan = TimeSpan.FromDays(1) });
        AlarmPicture Sees(int version, DateTimeOffset since, params StandingAlarm[] standing) => new() { Datasets = [new(rule, null, "clicks", version, since)], Standing = standing };
        Assert.Equal(Now.AddHours(1), AlarmPolicy.Decide(Sees(3, Now.AddHours(-23)), Now).Next);
        Alarm alarm = Assert.Single(AlarmPolicy.Decide(Sees(3, Now.AddHours(-25)), Now).Open);
        Assert.Equal("Dataset clicks is late: version 3 is older than 24 h", alarm.Summary);
        Assert.Equal(alarm.Id, AlarmPolicy.Decide(Sees(3, Now.AddHours(-25), new StandingAlarm(alarm)), Now.AddHours(2)).Open[0].Id);
        Assert.Empty(AlarmPolicy.Decide(Sees(3, Now.AddHours(-25), new StandingAlarm(alarm)), Now.AddHours(2)).Resolve);
        Assert.Single(AlarmPolicy.Decide(Sees(4, Now, new StandingAlarm(alarm)), Now).Resolve);
    }

    [Fact]
    public void A_silent_agent_is_told_and_over_with_its_next_heartbeat()
    {
        ScopedRule rule = Watched.Rule(Watched.On(Silent));
        AlarmPicture Sees(DateTimeOffset last, params StandingAlarm[] standing) => new() { Agents = [new(rule, null, "host-1", last, last.AddSeconds(30))], Standing = standing };
        Alarm alarm = Assert.Single(AlarmPolicy.Decide(Sees(Now.AddSeconds(-30)), Now).Open);
        Assert.Empty(AlarmPolicy.Decide(Sees(Now.AddSeconds(-30), new StandingAlarm(alarm)), Now).Resolve);
        Assert.Single(AlarmPolicy.Decide(Sees(Now, new StandingAlarm(alarm)), Now.AddSeconds(1)).Resolve);
    }

    public static TheoryData<AlarmEvent, RunStatus, ActivityStatus, bool, string?> Causes => new()
    {
        { Failed, RunStatus.Failed, ActivityStatus.Failed, false, null },
        { Failed, RunStatus.Failed, ActivityStatus.Failed, true, $"run {Watched.Id} succeeded" },
        { Queued, RunStatus.Running, ActivityStatus.Queued, false, null },
        { Queued, RunStatus.Running, ActivityStatus.Running, false, "it waits no longer" },
        { Running, RunStatus.Running, ActivityStatus.Running, false, null },
        { Running, RunStatus.Running, ActivityStatus.Succeeded, false, "the activity has ended" },
        { Running, RunStatus.Failed, ActivityStatus.Failed, false, "the run has ended" },
        { Retried, RunStatus.Running, ActivityStatus.Running, false, null },
        { Retried, RunStatus.Running, ActivityStatus.Succeeded, false, "the activity succeeded" },
        { Succeeded, RunStatus.Succeeded, ActivityStatus.Succeeded, false, "it was news" },
    };

    [Theory, MemberData(nameof(Causes))]
    public void An_alarm_is_over_when_its_cause_is_gone(AlarmEvent what, RunStatus run, ActivityStatus node, bool laterSuccess, string? because)
    {
        StandingAlarm standing = new(Standing(what), Watched.Run(run), Watched.Node("a", node), laterSuccess ? Watched.Run(RunStatus.Succeeded) : null);
        Assert.Equal(because is null ? [] : [because], AlarmPolicy.Decide(new AlarmPicture { Standing = [standing] }, Now).Resolve.Select(e => e.Because));
    }

    [Fact]
    public void A_metric_back_in_bounds_ends_its_alarm_and_one_further_out_does_not()
    {
        ScopedRule rule = Watched.Rule(Watched.On(Metric) with { Metric = "auc", Below = 0.7 });
        WatchedRun Told(double auc) => Watched.See(Watched.Run(RunStatus.Succeeded, Now, $$"""{"auc":{{auc}}}"""), rule);
        StandingAlarm standing = new(Standing(Metric) with { At = Now.AddMinutes(-5) });
        Assert.Single(AlarmPolicy.Decide(new AlarmPicture { Runs = [Told(0.8)], Standing = [standing] }, Now).Resolve);
        Assert.Empty(AlarmPolicy.Decide(new AlarmPicture { Runs = [Told(0.6)], Standing = [standing] }, Now).Resolve);
    }

    [Theory]
    [InlineData(9, false, 1)]
    [InlineData(10, true, null)]
    public void Others_are_told_when_nobody_acknowledges_in_time(int minutes, bool escalated, int? again)
    {
        Alarm alarm = Standing(Failed) with { OpenedAt = Now.AddMinutes(-minutes), Escalate = new AlarmEscalation { After = TimeSpan.FromMinutes(10), To = ["boss"] } };
        AlarmDecision decision = AlarmPolicy.Decide(new AlarmPicture { Standing = [new(alarm)] }, Now);
        Assert.Equal(escalated, decision.Escalate.Count == 1);
        Assert.Equal(again is { } later ? Now.AddMinutes(later) : null, decision.Next);
        Assert.Empty(AlarmPolicy.Decide(new AlarmPicture { Standing = [new(alarm with { State = new AlarmState.Acknowledged("ada", Now) })] }, Now).Escalate);
        Assert.Empty(AlarmPolicy.Decide(new AlarmPicture { Standing = [new(alarm with { State = new AlarmState.Firing(true) })] }, Now).Escalate);
    }

    [Fact]
    public void A_resolved_alarm_never_moves_and_an_acknowledged_one_only_ends()
    {
        AlarmHappening[] all = [new AlarmHappening.Acknowledge("ada", Now), new AlarmHappening.Escalate(), new AlarmHappening.Resolve(Now, "why")];
        Assert.All(all, happened => Assert.IsType<AlarmTransition.Ignored>(AlarmMachine.Apply(new AlarmState.Resolved(Now, "over"), happened)));
        Assert.Equal([false, false, true], all.Select(h => AlarmMachine.Apply(new AlarmState.Acknowledged("bob", Now), h) is AlarmTransition.Moved));
        Assert.Equal([true, true, true], all.Select(h => AlarmMachine.Apply(new AlarmState.Firing(), h) is AlarmTransition.Moved));
    }

    [Theory]
    [InlineData(NotStarted)]
    [InlineData(NotEnded)]
    public void A_schedule_that_stands_still_is_told_once_and_not_for_each_instant(AlarmEvent what)
    {
        Alarm first = Assert.Single(AlarmPolicy.Decide(new AlarmPicture { Instants = [Instant(what, Now.AddMinutes(-30), null)] }, Now).Open);
        AlarmPicture next = new() { Instants = [Instant(what, Now, null)], Standing = [new(first)] };
        Assert.Empty(AlarmPolicy.Decide(next, Now.AddMinutes(30)).Open);
        Assert.Empty(AlarmPolicy.Decide(next, Now.AddMinutes(30)).Resolve);
        Assert.Single(AlarmPolicy.Decide(next with { Standing = [new(first with { Subject = "p/other" })] }, Now.AddMinutes(30)).Open);
        Assert.Single(AlarmPolicy.Decide(next with { Standing = [] }, Now.AddMinutes(30)).Open); // It is over, so this is another.
    }

    [Fact]
    public void An_alarm_that_was_escalated_stays_so_whoever_takes_it_and_however_it_ends()
    {
        AlarmState taken = Next(new AlarmState.Firing(Escalated: true), new AlarmHappening.Acknowledge("ada", Now));
        Assert.Equal(new AlarmState.Acknowledged("ada", Now, Escalated: true), taken);
        Assert.True(Next(taken, new AlarmHappening.Resolve(Now, "over")).Escalated);
        Assert.False(Next(new AlarmState.Firing(), new AlarmHappening.Resolve(Now, "over")).Escalated);

        static AlarmState Next(AlarmState state, AlarmHappening happened) => Assert.IsType<AlarmTransition.Moved>(AlarmMachine.Apply(state, happened)).Next;
    }

    private static WatchedInstant Instant(AlarmEvent what, DateTimeOffset at, RunRow? run) =>
        new(Watched.Rule(Watched.On(what) with { Within = TimeSpan.FromMinutes(30) }), "ada", what, "p/nightly", at, run, null);

    private static Alarm Standing(AlarmEvent what) => new()
    {
        Id = "id",
        Rule = "p#r",
        Event = what,
        Severity = AlarmSeverity.Warning,
        Pipeline = "p",
        Run = Watched.Id,
        Node = 0,
        Summary = "s",
        At = Now.AddMinutes(-5),
        OpenedAt = Now.AddMinutes(-5),
        To = ["oncall"],
        State = new AlarmState.Firing(),
    };
}
