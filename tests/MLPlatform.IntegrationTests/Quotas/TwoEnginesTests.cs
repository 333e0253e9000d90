using System.Collections.Concurrent;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Engine;
using MLPlatform.IntegrationTests.Postgres;
using MLPlatform.IntegrationTests.Runs;
using Npgsql;
using Xunit;

namespace MLPlatform.IntegrationTests.Quotas;

/// <summary>Two servers on one PostgreSQL that give out one quota, each with room for more on its own machine.</summary>
public sealed class TwoEnginesTests(PostgresServer server)
{
    private const int Quota = 3;

    private const string Resources = """
        {
          "pools": { "p": {} },
          "groups": {
            "ads": { "quotas": { "p": { "nominal": { "cpu": 2 }, "borrowingLimit": { "cpu": 1 } } } },
            "feed": { "quotas": { "p": { "nominal": { "cpu": 2 } } } }
          }
        }
        """;

    private const string Pipeline = """
        {
          "id": "race", "basic": { "group": "ads" }, "resources": { "cpu": 1 },
          "activities": { "a": { "type": "test.fresh" }, "b": { "type": "test.fresh" }, "c": { "type": "test.fresh", "dependsOn": ["a"] } }
        }
        """;

    // Of what runs: how much there is, and how much of it holds nothing.
    private const string Running = """
        SELECT count(*), count(*) FILTER (WHERE NOT EXISTS (
            SELECT 1 FROM allocations h WHERE h.run = a.run AND h.node = a.node AND h.number = a.number AND h.ended_at IS NULL))
        FROM attempts a WHERE a.ended_at IS NULL
        """;

    private static readonly EngineOptions Options = new() { Cpu = 4, MemoryMiB = 4096, Lease = TimeSpan.FromMinutes(5) };

    private readonly ConcurrentQueue<string> _wrong = new();
    private readonly HashSet<AttemptId> _released = [];
    private readonly Random _random = new(7);
    private EngineWorld _one = null!, _two = null!;
    private long _most;
    private int _looks;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_servers_never_give_out_more_than_the_quota_and_when_one_dies_the_other_goes_on_with_what_is_held()
    {
        string database = await server.CreateDatabaseAsync(Cancel);
        await using EngineWorld one = _one = await EngineWorld.StartAsync(database, "r1", Options);
        await using EngineWorld two = _two = await EngineWorld.StartAsync(database, "r2", Options, one.Time);
        await one.ApplyAsync(Resources);
        await StartWatchedAsync(one, "r1", database);
        await StartWatchedAsync(two, "r2", database);
        List<RunId> open = [.. await Task.WhenAll(Enumerable.Range(0, 16).Select(i => (i % 2 == 0 ? one : two).BeginAsync(Pipeline)))];

        // Both give out the quota, until each has had a part of it.
        while (one.Executor.Started.Count < 4 || two.Executor.Started.Count < 4)
            await StepAsync(one, two);

        // One dies while it has some of it and asks for more; its lease runs out, by the database's clock.
        while (RunningOn(one).Length == 0)
            await StepAsync(two);
        await one.Engine.FlushAsync();
        AttemptId[] orphans = RunningOn(one);
        open.Add(await one.BeginAsync(Pipeline));
        await one.KillEngineAsync();
        await two.Store.AcquireLeaseAsync("r1", TimeSpan.FromMilliseconds(1), Cancel);

        // The other goes on with what ran there, and what is held is what runs.
        while (!RunningOn(two).ToHashSet().IsSupersetOf(orphans))
            await StepAsync();
        await two.Engine.FlushAsync();
        while (!await HoldsWhatRunsAsync())
            await StepAsync();

        while (open.Count > 0)
        {
            await StepAsync(two);
            foreach (RunId run in open.ToList())
            {
                RunStatus status = (await two.Store.FindRunAsync(run, Cancel))!.Status;
                Assert.True(status is RunStatus.Running or RunStatus.Succeeded, $"a run is {status}");
                if (status == RunStatus.Succeeded)
                    open.Remove(run);
            }
        }
        await two.Engine.FlushAsync();
        Assert.Empty(_wrong);
        Assert.Empty(await two.Quotas.ListAllocationsAsync(Cancel));
        Assert.Equal(Quota, _most);
        Assert.Equal(17 * 3, one.Executor.Started.Concat(two.Executor.Started).Select(s => s.Id).Distinct().Count());
        Assert.True(_looks > 100, $"only {_looks} commits were looked at");
    }

    // An engine whose commits are looked at.
    private async Task StartWatchedAsync(EngineWorld world, string replica, string database)
    {
        await world.KillEngineAsync();
        world.Wrap = store => new HookedStore(store, async (number, commit, cancel) =>
        {
            await commit();
            await using NpgsqlConnection connection = new(database);
            await connection.OpenAsync(cancel);
            await using NpgsqlCommand command = new(Running, connection);
            await using NpgsqlDataReader row = await command.ExecuteReaderAsync(cancel);
            await row.ReadAsync(cancel);
            (long runs, long bare) = (row.GetInt64(0), row.GetInt64(1));
            Interlocked.Increment(ref _looks);
            lock (_released)
                _most = Math.Max(_most, runs);
            if (runs > Quota || bare > 0)
                _wrong.Enqueue($"after commit {number} of {replica}: {runs} cores are in use of {Quota}, {bare} of them without a row");
        });
        await world.StartEngineAsync(replica, Options);
        world.Executor.Held.UnionWith(["a", "b", "c"]);
    }

    // What runs outside is counted apart from what is written down. Then one attempt ends on one of these servers, and time passes.
    private async Task StepAsync(params EngineWorld[] ends)
    {
        int outside = RunningOn(_one).Union(RunningOn(_two)).Count();
        if (outside > Quota)
            _wrong.Enqueue($"{outside} cores are in use of {Quota} outside");
        (EngineWorld World, AttemptId Id)[] may = [.. ends.SelectMany(w => RunningOn(w).Select(id => (w, id)))];
        if (may.Length > 0)
        {
            (EngineWorld world, AttemptId id) = may[_random.Next(may.Length)];
            lock (_released)
                _released.Add(id);
            world.Executor.Release(id, FakeExecutor.Success());
        }
        _one.Time.Advance(TimeSpan.FromSeconds(1));
        await Task.Delay(5, Cancel);
    }

    private AttemptId[] RunningOn(EngineWorld world)
    {
        lock (_released)
            return [.. world.Executor.Started.Select(s => s.Id).Where(id => !_released.Contains(id))];
    }

    private async Task<bool> HoldsWhatRunsAsync()
    {
        IReadOnlyList<Allocation> held = await _two.Quotas.ListAllocationsAsync(Cancel);
        return held.Count == Quota && held.All(a => a.Replica == "r2") && held.Select(a => a.Id).ToHashSet().SetEquals(RunningOn(_two));
    }
}
