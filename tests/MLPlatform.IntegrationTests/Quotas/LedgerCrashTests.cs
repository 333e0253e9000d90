using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Engine;
using MLPlatform.IntegrationTests.Postgres;
using MLPlatform.IntegrationTests.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Quotas;

/// <summary>A server that dies at any commit: what is written as held equals what runs, before and after.</summary>
public sealed class LedgerCrashTests(PostgresServer server)
{
    private const string Resources = """
        { "pools": { "p": {} }, "groups": { "ads": { "quotas": { "p": { "nominal": { "cpu": 2 }, "borrowingLimit": { "cpu": 1 } } } } } }
        """;

    // More than the quota allows at once, with a retry and a fan-out.
    private const string Pipeline = """
        {
          "id": "crash", "basic": { "group": "ads" }, "resources": { "cpu": 1 },
          "activities": {
            "collect": { "type": "test.fresh", "inputs": { "items": 5, "failFirst": 1 }, "advanced": { "retry": { "maxAttempts": 2, "initialDelay": "PT0S", "jitter": false } } },
            "each": { "type": "test.fresh", "forEach": "${{ activities.collect.outputs.items }}", "inputs": { "number": "${{ item }}" } },
            "sum": { "type": "test.fresh", "dependsOn": ["each"] }
          }
        }
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whatever_commit_the_server_dies_at_nothing_is_overcommitted_and_nothing_leaks(bool postgres)
    {
        int crashes = 0;
        for (int at = 1; ; at++)
        {
            bool crashed = false;
            foreach (bool after in (bool[])[false, true])
                crashed |= await DieAtAsync(at, after, postgres ? await server.CreateDatabaseAsync(Cancel) : null);
            if (!crashed)
                break;
            crashes++;
        }
        Assert.True(crashes >= 6, $"only {crashes} commits could be crashed at");
    }

    private static async Task<bool> DieAtAsync(int crashAt, bool afterCommit, string? database)
    {
        RunId id = new(Guid.Parse("01900000-0000-7000-8000-000000000001"));
        await using EngineWorld world = await EngineWorld.StartAsync(database);
        await world.ApplyAsync(Resources);
        await world.KillEngineAsync();
        TaskCompletionSource crashed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        world.Wrap = store => new HookedStore(store, async (number, commit, cancel) =>
        {
            if (number < crashAt || (afterCommit && number == crashAt))
                await commit();
            if (number < crashAt)
                return;
            crashed.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancel);
        });
        await world.StartEngineAsync();
        Task run = RunAsync();
        bool died = await Task.WhenAny(run, crashed.Task) == crashed.Task;
        await world.KillEngineAsync();
        List<string> wrong = [];
        world.Wrap = store => new HookedStore(store, async (_, commit, _) =>
        {
            await commit();
            await CheckAsync(world, id, $"after a crash {(afterCommit ? "after" : "before")} commit {crashAt}", wrong);
        });
        await world.StartEngineAsync();
        await world.BeginAsync(Pipeline, id);
        Assert.Equal(RunStatus.Succeeded, (await world.EndOfAsync(id)).Status);
        await world.Engine.FlushAsync();
        Assert.Empty(wrong);
        Assert.Empty(await world.Quotas.ListAllocationsAsync(Cancel));
        return died;

        async Task RunAsync()
        {
            await world.BeginAsync(Pipeline, id);
            await world.EndOfAsync(id);
        }
    }

    // At each commit: whatever runs is held, and that is never more than nominal and what may be borrowed. A grant that did not begin, or one whose
    // end is a commit away, may be written down beside what takes its place; what runs is what counts.
    private static async Task CheckAsync(EngineWorld world, RunId id, string when, List<string> wrong)
    {
        IReadOnlyList<Allocation> held = await world.Quotas.ListAllocationsAsync(Cancel);
        IReadOnlyList<AttemptRow> attempts = await world.Store.ListAttemptsAsync(id, null, Cancel);
        HashSet<AttemptId> runs = [.. attempts.Where(a => a.EndedAt is null).Select(a => a.Id)];
        if (runs.Count > 3)
            wrong.Add($"{when}: {runs.Count} cores are in use of 3");
        if (!runs.IsSubsetOf(held.Select(a => a.Id)))
            wrong.Add($"{when}: {string.Join(", ", runs.Except(held.Select(a => a.Id)))} run and hold nothing");
    }
}
