using MLPlatform.Core.Runs;
using MLPlatform.Engine;
using MLPlatform.IntegrationTests.Postgres;
using Xunit;

namespace MLPlatform.IntegrationTests.Runs;

/// <summary>Replicas that share a real PostgreSQL.</summary>
public sealed class PostgresEngineTests(PostgresServer server)
{
    private const string Text = """
        { "id": "p", "activities": { "train": { "type": "test.fresh" }, "next": { "type": "test.fresh", "dependsOn": ["train"] } } }
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_replica_takes_over_the_runs_of_one_that_died_and_no_attempt_ends_twice()
    {
        string database = await server.CreateDatabaseAsync(Cancel);
        await using EngineWorld world = await EngineWorld.StartAsync(database, "r1", new EngineOptions { Lease = TimeSpan.FromSeconds(1) });
        world.Executor.Held.Add("train");
        RunId id = await world.BeginAsync(Text);
        AttemptId attempt = await world.Executor.WhenStartedAsync("train");
        await world.KillEngineAsync();
        await world.StartEngineAsync("r2", new EngineOptions { Lease = TimeSpan.FromSeconds(1) });
        // The database's own clock decides when a lease has ended; the engine looks again whenever its clock ticks.
        while ((await world.Store.FindRunAsync(id, Cancel))!.Owner != "r2")
        {
            Assert.False(Cancel.IsCancellationRequested);
            world.Time.Advance(TimeSpan.FromSeconds(1));
            await world.Engine.FlushAsync();
        }
        world.Executor.Release(attempt, FakeExecutor.Success());
        RunRow row = await world.EndOfAsync(id);
        Assert.Equal((RunStatus.Succeeded, "r2"), (row.Status, row.Owner));
        Assert.All(await world.Store.ListAttemptsAsync(id, null, Cancel), a => Assert.Equal(AttemptStatus.Succeeded, a.Status));
        Assert.Equal(["train", "next"], world.Executor.Started.Select(s => s.Activity));
    }

    [Fact]
    public async Task A_replica_that_was_fenced_drops_its_runs_and_joins_again()
    {
        string database = await server.CreateDatabaseAsync(Cancel);
        await using EngineWorld world = await EngineWorld.StartAsync(database, "r1");
        world.Executor.Held.Add("train");
        RunId id = await world.BeginAsync(Text);
        AttemptId attempt = await world.Executor.WhenStartedAsync("train");
        await world.Engine.FlushAsync();
        // A namesake joins: what the first one decides from now on is refused, and it starts over from the journal.
        await world.Store.AcquireLeaseAsync("r1", TimeSpan.FromMinutes(5), Cancel);
        world.Executor.Release(attempt, FakeExecutor.Success());
        RunRow row = await world.EndOfAsync(id);
        Assert.Equal(RunStatus.Succeeded, row.Status);
        Assert.Equal(2, (await world.Store.ListAttemptsAsync(id, null, Cancel)).Count);
    }
}
