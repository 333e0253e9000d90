using System.Runtime.CompilerServices;
using System.Text;
using MLPlatform.Core.Runs;
using MLPlatform.Engine.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Runs;

/// <summary>Which rows the engine writes, and what of a run stays in memory.</summary>
public sealed class RowTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_thousand_activities_that_are_ready_at_once_are_written_once_each()
    {
        const int count = 1000;
        StringBuilder text = new("""{ "id": "fan", "activities": { "first": { "type": "control.noop" }""");
        for (int i = 1; i < count; i++)
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $$""", "s{{i}}": { "type": "control.noop", "dependsOn": ["first"] }""");
        text.Append("} }");
        await using EngineWorld world = await EngineWorld.StartAsync();
        RunRow row = await world.RunAsync(text.ToString());
        Assert.Equal(count, row.Counts.Succeeded);
        // An activity and an attempt for each; a commit adds the run, its journal, and what it caught half way.
        long most = (2 * count) + (8 * world.Engine.Commits);
        Assert.True(world.Engine.RowsWritten <= most, $"{world.Engine.RowsWritten} rows in {world.Engine.Commits} commits, {most} at most");
    }

    [Fact]
    public async Task What_waits_again_after_a_resume_is_shown_as_waiting()
    {
        await using EngineWorld world = await EngineWorld.StartAsync();
        RunId id = await world.BeginAsync("""
            { "id": "p", "activities": {
                "a": { "type": "test.fresh", "inputs": { "failFirst": 1 } },
                "b": { "type": "test.fresh", "dependsOn": ["a"] } } }
            """);
        await world.EndOfAsync(id);
        Assert.Equal("a:Failed b:UpstreamFailed", await world.StatusesAsync(id));
        world.Executor.Held.Add("a");
        Assert.IsType<CommandResult.Accepted>(await world.Commands.ResumeAsync(id, "ann", Cancel));
        await world.UntilAsync(id, "a", ActivityStatus.Running);
        Assert.Equal("a:Running b:Pending", await world.StatusesAsync(id));
    }

    [Fact]
    public async Task A_run_that_ended_leaves_memory_long_before_its_timeouts_are_due()
    {
        await using EngineWorld world = await EngineWorld.StartAsync();
        world.Executor.Held.Add("a");
        RunId id = await world.BeginAsync("""{ "id": "p", "activities": { "a": { "type": "test.fresh", "advanced": { "timeout": "P1D" } } } }""");
        AttemptId attempt = await world.Executor.WhenStartedAsync("a");
        WeakReference run = InMemory(world, id);
        world.Executor.Release(attempt, FakeExecutor.Success());
        await world.EndOfAsync(id);
        for (int i = 0; i < 10 && run.IsAlive; i++)
        {
            await world.Engine.FlushAsync();
            GC.Collect();
        }
        Assert.False(run.IsAlive);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference InMemory(EngineWorld world, RunId id) => new(world.Engine.Find(id));
}
