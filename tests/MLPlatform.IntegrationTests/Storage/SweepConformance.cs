using System.Text.Json;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Sweeps;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>What the store of sweeps promises, on both databases.</summary>
public abstract class SweepConformance(Stores stores)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_sweep_comes_back_as_it_was_and_opening_it_again_changes_nothing()
    {
        Sweep sweep = New();
        Sweep kept = await stores.Sweeps.OpenAsync(sweep, Cancel);
        Assert.Equal(JsonSerializer.Serialize(sweep), JsonSerializer.Serialize(kept));
        await stores.Sweeps.OpenAsync(sweep with { Name = "other" }, Cancel);
        Assert.Equal(sweep.Name, (await stores.Sweeps.FindAsync(sweep.Id, Cancel))!.Name);
        Assert.Null(await stores.Sweeps.FindAsync(new SweepId(Guid.NewGuid()), Cancel));
    }

    [Fact]
    public async Task Of_many_decisions_about_one_picture_one_is_kept()
    {
        Sweep sweep = await stores.Sweeps.OpenAsync(New(), Cancel);
        bool[] kept = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Task.Run(() =>
            stores.Sweeps.CommitAsync(sweep, new SweepDecision(new SweepState.Running(), [Trial(sweep, 0), Trial(sweep, 1)]), Cancel))));
        Assert.Equal(1, kept.Count(k => k));
        Assert.Equal([0, 1], (await stores.Sweeps.ListTrialsAsync(sweep.Id, Cancel)).Select(t => t.Number));
    }

    [Fact]
    public async Task Every_state_comes_back()
    {
        Sweep sweep = await stores.Sweeps.OpenAsync(New(), Cancel);
        DateTimeOffset at = stores.Time.GetUtcNow();
        TrialState[] states =
        [
            new TrialState.Running(), new TrialState.Stopping("why"), new TrialState.Completed(0.25, at), new TrialState.Stopped("why", null, at),
            new TrialState.Stopped("why", -3, at), new TrialState.Failed("why", at),
        ];
        Trial[] trials = [.. states.Select((s, i) => Trial(sweep, i) with { State = s, Rung = i, Curve = [new(1, 0.5), new(9_000_000_000, -1e-300)] })];
        Assert.True(await stores.Sweeps.CommitAsync(sweep, new SweepDecision(new SweepState.Stopping(SweepEnd.Failed, "f"), trials), Cancel));
        Assert.Equal(JsonSerializer.Serialize(trials.Select(Text)), JsonSerializer.Serialize((await stores.Sweeps.ListTrialsAsync(sweep.Id, Cancel)).Select(Text)));
        Assert.Equal(new TrialCounts(2, 1, 2, 1, 0.25, 0.25), await stores.Sweeps.CountTrialsAsync(sweep.Id, Cancel));
        Sweep stopping = (await stores.Sweeps.FindAsync(sweep.Id, Cancel))!;
        Assert.Equal(new SweepState.Stopping(SweepEnd.Failed, "f"), stopping.State);
        Assert.Contains(await stores.Sweeps.ListActiveAsync(Cancel), s => s.Id == sweep.Id);
        Assert.True(await stores.Sweeps.CommitAsync(stopping, new SweepDecision(new SweepState.Ended(SweepEnd.Failed, "f", at), []), Cancel));
        Assert.Equal(new SweepState.Ended(SweepEnd.Failed, "f", at), (await stores.Sweeps.FindAsync(sweep.Id, Cancel))!.State);
        Assert.DoesNotContain(await stores.Sweeps.ListActiveAsync(Cancel), s => s.Id == sweep.Id);

        static object Text(Trial t) => new { t.Number, t.Run, t.Rung, t.Curve, t.CreatedAt, State = t.State.ToString(), X = t.Parameters["x"].GetRawText() };
    }

    [Fact]
    public async Task A_stop_makes_what_was_decided_before_it_out_of_date()
    {
        Sweep sweep = await stores.Sweeps.OpenAsync(New(), Cancel);
        Assert.True(await stores.Sweeps.StopAsync(sweep.Id, "stopped by ann", Cancel));
        Assert.False(await stores.Sweeps.StopAsync(sweep.Id, "stopped by bob", Cancel));
        Assert.False(await stores.Sweeps.CommitAsync(sweep, new SweepDecision(new SweepState.Running(), [Trial(sweep, 0)]), Cancel));
        Assert.Equal(new SweepState.Stopping(SweepEnd.Stopped, "stopped by ann"), (await stores.Sweeps.FindAsync(sweep.Id, Cancel))!.State);
    }

    [Fact]
    public async Task One_replica_has_a_sweep_until_it_falls_silent()
    {
        Sweep sweep = await stores.Sweeps.OpenAsync(New(), Cancel);
        Assert.True(await ClaimAsync("a"));
        Assert.False(await ClaimAsync("b"));
        Assert.True(await ClaimAsync("a"));
        stores.Time.Advance(TimeSpan.FromSeconds(31));
        Assert.True(await ClaimAsync("b"));
        Assert.False(await ClaimAsync("a"));

        Task<bool> ClaimAsync(string replica) => stores.Sweeps.ClaimAsync(sweep.Id, replica, stores.Time.GetUtcNow().AddSeconds(30), Cancel);
    }

    [Fact]
    public async Task The_end_is_delivered_until_somebody_took_it_and_again_when_asked_again()
    {
        Sweep sweep = await stores.Sweeps.OpenAsync(New() with { Waiter = new AttemptId(Rows.NewRun(), 2, 1) }, Cancel);
        Assert.DoesNotContain(await stores.Sweeps.ListUndeliveredAsync(Cancel), s => s.Id == sweep.Id);
        await stores.Sweeps.CommitAsync(sweep, new SweepDecision(new SweepState.Ended(SweepEnd.Completed, "done", stores.Time.GetUtcNow()), []), Cancel);
        Assert.Equal(sweep.Waiter, (await stores.Sweeps.ListUndeliveredAsync(Cancel)).Single(s => s.Id == sweep.Id).Waiter);
        await stores.Sweeps.MarkDeliveredAsync(sweep.Id, Cancel);
        Assert.DoesNotContain(await stores.Sweeps.ListUndeliveredAsync(Cancel), s => s.Id == sweep.Id);
        await stores.Sweeps.OpenAsync(sweep, Cancel);
        Assert.Contains(await stores.Sweeps.ListUndeliveredAsync(Cancel), s => s.Id == sweep.Id);
    }

    [Fact]
    public async Task An_ended_sweep_runs_again_with_its_trials_as_new_runs_once_nobody_waits_for_its_result()
    {
        Sweep sweep = await stores.Sweeps.OpenAsync(New() with { Waiter = new AttemptId(Rows.NewRun(), 2, 1) }, Cancel);
        Trial cut = Trial(sweep, 0) with { State = new TrialState.Stopped("why", 3, stores.Time.GetUtcNow()), Rung = 1, Curve = [new(1, 2)] };
        Assert.False(await stores.Sweeps.ResumeAsync(sweep, sweep.Settings, [], Cancel));
        await stores.Sweeps.CommitAsync(sweep, new SweepDecision(new SweepState.Ended(SweepEnd.Stopped, "why", stores.Time.GetUtcNow()), [cut]), Cancel);
        Sweep ended = (await stores.Sweeps.FindAsync(sweep.Id, Cancel))!;
        SweepSettings more = ended.Settings with { Budget = new SweepBudget { Trials = 77 } };
        Assert.False(await stores.Sweeps.ResumeAsync(ended, more, [], Cancel));
        await stores.Sweeps.MarkDeliveredAsync(sweep.Id, Cancel);
        Assert.False(await stores.Sweeps.ResumeAsync(sweep, more, [], Cancel));
        Assert.True(await stores.Sweeps.ResumeAsync(ended, more, [cut with { State = new TrialState.Waiting(), Rung = -1, Curve = [] }], Cancel));
        Sweep running = (await stores.Sweeps.FindAsync(sweep.Id, Cancel))!;
        Assert.Equal((new SweepState.Running(), null, 77), (running.State, running.Waiter, running.Settings.Budget.Trials));
        Assert.Equal(new TrialCounts(0, 0, 0, 0, null, null), await stores.Sweeps.CountTrialsAsync(sweep.Id, Cancel));
        Trial waiting = Assert.Single(await stores.Sweeps.ListTrialsAsync(sweep.Id, Cancel));
        Assert.IsType<TrialState.Waiting>(waiting.State);
        Trial again = waiting with { Run = sweep.Id.RunOf(0, sweep.CreatedAt.AddDays(1)), CreatedAt = sweep.CreatedAt.AddDays(1), State = new TrialState.Running() };
        Assert.True(await stores.Sweeps.CommitAsync(running, new SweepDecision(running.State, [again]), Cancel));
        Trial kept = Assert.Single(await stores.Sweeps.ListTrialsAsync(sweep.Id, Cancel));
        Assert.Equal((again.Run, again.CreatedAt, -1), (kept.Run, kept.CreatedAt, kept.Rung));
    }

    [Fact]
    public async Task Pages_show_every_sweep_once_newest_first()
    {
        HashSet<SweepId> made = [];
        for (int i = 0; i < 5; i++)
        {
            made.Add((await stores.Sweeps.OpenAsync(New(), Cancel)).Id);
            stores.Time.Advance(TimeSpan.FromSeconds(1));
        }
        List<Sweep> seen = [];
        string? cursor = null;
        do
        {
            Page<Sweep> page = await stores.Sweeps.ListAsync(cursor, 2, Cancel);
            seen.AddRange(page.Items);
            cursor = page.Next;
        }
        while (cursor is not null);
        Assert.Equal(seen.Count, seen.Select(s => s.Id).Distinct().Count());
        Assert.Subset(seen.Select(s => s.Id).ToHashSet(), made);
        Assert.Equal(seen.Select(s => s.CreatedAt).OrderDescending(), seen.Select(s => s.CreatedAt));
    }

    private Sweep New() => new(
        new SweepId(Guid.CreateVersion7(stores.Time.GetUtcNow())), "search", "flow",
        new SweepSettings
        {
            Pipeline = "flow",
            Objective = new Objective { Metric = "auc", Direction = Direction.Maximize },
            Space = new Dictionary<string, Dimension> { ["x"] = new FloatDimension { Min = 0.1, Max = 1, Scale = Scale.Log }, ["c"] = new ChoiceDimension { Values = [JsonElement.Parse("\"a\"")] } },
            StopEarly = new AshaRule { MinSteps = 2 },
            Budget = new SweepBudget { Time = TimeSpan.FromHours(1) },
        },
        """{"id":"flow"}""", "/somewhere", null, "ann", null, stores.Time.GetUtcNow(), 0, new SweepState.Running());

    private static Trial Trial(Sweep sweep, int number) => new(
        number, new Dictionary<string, JsonElement> { ["x"] = JsonElement.Parse("0.5") }, sweep.Id.RunOf(number, sweep.CreatedAt), sweep.CreatedAt, -1, [], new TrialState.Running());
}

public sealed class SqliteSweepTests(SqliteStores stores) : SweepConformance(stores), IClassFixture<SqliteStores>;

public sealed class PostgresSweepTests(PostgresStores stores) : SweepConformance(stores), IClassFixture<PostgresStores>;
