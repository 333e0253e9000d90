using MLPlatform.Core.Runs;
using MLPlatform.Engine.Journal;
using MLPlatform.Engine.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Runs;

/// <summary>A server that dies at any journal write, before or after it is durable, and is started again.</summary>
public sealed class CrashTests
{
    // Every kind of node: worker steps with retries, a fan-out, a skip, a failure and what hangs on it, inline steps.
    private const string Pipeline = """
        {
          "id": "crash",
          "activities": {
            "collect": { "type": "test.fresh", "inputs": { "items": 3, "failFirst": 1 }, "advanced": { "retry": { "maxAttempts": 2, "initialDelay": "PT0S", "jitter": false } } },
            "each": { "type": "test.fresh", "forEach": "${{ activities.collect.outputs.items }}", "maxParallel": 2, "inputs": { "number": "${{ item }}" } },
            "sum": { "type": "test.work", "inputs": { "after": "${{ activities.each.outputs.number }}" } },
            "never": { "type": "test.fresh", "when": "${{ activities.sum.outputs.number > 100 }}" },
            "broken": { "type": "test.fresh", "dependsOn": ["sum"], "inputs": { "failFirst": 9 } },
            "after": { "type": "control.noop", "dependsOn": ["broken"] },
            "always": { "type": "control.noop", "dependsOn": ["broken", "never"], "join": "allDone" }
          },
          "outputs": { "sum": "${{ activities.sum.outputs.number }}" }
        }
        """;

    private static readonly RunId Id = new(Guid.Parse("01900000-0000-7000-8000-000000000001"));

    [Fact]
    public async Task Whatever_write_the_server_dies_at_the_run_ends_the_same_and_no_attempt_ends_twice()
    {
        string expected = await EndStateAsync(0, false);
        Assert.Contains("always:Succeeded", expected, StringComparison.Ordinal);
        int crashes = 0;
        for (int at = 1; ; at++)
        {
            bool crashed = false;
            foreach (bool afterCommit in new[] { false, true })
            {
                string ended = await EndStateAsync(at, afterCommit, () => crashed = true);
                Assert.True(expected == ended, $"crash {(afterCommit ? "after" : "before")} commit {at}:\n{ended}\ninstead of\n{expected}");
            }
            if (!crashed)
                break;
            crashes++;
        }
        Assert.True(crashes >= 8, $"only {crashes} commits could be crashed at");
    }

    [Fact]
    public async Task Of_runs_that_are_started_together_a_server_that_dies_leaves_all_or_none()
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        List<RunId> ids = [.. Enumerable.Range(1, 5).Select(i => new RunId(Guid.Parse($"01900000-0000-7000-8000-00000000000{i}")))];
        HashSet<int> found = [];
        for (int at = 1; at <= 6; at++)
        {
            foreach (bool afterCommit in new[] { false, true })
            {
                await using EngineWorld world = await EngineWorld.StartAsync();
                await DieAtAsync(world, at, afterCommit, () => { }, () => StartAllAsync(world));
                int there = 0;
                foreach (RunId id in ids)
                    there += await world.Store.FindRunAsync(id, cancel) is null ? 0 : 1;
                Assert.True(there is 0 or 5, $"crash {(afterCommit ? "after" : "before")} commit {at}: {there} runs");
                found.Add(there);
                // Asked for again, what is missing is started and what is there is left alone.
                await StartAllAsync(world);
                foreach (RunId id in ids)
                    Assert.Equal(RunStatus.Succeeded, (await world.EndOfAsync(id)).Status);
            }
        }
        Assert.Equal([0, 5], found.Order());

