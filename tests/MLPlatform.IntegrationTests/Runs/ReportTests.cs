using MLPlatform.Core.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Runs;

/// <summary>What attempts report while they run is kept once, whatever happens to the engine and however often it is told.</summary>
public sealed class ReportTests
{
    private const string Text = """{ "id": "p", "activities": { "train": { "type": "test.fresh" } } }""";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Points_are_there_while_the_attempt_runs_and_its_end_adds_only_what_is_new()
    {
        await using EngineWorld world = await EngineWorld.StartAsync();
        (RunId id, AttemptId attempt) = await BeginAsync(world);
        world.Executor.Tell(attempt, 0, Point(1), Point(2));
        await world.Engine.FlushAsync();
        Assert.Equal([1, 2], await StepsAsync(world, id));
        world.Executor.Tell(attempt, 1, Point(2), Point(3)); // The middle one was told before.
        await world.Engine.FlushAsync();
        long rows = world.Engine.RowsWritten;
        world.Executor.Metrics = [Point(1), Point(2), Point(3), Point(4)];
        world.Executor.Release(attempt, FakeExecutor.Success());
        await world.EndOfAsync(id);
        Assert.Equal([1, 2, 3, 4], await StepsAsync(world, id));
        // The run, its journal, the activity, the attempt, its cache entry where there is one, and one point.
        Assert.InRange(world.Engine.RowsWritten - rows, 1, 6 + 2);
    }

    [Fact]
    public async Task Points_that_a_killed_engine_did_not_commit_come_with_the_end()
    {
        await using EngineWorld world = await EngineWorld.StartAsync();
        (RunId id, AttemptId attempt) = await BeginAsync(world);
        world.Executor.Tell(attempt, 0, Point(1));
        await world.KillEngineAsync();
        await world.StartEngineAsync();
        await world.Engine.FlushAsync();
        world.Executor.Tell(attempt, 1, Point(2)); // What came before is not known here.
        world.Executor.Metrics = [Point(1), Point(2), Point(3)];
        world.Executor.Release(attempt, FakeExecutor.Success());
        await world.EndOfAsync(id);
        Assert.Equal([1, 2, 3], await StepsAsync(world, id));
    }

    [Fact]
    public async Task A_file_that_was_written_anew_counts_as_it_is_in_the_end()
    {
        await using EngineWorld world = await EngineWorld.StartAsync();
        (RunId id, AttemptId attempt) = await BeginAsync(world);
        world.Executor.Tell(attempt, 0, Point(1), Point(2));
        world.Executor.Tell(attempt, 0, Point(1) with { Value = 7 });
        world.Executor.Metrics = [Point(1) with { Value = 7 }, Point(2) with { Value = 8 }];
        world.Executor.Release(attempt, FakeExecutor.Success());
        await world.EndOfAsync(id);
        Assert.Equal([7, 8], (await world.Store.ListMetricsAsync(id, Cancel)).Select(m => m.Value));
    }

    [Fact]
    public async Task A_retry_reports_to_its_own_attempt_and_news_of_the_first_are_old()
    {
        await using EngineWorld world = await EngineWorld.StartAsync();
        (RunId id, AttemptId first) = await BeginAsync(world, """
            { "id": "p", "advanced": { "retry": { "maxAttempts": 2, "initialDelay": "PT0S", "jitter": false } }, "activities": { "train": { "type": "test.fresh" } } }
            """);
        world.Executor.Tell(first, 0, Point(1));
        world.Executor.Metrics = [Point(1)];
        world.Executor.Held.Clear();
        world.Executor.Release(first, new AttemptOutcome.Failed(new Failure(FailureKind.User, "T-1", "killed")));
        await world.EndOfAsync(id);
        world.Executor.Tell(first, 0, Point(5));
        await world.Engine.FlushAsync();
        Assert.Equal([(1, 1L), (2, 1L)], (await world.Store.ListMetricsAsync(id, Cancel)).Select(m => (m.Number, m.Step)));
    }

    private static async Task<(RunId, AttemptId)> BeginAsync(EngineWorld world, string text = Text)
    {
        world.Executor.Held.Add("train");
        RunId id = await world.BeginAsync(text);
        AttemptId attempt = await world.Executor.WhenStartedAsync("train");
        await world.Engine.FlushAsync();
        return (id, attempt);
    }

    private static async Task<IEnumerable<long>> StepsAsync(EngineWorld world, RunId id) =>
        (await world.Store.ListMetricsAsync(id, Cancel)).Select(m => m.Step);

    private static MetricPoint Point(int step) => new("loss", step, 1.0 / step, DateTimeOffset.UnixEpoch);
}
