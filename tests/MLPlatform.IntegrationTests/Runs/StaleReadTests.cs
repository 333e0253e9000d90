using MLPlatform.Core.Runs;
using MLPlatform.Engine.Journal;
using MLPlatform.Engine.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Runs;

/// <summary>What the engine read from the store, or holds in memory, is older than what was committed since.</summary>
public sealed class StaleReadTests
{
    private const string Text = """
        { "id": "p", "activities": { "train": { "type": "test.fresh" }, "next": { "type": "control.noop", "dependsOn": ["train"] } } }
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_that_begins_and_ends_while_the_engine_looks_around_is_not_taken_up_again()
    {
        await using EngineWorld world = await EngineWorld.StartAsync();
        await world.KillEngineAsync();
        RunId id = default;
        AttemptId attempt = default;
        (bool looking, bool looked) = (false, false);
        world.Executor.Held.Add("train");
        world.Wrap = store => new HookedStore(store, (_, commit, _) => commit())
        {
            BeforeTakeOver = async () =>
            {
                if (!looking || id != default)
                    return;
                id = await world.BeginAsync(Text);
                attempt = await world.Executor.WhenStartedAsync("train");
            },
            AfterReading = async run =>
            {
                if (!looking || run != id)
                    return;
                world.Executor.Release(attempt, FakeExecutor.Success());
                await world.EndOfAsync(id);
                await world.Engine.FlushAsync();
                looked = true;
            },
        };
        await world.StartEngineAsync();
        looking = true;
        await world.Engine.LookAroundAsync(Cancel);
        Assert.True(looked);
        await world.Engine.FlushAsync();
        Assert.Null(world.Engine.Find(id));
        List<RunEvent> events = await EventsAsync(world, id);
        Assert.IsType<RunEvent.Ended>(events[^1]);
    }

    [Fact]
    public async Task A_run_that_another_replica_moved_is_read_again_instead_of_believed_committed()
    {
        await using EngineWorld world = await EngineWorld.StartAsync();
        world.Executor.Held.Add("train");
        RunId id = await world.BeginAsync(Text);
        AttemptId attempt = await world.Executor.WhenStartedAsync("train");
        await world.Engine.FlushAsync();
        // Somebody else's entry, at the sequence that this engine is going to use.
        long last = 0;
        await foreach (JournalEntry entry in world.Store.ReadJournalAsync(id, Cancel))
            last = entry.Sequence;
        long epoch = await world.Store.AcquireLeaseAsync("r2", TimeSpan.FromMinutes(5), Cancel);
        JournalBatch batch = new();
        batch.Journal.Add(new JournalEntry(id, last + 1, EventCodec.Encode([new RunEvent.CancelRequested(world.Time.GetUtcNow(), "ann")])));
        await world.Store.CommitAsync(new ReplicaLease("r2", epoch), batch, Cancel);
        world.Executor.Release(attempt, FakeExecutor.Success());
        RunRow row = await world.EndOfAsync(id);
        List<RunEvent> events = await EventsAsync(world, id);
        Assert.True(row.Status == RunStatus.Cancelled, string.Join('\n', events));
        Assert.Single(events.OfType<RunEvent.AttemptEnded>());
        Assert.Single(events.OfType<RunEvent.Ended>());
    }

    [Fact]
    public async Task Two_who_resume_a_run_at_once_start_it_once()
    {
        await using EngineWorld world = await EngineWorld.StartAsync();
        RunId id = await world.BeginAsync("""{ "id": "p", "activities": { "a": { "type": "test.fresh", "inputs": { "failFirst": 1 } } } }""");
        await world.EndOfAsync(id);
        await world.Engine.FlushAsync();
        CommandResult[] answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => world.Commands.ResumeAsync(id, $"p{i}", Cancel)));
        Assert.Single(answers.OfType<CommandResult.Accepted>());
        Assert.Equal(7, answers.OfType<CommandResult.Refused>().Count());
        await world.UntilAsync(id, row => row.Status == RunStatus.Succeeded);
        Assert.Equal(2, world.Executor.Started.Count);
    }

    private static async Task<List<RunEvent>> EventsAsync(EngineWorld world, RunId id)
    {
        List<RunEvent> events = [];
        await foreach (JournalEntry entry in world.Store.ReadJournalAsync(id, Cancel))
            events.AddRange(EventCodec.Decode(entry.Payload));
        return events;
    }
}
