using MLPlatform.Core.Alarms;
using MLPlatform.Core.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>What the alarm stores promise, on both databases.</summary>
public abstract class AlarmConformance(Stores stores)
{
    private static readonly DateTimeOffset Now = Rows.At;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ten_replicas_open_a_breach_once_and_tell_each_channel_once()
    {
        Alarm alarm = New() with { To = ["a", "b", "a"] };
        IReadOnlyList<string>[] opened = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(() => stores.Alarms.CommitAsync(Commit(open: [alarm]), Cancel))));
        Assert.Single(opened, o => o.Count == 1);
        Assert.Equal(["a", "b"], (await stores.AlarmDeliveries.ListAsync(alarm.Id, null, 10, Cancel)).Select(d => d.Channel).Order());
        Assert.Equal([alarm.Id], await stores.Alarms.ListKnownAsync([alarm.Id, "other"], Cancel));
    }

    [Fact]
    public async Task An_alarm_comes_back_as_it_was_written()
    {
        Alarm alarm = New() with
        {
            Escalate = new AlarmEscalation { After = TimeSpan.FromMinutes(10), To = ["boss"] },
            Evidence = new AlarmEvidence(new LogExcerpt("a-1", 3, 4, ["\0 \ud83d\ude00", "x"]), new Dictionary<string, double> { ["auc"] = 0.5 }),
        };
        await stores.Alarms.CommitAsync(Commit(open: [alarm]), Cancel);
        Alarm found = (await stores.Alarms.FindAsync(alarm.Id, Cancel))!;
        Assert.Equal(alarm with { To = found.To, Escalate = found.Escalate, Evidence = found.Evidence }, found);
        Assert.Equal(("boss", 4L, 0.5), (found.Escalate!.To[0], found.Evidence.Log!.Line, found.Evidence.Metrics["auc"]));
        await ResolveAsync(alarm);
    }

    [Fact]
    public async Task A_resolved_alarm_is_never_opened_again()
    {
        Alarm alarm = New();
        await stores.Alarms.CommitAsync(Commit(open: [alarm]), Cancel);
        await stores.Alarms.CommitAsync(Commit(resolve: [new AlarmEnding(alarm, "over")]), Cancel);
        Assert.Empty(await stores.Alarms.CommitAsync(Commit(open: [alarm]), Cancel));
        Assert.Equal(new AlarmState.Resolved(Now, "over"), (await stores.Alarms.FindAsync(alarm.Id, Cancel))!.State);
        Assert.Equal([DeliveryKind.Opened, DeliveryKind.Resolved], (await stores.AlarmDeliveries.ListAsync(alarm.Id, null, 10, Cancel)).Select(d => d.Kind).Order());
    }

    [Fact]
    public async Task What_people_do_moves_an_alarm_once_and_its_escalation_is_told_once()
    {
        Alarm alarm = New() with { Escalate = new AlarmEscalation { After = TimeSpan.FromMinutes(10), To = ["boss"] } };
        await stores.Alarms.CommitAsync(Commit(open: [alarm]), Cancel);
        await stores.Alarms.CommitAsync(Commit(escalate: [alarm]), Cancel);
        await stores.Alarms.CommitAsync(Commit(escalate: [alarm]), Cancel);
        Assert.Equal(new AlarmState.Firing(true), (await stores.Alarms.FindAsync(alarm.Id, Cancel))!.State);
        Assert.Single(await stores.AlarmDeliveries.ListAsync(alarm.Id, null, 10, Cancel), d => d.Kind == DeliveryKind.Escalated);
        Assert.IsType<AlarmTransition.Moved>((await stores.Alarms.ChangeAsync(alarm.Id, new AlarmHappening.Acknowledge("ada", Now), Now, Cancel))!.Value.Transition);
        Assert.IsType<AlarmTransition.Ignored>((await stores.Alarms.ChangeAsync(alarm.Id, new AlarmHappening.Acknowledge("bob", Now), Now, Cancel))!.Value.Transition);
        Assert.Equal(new AlarmState.Acknowledged("ada", Now, Escalated: true), (await stores.Alarms.FindAsync(alarm.Id, Cancel))!.State);
        Assert.Contains(await stores.Alarms.ListStandingAsync(Cancel), a => a.Id == alarm.Id);
        Assert.Null(await stores.Alarms.ChangeAsync("none", new AlarmHappening.Acknowledge("ada", Now), Now, Cancel));
        await ResolveAsync(alarm);
        Assert.True((await stores.Alarms.FindAsync(alarm.Id, Cancel))!.State.Escalated);
        Assert.DoesNotContain(await stores.Alarms.ListStandingAsync(Cancel), a => a.Id == alarm.Id);
        Assert.Equal(["a", "boss"], (await stores.AlarmDeliveries.ListAsync(alarm.Id, null, 10, Cancel)).Where(d => d.Kind == DeliveryKind.Resolved).Select(d => d.Channel).Order());
    }

    [Fact]
    public async Task The_watermark_only_grows()
    {
        await stores.Alarms.CommitAsync(Commit() with { Watermark = Now.AddYears(1) }, Cancel);
        await stores.Alarms.CommitAsync(Commit() with { Watermark = Now }, Cancel);
        Assert.Equal(Now.AddYears(1), await stores.Alarms.FindWatermarkAsync(Cancel));
    }

    [Fact]
    public async Task A_delivery_that_is_due_is_taken_by_one_of_many_and_again_when_its_lease_has_ended()
    {
        Alarm alarm = New("lease");
        await stores.Alarms.CommitAsync(Commit(open: [alarm], settleAt: Now.AddHours(2)), Cancel);
        Assert.Empty(await ClaimAsync(Now.AddHours(1), "lease"));
        List<AlarmDelivery>[] taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => ClaimAsync(Now.AddHours(2), "lease"))));
        AlarmDelivery first = Assert.Single(taken.SelectMany(t => t));
        AlarmDelivery again = Assert.Single(await ClaimAsync(Now.AddHours(3), "lease"));
        await stores.AlarmDeliveries.SettleAsync(first with { State = DeliveryState.Sent, Attempts = 1 }, Cancel); // Too late: another has it.
        Assert.Equal(DeliveryState.Waiting, Assert.Single(await stores.AlarmDeliveries.ListAsync(alarm.Id, null, 10, Cancel)).State);
        await stores.AlarmDeliveries.SettleAsync(again with { State = DeliveryState.Waiting, Attempts = 1, NextAt = Now.AddHours(4), Error = "ALARM-012: no" }, Cancel);
        Assert.Empty(await ClaimAsync(Now.AddHours(3.5), "lease"));
        AlarmDelivery third = Assert.Single(await ClaimAsync(Now.AddHours(4), "lease"));
        Assert.Equal((1, "ALARM-012: no"), (third.Attempts, third.Error));
        await stores.AlarmDeliveries.SettleAsync(third with { State = DeliveryState.Sent, Attempts = 2, NextAt = Now.AddHours(4) }, Cancel);
        Assert.Empty(await ClaimAsync(Now.AddHours(9), "lease"));
    }

    [Fact]
    public async Task What_is_due_soon_goes_with_its_group()
    {
        Alarm[] alarms = [New("group"), New("group"), New("group"), New("group") with { Event = AlarmEvent.Queued }];
        for (int i = 0; i < alarms.Length; i++)
            await stores.Alarms.CommitAsync(Commit(open: [alarms[i]], settleAt: Now.AddHours(10).AddSeconds(i * 4)), Cancel);
        // The first is due, the second within the wait, the third later, the fourth of another event.
        Assert.Equal(alarms[..2].Select(a => a.Id).Order(), (await ClaimAsync(Now.AddHours(10), "group")).Select(d => d.Alarm).Order());
    }

    [Fact]
    public async Task A_silence_that_is_ended_lets_go_what_it_held()
    {
        AlarmSilence silence = new(Guid.CreateVersion7(), "silent", null, AlarmEvent.Failed, Now, Now.AddHours(30), "ada", "planned");
        await stores.AlarmDeliveries.AddSilenceAsync(silence, Cancel);
        Assert.Equal(silence, Assert.Single(await stores.AlarmDeliveries.ListSilencesAsync(Now.AddHours(20), Cancel), s => s.Id == silence.Id));
        Alarm alarm = New("silent");
        await stores.Alarms.CommitAsync(Commit(open: [alarm], settleAt: Now.AddHours(20)), Cancel);
        AlarmDelivery held = Assert.Single(await ClaimAsync(Now.AddHours(20), "silent"));
        await stores.AlarmDeliveries.SettleAsync(held with { State = DeliveryState.Held, NextAt = Now.AddHours(30) }, Cancel);
        Assert.Empty(await ClaimAsync(Now.AddHours(21), "silent"));
        Assert.True(await stores.AlarmDeliveries.EndSilenceAsync(silence.Id, Now.AddHours(21), Cancel));
        Assert.False(await stores.AlarmDeliveries.EndSilenceAsync(silence.Id, Now.AddHours(21), Cancel));
        Assert.Equal(DeliveryState.Held, Assert.Single(await ClaimAsync(Now.AddHours(21), "silent")).State);
    }

    [Fact]
    public async Task A_look_finds_runs_that_go_on_or_ended_since_and_nothing_of_other_plans()
    {
        ReplicaLease lease = await stores.LeaseAsync();
        string[] plans = ["sha256:a" + Guid.NewGuid(), "sha256:b" + Guid.NewGuid()];
        RunRow[] runs = [.. new[] { (0, RunStatus.Running, 0), (0, RunStatus.Failed, 1), (0, RunStatus.Failed, -1), (1, RunStatus.Failed, 1) }
            .Select(r => Rows.Run(Rows.NewRun(), lease.Replica, r.Item2) with { PlanHash = plans[r.Item1], EndedAt = r.Item2 == RunStatus.Running ? null : Now.AddMinutes(r.Item3) })];
        JournalBatch batch = new();
        batch.Runs.AddRange(runs);
        await stores.Runs.CommitAsync(lease, batch, Cancel);
        Assert.Equal(plans, (await stores.Alarms.ListPlansInUseAsync(Now, Cancel)).Intersect(plans).Order());
        Assert.Equal(runs[..2].Select(r => r.Id.Value).Order(), (await stores.Alarms.ListRunsAsync([plans[0]], Now, Cancel)).Select(r => r.Id.Value).Order());
    }

    [Fact]
    public async Task Durations_are_those_of_the_last_successes()
    {
        ReplicaLease lease = await stores.LeaseAsync();
        string pipeline = "timed" + Guid.NewGuid().ToString("N");
        JournalBatch batch = new();
        for (int i = 0; i < 4; i++)
        {
            RunRow run = Rows.Run(Rows.NewRun(), lease.Replica, i == 3 ? RunStatus.Failed : RunStatus.Succeeded, Now.AddMinutes(i), pipeline);
            batch.Runs.Add(run with { EndedAt = run.CreatedAt.AddMinutes(10 + i) });
            batch.Activities.Add(Rows.Activity(run.Id, 0) with { Name = "train", StartedAt = Now, EndedAt = Now.AddSeconds(i) });
        }
        await stores.Runs.CommitAsync(lease, batch, Cancel);
        Assert.Equal([11, 12], (await stores.Alarms.ListDurationsAsync(pipeline, null, 2, Cancel)).Select(d => d.TotalMinutes).Order());
        Assert.Equal([0, 1, 2], (await stores.Alarms.ListDurationsAsync(pipeline, "train", 20, Cancel)).Select(d => d.TotalSeconds).Order());
    }

    [Fact]
    public async Task Pages_hold_every_alarm_once_and_filters_hold()
    {
        string pipeline = "paged" + Guid.NewGuid().ToString("N");
        Alarm[] alarms = [.. Enumerable.Range(0, 5).Select(i => New(pipeline) with { OpenedAt = Now.AddSeconds(i / 2) })];
        await stores.Alarms.CommitAsync(Commit(open: alarms), Cancel);
        List<string> seen = [];
        string? cursor = null;
        do
        {
            Page<Alarm> page = await stores.Alarms.ListAsync(new AlarmFilter(Pipeline: pipeline), cursor, 2, Cancel);
            seen.AddRange(page.Items.Select(a => a.Id));
            cursor = page.Next;
        }
        while (cursor is not null);
        Assert.Equal(alarms.OrderByDescending(a => a.OpenedAt).ThenByDescending(a => a.Id, StringComparer.Ordinal).Select(a => a.Id), seen);
        Assert.Single((await stores.Alarms.ListAsync(new AlarmFilter(AlarmStatus.Firing, pipeline, alarms[2].Run), null, 10, Cancel)).Items);
    }

    [Fact]
    public async Task Old_resolved_alarms_are_forgotten_and_no_others()
    {
        Alarm old = New(), stands = New();
        await stores.Alarms.CommitAsync(Commit(open: [old, stands]), Cancel);
        await stores.Alarms.ChangeAsync(old.Id, new AlarmHappening.Resolve(Now.AddYears(-1), "over"), Now, Cancel);
        await stores.Alarms.ForgetAsync(Now.AddMonths(-3), Cancel);
        Assert.Null(await stores.Alarms.FindAsync(old.Id, Cancel));
        Assert.Empty(await stores.AlarmDeliveries.ListAsync(old.Id, null, 10, Cancel));
        Assert.NotNull(await stores.Alarms.FindAsync(stands.Id, Cancel));
    }

    private async Task<List<AlarmDelivery>> ClaimAsync(DateTimeOffset now, string pipeline)
    {
        // Tests of a class share the database, so what is due of others is left alone.
        IReadOnlyList<AlarmDelivery> taken = await stores.AlarmDeliveries.ClaimAsync(now, TimeSpan.FromMinutes(10), TimeSpan.FromSeconds(5), 1000, Cancel);
        List<AlarmDelivery> own = [];
        foreach (AlarmDelivery delivery in taken)
        {
            if ((await stores.Alarms.FindAsync(delivery.Alarm, Cancel))?.Pipeline == pipeline)
                own.Add(delivery);
        }
        return own;
    }

    private async Task ResolveAsync(Alarm alarm) => await stores.Alarms.ChangeAsync(alarm.Id, new AlarmHappening.Resolve(Now, "done", "ada"), Now, Cancel);

    private static AlarmCommit Commit(Alarm[]? open = null, AlarmEnding[]? resolve = null, Alarm[]? escalate = null, DateTimeOffset? settleAt = null) =>
        new(open ?? [], resolve ?? [], escalate ?? [], Now, settleAt ?? Now, Now);

    private static Alarm New(string pipeline = "p") => new()
    {
        Id = Guid.NewGuid().ToString("N"),
        Rule = "p#0",
        Event = AlarmEvent.Failed,
        Severity = AlarmSeverity.Critical,
        Pipeline = pipeline,
        Subject = "train",
        Owner = "reco",
        Run = Rows.NewRun(),
        Node = 3,
        Summary = "it failed",
        At = Now,
        OpenedAt = Now,
        To = ["a"],
        State = new AlarmState.Firing(),
    };
}

public sealed class SqliteAlarmTests(SqliteStores stores) : AlarmConformance(stores), IClassFixture<SqliteStores>;

public sealed class PostgresAlarmTests(PostgresStores stores) : AlarmConformance(stores), IClassFixture<PostgresStores>;
