using System.Text.Json;
using MLPlatform.Core.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Runs;

/// <summary>JSON that can be parsed and not written again never reaches the journal, whoever sends it.</summary>
public sealed class UnsoundTextTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("""{"number":1,"items":[],"x":"\ud800"}""")]
    [InlineData("""{"number":1,"items":[],"\uDC00":1}""")]
    [InlineData("""{"number":1,"items":[],"x":[{"y":"\ud83d\ud83d"}]}""")]
    public async Task Outputs_with_half_a_pair_fail_their_activity_and_the_engine_goes_on(string outputs)
    {
        await using EngineWorld world = await EngineWorld.StartAsync();
        world.Executor.Held.Add("train");
        RunId id = await world.BeginAsync("""{ "id": "p", "activities": { "train": { "type": "test.fresh" } } }""");
        AttemptId attempt = await world.Executor.WhenStartedAsync("train");
        world.Executor.Release(attempt, new AttemptOutcome.Succeeded(JsonElement.Parse(outputs)));
        await world.EndOfAsync(id);
        ActivityRow row = Assert.Single(await world.Store.ListActivitiesAsync(id, Cancel));
        Assert.Contains("ENG-018", row.FailureJson, StringComparison.Ordinal);
        Assert.Null(world.Engine.Trouble);
    }

    [Fact]
    public async Task A_whole_pair_passes()
    {
        await using EngineWorld world = await EngineWorld.StartAsync();
        world.Executor.Held.Add("train");
        RunId id = await world.BeginAsync("""{ "id": "p", "activities": { "train": { "type": "test.fresh" } } }""");
        AttemptId attempt = await world.Executor.WhenStartedAsync("train");
        world.Executor.Release(attempt, new AttemptOutcome.Succeeded(JsonElement.Parse("""{"number":1,"items":[],"x":"\ud83d\ude00"}""")));
        Assert.Equal(RunStatus.Succeeded, (await world.EndOfAsync(id)).Status);
    }

    [Fact]
    public async Task An_answer_with_half_a_pair_fails_what_it_answers()
    {
        await using EngineWorld world = await EngineWorld.StartAsync();
        RunId id = await world.BeginAsync("""{ "id": "p", "activities": { "ask": { "type": "control.approve" } } }""");
        await world.UntilAsync(id, "ask", ActivityStatus.Waiting);
        await world.Commands.SignalAsync(id, "ask", "approval", JsonElement.Parse("""{"approved":true,"comment":"\ud800"}"""), "ann", Cancel);
        Assert.Equal(RunStatus.Failed, (await world.EndOfAsync(id)).Status);
        Assert.Null(world.Engine.Trouble);
    }

    [Theory]
    [InlineData("""{ "id": "p", "activities": { "a": { "type": "control.noop" } }, "outputs": { "x": "${{ '😀'.slice(0, 1) }}" } }""")]
    [InlineData("""{ "id": "p", "activities": { "a": { "type": "control.noop", "forEach": "${{ ['😀'.slice(0, 1)] }}" } } }""")]
    public async Task Half_a_pair_made_by_an_expression_does_not_stop_the_engine(string pipeline)
    {
        await using EngineWorld world = await EngineWorld.StartAsync();
        RunRow row = await world.RunAsync(pipeline);
        Assert.True(row.Status.IsTerminal());
        Assert.Null(world.Engine.Trouble);
    }
}
