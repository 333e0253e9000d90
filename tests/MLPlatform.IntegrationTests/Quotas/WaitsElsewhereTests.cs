using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Admission;
using MLPlatform.Engine;
using MLPlatform.Engine.Runs;
using MLPlatform.IntegrationTests.Postgres;
using MLPlatform.IntegrationTests.Runs;
using MLPlatform.Server.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Quotas;

/// <summary>Two servers on one PostgreSQL: one looks after a run that waits, the other is asked why.</summary>
public sealed class WaitsElsewhereTests(PostgresServer server)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Any_server_tells_why_a_run_waits_that_another_one_looks_after()
    {
        string database = await server.CreateDatabaseAsync(Cancel);
        EngineOptions options = new() { Cpu = 4, MemoryMiB = 4096, Lease = TimeSpan.FromMinutes(5) };
        await using EngineWorld one = await EngineWorld.StartAsync(database, "r1", options);
        await using EngineWorld two = await EngineWorld.StartAsync(database, "r2", options, one.Time);
        await one.ApplyAsync("""{ "pools": { "p": {} }, "groups": { "ads": { "quotas": { "p": { "nominal": { "cpu": 1 }, "borrowingLimit": { "cpu": 0 } } } } } }""");
        one.Executor.Held.UnionWith(["a", "b"]);
        RunId run = await one.BeginAsync("""{ "id": "waits", "basic": { "group": "ads" }, "resources": { "cpu": 1 }, "activities": { "a": { "type": "test.fresh" }, "b": { "type": "test.fresh" } } }""");
        await one.Executor.WhenStartedAsync("a");
        await one.UntilAsync(run, "b", ActivityStatus.Queued);

        RunRow row = (await two.Store.FindRunAsync(run, Cancel))!;
        IReadOnlyList<ActivityRow> activities = await two.Store.ListActivitiesAsync(run, Cancel);
        async Task<WaitView> TellsAsync(EngineWorld asked) => Assert.Single(await WaitView.OfAsync(row, activities, asked.Get<WaitReasons>(), Cancel));
        WaitView known = await TellsAsync(one), untold = await TellsAsync(two);
        Assert.Equal(WaitCause.Quota, known.Cause);
        Assert.Equal(("b", null, RunWaits.Untold("r1")), (untold.Activity, untold.Cause, untold.What));
        Assert.Equal($"that server's decision: 'mlp --server ADDRESS runs why {run}' with the address of 'r1' tells", untold.Release);

        await one.Engine.LookAroundAsync(Cancel); // As every few seconds.
        Assert.Equal(known, await TellsAsync(two));

        // What was told of what waits no more is shown of nothing, and told no more.
        one.Executor.Release(await one.Executor.WhenStartedAsync("a"), FakeExecutor.Success());
        await one.Executor.WhenStartedAsync("b");
        await one.Engine.FlushAsync();
        Assert.Empty(await WaitView.OfAsync(row, await two.Store.ListActivitiesAsync(run, Cancel), two.Get<WaitReasons>(), Cancel));
        await one.Engine.LookAroundAsync(Cancel);
        Assert.Empty(await two.Quotas.ListWaitsAsync("r1", Cancel));
    }
}