        Task<IReadOnlyList<RunId>> StartAllAsync(EngineWorld world) => world.Get<RunStarter>().StartAllAsync(
            [.. ids.Select((id, i) => world.Request($$"""{ "id": "p{{i}}", "activities": { "a": { "type": "test.fresh" } } }""", id))], cancel);
    }

    [Fact]
    public async Task A_store_that_fails_every_second_commit_before_or_after_it_is_durable_changes_nothing()
    {
        string expected = await EndStateAsync(0, false);
        await using EngineWorld world = await EngineWorld.StartAsync();
        await world.KillEngineAsync();
        int failures = 0;
        world.Wrap = store => new HookedStore(store, async (number, commit, _) =>
        {
            if (number % 4 != 1)
                await commit();
            if (number % 2 == 0)
                return;
            failures++;
            throw new IOException(number % 4 == 1 ? "no space left on device" : "the answer to the commit was lost");
        });
        await world.StartEngineAsync();
        await world.BeginRetryingAsync(Pipeline, Id);
        RunRow row = await world.EndOfRetryingAsync(Id);
        Assert.True(failures >= 4, $"only {failures} commits failed");
        AssertEachAttemptEndedOnce(
            await world.Store.ListAttemptsAsync(Id, null, TestContext.Current.CancellationToken),
            await EventsAsync(world, TestContext.Current.CancellationToken), world.Executor);
        Assert.Equal(expected, $"{row.Status} {row.OutputsJson} {await world.StatusesAsync(Id)}");
    }

    private static async Task<string> EndStateAsync(int crashAt, bool afterCommit, Action? onCrash = null)
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        await using EngineWorld world = await EngineWorld.StartAsync();
        if (crashAt > 0)
            await DieAtAsync(world, crashAt, afterCommit, onCrash!);
        await world.BeginAsync(Pipeline, Id);
        RunRow row = await world.EndOfAsync(Id);
        AssertEachAttemptEndedOnce(await world.Store.ListAttemptsAsync(Id, null, cancel), await EventsAsync(world, cancel), world.Executor);
        return $"{row.Status} {row.OutputsJson} {await world.StatusesAsync(Id)}";
    }

    private static async Task DieAtAsync(EngineWorld world, int crashAt, bool afterCommit, Action onCrash, Func<Task>? work = null)
    {
        TaskCompletionSource crashed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await world.KillEngineAsync();
        world.Wrap = store => new HookedStore(store, async (number, commit, cancel) =>
        {
            if (number < crashAt || (afterCommit && number == crashAt))
                await commit();
            if (number < crashAt)
                return;
            // From here on nothing comes back from the store, as nothing does to a process that is dead.
            crashed.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, cancel);
        });
        await world.StartEngineAsync();
        Task run = work is null ? RunAsync(world) : work();
        if (await Task.WhenAny(run, crashed.Task) == crashed.Task)
            onCrash();
        await world.KillEngineAsync();
        world.Wrap = store => store;
        await world.StartEngineAsync();
    }

    private static async Task RunAsync(EngineWorld world)
    {
        await world.BeginAsync(Pipeline, Id);
        await world.EndOfAsync(Id);
    }

    private static async Task<List<RunEvent>> EventsAsync(EngineWorld world, CancellationToken cancel)
    {
        List<RunEvent> events = [];
        await foreach (JournalEntry entry in world.Store.ReadJournalAsync(Id, cancel))
            events.AddRange(EventCodec.Decode(entry.Payload));
        return events;
    }

    private static void AssertEachAttemptEndedOnce(IReadOnlyList<AttemptRow> attempts, List<RunEvent> events, FakeExecutor executor)
    {
        Assert.All(attempts, a => Assert.NotNull(a.EndedAt));
        List<(int, int)> ends = [.. events.OfType<RunEvent.AttemptEnded>().Select(e => (e.Node, e.Number))];
        Assert.Equal(ends.Count, ends.Distinct().Count());
        Assert.Equal(attempts.Select(a => (a.Id.Node, a.Id.Number)).Order(), ends.Order());
        Assert.Equal(executor.Started.Count, executor.Started.Select(s => s.Id).Distinct().Count());
    }
}
