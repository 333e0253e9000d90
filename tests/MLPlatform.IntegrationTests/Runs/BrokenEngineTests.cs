using MLPlatform.Core.Runs;
using MLPlatform.Engine.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Runs;

/// <summary>An engine that meets a bug of its own stops for all to see, and others go on with its runs.</summary>
public sealed class BrokenEngineTests
{
    private const string Text = """
        { "id": "p", "activities": { "train": { "type": "test.fresh" }, "next": { "type": "test.fresh", "dependsOn": ["train"] } } }
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public Task A_bug_in_building_rows_stops_the_engine_and_another_goes_on() =>
        StopsAsync((world, attempt) => world.Executor.Release(attempt, new AttemptOutcome.Succeeded(default)));

    [Fact]
    public Task A_bug_in_writing_the_journal_stops_the_engine_and_another_goes_on()
    {
        bool broken = false;
        return StopsAsync(
            (world, attempt) =>
            {
                broken = true;
                world.Executor.Release(attempt, FakeExecutor.Success());
            },
            store => new HookedStore(store, (_, commit, _) => broken ? throw new InvalidCastException("a row cannot be written") : commit()));
    }

    [Fact]
    public Task A_bug_beside_the_loop_stops_the_engine_and_another_goes_on() =>
        StopsAsync((world, _) => world.Engine.Post(() => throw new InvalidOperationException("a bug")));

    [Fact]
    public async Task A_run_that_breaks_every_engine_is_given_up_and_the_others_go_on()
    {
        await using EngineWorld world = await EngineWorld.StartAsync();
        world.Executor.Held.Add("train");
        RunId poison = await world.BeginAsync(Text);
        AttemptId attempt = await world.Executor.WhenStartedAsync("train");
        await world.Engine.FlushAsync();
        // Outputs that cannot be written down are the bug; whoever takes the run over hears of them again.
        world.Executor.Release(attempt, new AttemptOutcome.Succeeded(default));
        for (int engine = 1; engine <= 3; engine++)
        {
            await Assert.ThrowsAsync<EngineStoppedException>(() => world.Engine.Completion.WaitAsync(TimeSpan.FromMinutes(1), Cancel));
            await world.KillEngineAsync();
            await world.StartEngineAsync($"r{engine + 1}");
        }
        RunRow row = await world.EndOfAsync(poison);
        Assert.Equal(RunStatus.Failed, row.Status);
        Assert.Contains("ENG-019", row.FailureJson, StringComparison.Ordinal);

        world.Executor.Held.Clear();
        Assert.Equal(RunStatus.Succeeded, (await world.RunAsync(Text)).Status);
        Assert.Null(world.Engine.Trouble);
    }

    private static async Task StopsAsync(Action<EngineWorld, AttemptId> strike, Func<IRunStore, IRunStore>? wrap = null)
    {
        await using EngineWorld world = await EngineWorld.StartAsync();
        await world.KillEngineAsync();
        world.Wrap = wrap ?? world.Wrap;
        await world.StartEngineAsync();
        world.Executor.Held.Add("train");
        RunId id = await world.BeginAsync(Text);
        AttemptId attempt = await world.Executor.WhenStartedAsync("train");
        await world.Engine.FlushAsync();

        strike(world, attempt);
        EngineStoppedException why = await Assert.ThrowsAsync<EngineStoppedException>(() => world.Engine.Completion.WaitAsync(TimeSpan.FromMinutes(1), Cancel));
        Assert.Equal(why.Message, world.Engine.Trouble);
        await Assert.ThrowsAsync<EngineStoppedException>(() => world.Commands.CancelAsync(id, "ann", Cancel));
        await Assert.ThrowsAsync<EngineStoppedException>(() => world.BeginAsync(Text));
        Assert.Equal(RunStatus.Running, (await world.Store.FindRunAsync(id, Cancel))!.Status);
        await world.KillEngineAsync();

        // No time passes: the lease was given up, or the run would not be there to be taken over yet.
        world.Wrap = store => store;
        await world.StartEngineAsync("r2");
        world.Executor.Release(attempt, FakeExecutor.Success());
        RunRow row = await world.EndOfAsync(id);
        Assert.Equal((RunStatus.Succeeded, "r2"), (row.Status, row.Owner));
        Assert.Equal(["train", "next"], world.Executor.Started.Select(s => s.Activity));
    }
}
