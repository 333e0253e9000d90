using System.Text.Json;
using MLPlatform.Core.Runs;
using MLPlatform.Engine;
using MLPlatform.Engine.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Runs;

/// <summary>What a person sees of the engine, on a real SQLite.</summary>
public sealed class EngineTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Outputs_flow_along_references_and_keep_their_type()
    {
        await using EngineWorld world = await EngineWorld.StartAsync();
        RunRow row = await world.RunAsync("""
            { "id": "p", "activities": {
                "a": { "type": "test.work", "inputs": { "number": 41 } },
                "b": { "type": "test.work", "inputs": { "number": "${{ activities.a.outputs.number }}" } } },
              "outputs": { "n": "${{ activities.b.outputs.number }}", "text": "n=${{ activities.b.outputs.number }}" } }
            """);
        Assert.Equal(RunStatus.Succeeded, row.Status);
        Assert.Equal("""{"n":43,"text":"n=43"}""", row.OutputsJson);
    }

    [Fact]
    public async Task A_second_run_uses_the_cache_and_a_changed_input_says_why_it_missed()
    {
        await using EngineWorld world = await EngineWorld.StartAsync();
        const string Text = """{ "id": "p", "activities": { "a": { "type": "test.work", "inputs": { "number": 1 } } } }""";
        await world.RunAsync(Text);
        RunRow second = await world.RunAsync(Text);
        ActivityRow cached = Assert.Single(await world.Store.ListActivitiesAsync(second.Id, Cancel));
        Assert.Equal(ActivityStatus.Cached, cached.Status);
        RunRow third = await world.RunAsync(Text.Replace("\"number\": 1", "\"number\": 2", StringComparison.Ordinal));
        ActivityRow missed = Assert.Single(await world.Store.ListActivitiesAsync(third.Id, Cancel));
        Assert.Equal(ActivityStatus.Succeeded, missed.Status);
        Assert.Contains("inputs.number changed", missed.Note, StringComparison.Ordinal);
        Assert.Equal(2, world.Executor.Started.Count);
    }

    [Fact]
    public async Task Another_memory_is_another_result_where_the_activity_says_that_it_counts()
    {
        await using EngineWorld world = await EngineWorld.StartAsync();
        async Task<ActivityRow> NodeAsync(string type, string memory) => Assert.Single(await world.Store.ListActivitiesAsync((await world.RunAsync($$"""
            { "id": "p", "activities": { "one": { "type": "{{type}}", "inputs": { "number": 1 }, "resources": { "memory": "{{memory}}" } } } }
            """)).Id, Cancel));
        await NodeAsync("test.sized", "64Mi");
        Assert.Equal(ActivityStatus.Cached, (await NodeAsync("test.sized", "64Mi")).Status);
        Assert.Contains("resources.memory changed", (await NodeAsync("test.sized", "128Mi")).Note, StringComparison.Ordinal);
        await NodeAsync("test.work", "64Mi");
        Assert.Equal(ActivityStatus.Cached, (await NodeAsync("test.work", "128Mi")).Status);
    }

    [Fact]
    public async Task An_activity_that_a_person_names_runs_again_and_what_hangs_on_it_uses_the_cache()
    {
        await using EngineWorld world = await EngineWorld.StartAsync();
        RunRow first = await world.RunAsync("""
            { "id": "p", "activities": {
                "list": { "type": "test.work", "inputs": { "items": 2 } },
                "each": { "type": "test.work", "forEach": "${{ activities.list.outputs.items }}", "inputs": { "number": "${{ item }}" } },
                "last": { "type": "test.work", "inputs": { "after": "${{ activities.each.outputs.number }}" } } } }
            """);
        world.Executor.Started.Clear();
        await AgainAsync(world, first.Id, "list");
        Assert.Equal(["list"], world.Executor.Started.Select(s => s.Activity));
        world.Executor.Started.Clear();
        await AgainAsync(world, first.Id, "each");
        Assert.Equal(["each[0]", "each[1]"], world.Executor.Started.Select(s => s.Activity).Order(StringComparer.Ordinal));
        world.Executor.Started.Clear();
        await AgainAsync(world, first.Id, "each[1]");
        Assert.Equal(["each[1]"], world.Executor.Started.Select(s => s.Activity));
        ActivityRow named = (await world.Store.ListActivitiesAsync(first.Id, Cancel)).Last(a => a.Name == "each[1]");
        Assert.Equal("not cached: a person asked for it to run again", named.Note);
    }

    private static async Task AgainAsync(EngineWorld world, RunId run, string activity)
    {
        await world.Engine.FlushAsync();
        Assert.IsType<CommandResult.Accepted>(await world.Commands.RerunAsync(run, [activity], "ann", Cancel));
        await world.EndOfAsync(run);
    }

    [Fact]
    public async Task A_reference_to_a_skipped_output_fails_the_activity_with_a_clear_error()
    {
        await using EngineWorld world = await EngineWorld.StartAsync();
        RunRow row = await world.RunAsync("""
            { "id": "p", "activities": {
                "a": { "type": "test.work", "when": "${{ 1 > 2 }}" },
                "b": { "type": "test.work", "join": "allDone", "inputs": { "number": "${{ activities.a.outputs.number }}" } } } }
            """);
        Assert.Equal(RunStatus.Failed, row.Status);
        Assert.Contains("skipped", row.FailureJson, StringComparison.Ordinal);
        Assert.Contains("EXPR-", row.FailureJson, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_stops_what_runs_and_resuming_goes_on_with_what_is_left()
    {
        await using EngineWorld world = await EngineWorld.StartAsync();
        world.Executor.Held.Add("b");
        RunId id = await world.BeginAsync("""
            { "id": "p", "activities": {
                "a": { "type": "test.fresh" },
                "b": { "type": "test.fresh", "dependsOn": ["a"] },
                "c": { "type": "test.fresh", "dependsOn": ["b"] } } }
            """);
        await world.Executor.WhenStartedAsync("b");
        Assert.IsType<CommandResult.Accepted>(await world.Commands.CancelAsync(id, "ann", Cancel));
        Assert.Equal(RunStatus.Cancelled, (await world.EndOfAsync(id)).Status);
        Assert.Equal("a:Succeeded b:Cancelled c:Cancelled", await world.StatusesAsync(id));
        Assert.Single(world.Executor.Stopped);
        world.Executor.Held.Clear();
        Assert.IsType<CommandResult.Accepted>(await world.Commands.ResumeAsync(id, "ann", Cancel));
        Assert.Equal(RunStatus.Succeeded, (await world.UntilAsync(id, r => r.Status == RunStatus.Succeeded)).Status);
        Assert.Equal(["a", "b", "b", "c"], world.Executor.Started.Select(s => s.Activity));
        Assert.IsType<CommandResult.Refused>(await world.Commands.ResumeAsync(id, "ann", Cancel));
    }

    [Theory, InlineData(true, RunStatus.Succeeded), InlineData(false, RunStatus.Failed)]
    public async Task An_approval_waits_for_a_person_and_a_rejection_fails_the_run(bool approved, RunStatus expected)
    {
        await using EngineWorld world = await EngineWorld.StartAsync();
        RunId id = await world.BeginAsync("""
            { "id": "p", "activities": { "ok": { "type": "control.approve" }, "deploy": { "type": "test.fresh", "dependsOn": ["ok"] } } }
            """);
        await world.UntilAsync(id, "ok", ActivityStatus.Waiting);
        await world.KillEngineAsync();
        await world.StartEngineAsync();
        await world.Engine.FlushAsync();
        JsonElement answer = JsonElement.Parse($$"""{"approved":{{(approved ? "true" : "false")}},"by":"ann","comment":"seen"}""");
        Assert.IsType<CommandResult.Accepted>(await world.Commands.SignalAsync(id, "ok", "approval", answer, "ann", Cancel));
        Assert.Equal(expected, (await world.EndOfAsync(id)).Status);
        Assert.Equal(approved ? 1 : 0, world.Executor.Started.Count);
        Assert.IsNotType<CommandResult.Accepted>(await world.Commands.SignalAsync(id, "ok", "approval", answer, "ann", Cancel));
    }

    [Fact]
    public async Task A_stop_never_overtakes_the_start_it_is_about()
    {
        await using EngineWorld world = await EngineWorld.StartAsync();
        world.Executor.Held.Add("slow");
        TaskCompletionSource gate = new();
        world.Executor.StartGate = gate.Task;
        RunId id = await world.BeginAsync("""{ "id": "p", "activities": { "slow": { "type": "test.fresh" } } }""");
        await world.UntilAsync(id, "slow", ActivityStatus.Running);
        Assert.IsType<CommandResult.Accepted>(await world.Commands.CancelAsync(id, "ann", Cancel));
        Assert.Empty(world.Executor.Stopped);
        gate.SetResult();
        Assert.Equal(RunStatus.Cancelled, (await world.EndOfAsync(id)).Status);
        Assert.Single(world.Executor.Stopped);
    }

    [Fact]
    public async Task An_attempt_that_outlives_its_timeout_is_stopped_and_fails_as_a_timeout()
    {
        await using EngineWorld world = await EngineWorld.StartAsync();
        world.Executor.Held.Add("slow");
        RunId id = await world.BeginAsync("""{ "id": "p", "activities": { "slow": { "type": "test.fresh", "advanced": { "timeout": "PT5M" } } } }""");
        await world.Executor.WhenStartedAsync("slow");
        await world.Engine.FlushAsync();
        world.Time.Advance(TimeSpan.FromMinutes(5));
        RunRow row = await world.EndOfAsync(id);
        Assert.Contains("\"timeout\"", row.FailureJson, StringComparison.Ordinal);
        Assert.Contains("ENG-006", row.FailureJson, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wait_survives_a_restart_and_ends_when_it_is_due()
    {
        await using EngineWorld world = await EngineWorld.StartAsync();
        RunId id = await world.BeginAsync("""{ "id": "p", "activities": { "w": { "type": "control.wait", "inputs": { "duration": "PT1H" } } } }""");
        await world.UntilAsync(id, "w", ActivityStatus.Waiting);
        await world.KillEngineAsync();
        world.Time.Advance(TimeSpan.FromMinutes(30));
        await world.StartEngineAsync();
        Assert.Equal(RunStatus.Running, (await world.Store.FindRunAsync(id, Cancel))!.Status);
        await world.Engine.FlushAsync();
        world.Time.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(RunStatus.Succeeded, (await world.EndOfAsync(id)).Status);
    }

    [Fact]
    public async Task A_restarted_engine_adopts_the_attempt_and_records_its_end_once()
    {
        await using EngineWorld world = await EngineWorld.StartAsync();
        world.Executor.Held.Add("train");
        RunId id = await world.BeginAsync("""{ "id": "p", "activities": { "train": { "type": "test.fresh" } } }""");
        AttemptId attempt = await world.Executor.WhenStartedAsync("train");
        await world.KillEngineAsync();
        await world.StartEngineAsync();
        world.Executor.Release(attempt, FakeExecutor.Success());
        Assert.Equal(RunStatus.Succeeded, (await world.EndOfAsync(id)).Status);
        AttemptRow row = Assert.Single(await world.Store.ListAttemptsAsync(id, null, Cancel));
        Assert.Equal(AttemptStatus.Succeeded, row.Status);
        Assert.Single(world.Executor.Started);
    }

    [Fact]
    public async Task Requests_larger_than_the_machine_are_refused_with_both_sizes()
    {
        await using EngineWorld world = await EngineWorld.StartAsync(options: new EngineOptions { Cpu = 2, MemoryMiB = 1024 });
        RunRow row = await world.RunAsync("""{ "id": "p", "activities": { "a": { "type": "test.fresh", "resources": { "cpu": 3 } } } }""");
        Assert.Contains("asks for 3 cores", row.FailureJson, StringComparison.Ordinal);
        Assert.Contains("2 cores", row.FailureJson, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_more_attempts_run_at_once_than_there_are_cores()
    {
        await using EngineWorld world = await EngineWorld.StartAsync(options: new EngineOptions { Cpu = 2 });
        foreach (int i in Enumerable.Range(0, 5))
            world.Executor.Held.Add($"a{i}");
        string activities = string.Join(",", Enumerable.Range(0, 5).Select(i => $$"""  "a{{i}}": { "type": "test.fresh", "resources": { "cpu": 1 } }"""));
        RunId id = await world.BeginAsync($$"""{ "id": "p", "activities": { {{activities}} } }""");
        for (int done = 0; done < 5; done++)
        {
            await world.Engine.FlushAsync();
            await world.Engine.FlushAsync();
            Assert.InRange(world.Executor.Started.Count - done, 0, 2);
            AttemptId next = await world.Executor.WhenStartedAsync($"a{done}");
            world.Executor.Release(next, FakeExecutor.Success());
        }
        Assert.Equal(RunStatus.Succeeded, (await world.EndOfAsync(id)).Status);
    }

    [Fact]
    public async Task A_run_started_twice_under_one_id_runs_once()
    {
        await using EngineWorld world = await EngineWorld.StartAsync();
        RunId id = new(Guid.CreateVersion7());
        const string Text = """{ "id": "p", "activities": { "a": { "type": "test.fresh" } } }""";
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => world.BeginAsync(Text, id)));
        await world.EndOfAsync(id);
        Assert.Equal(id, await world.BeginAsync(Text, id));
        Assert.Single(world.Executor.Started);
    }

    [Fact]
    public async Task A_dead_replica_s_runs_are_taken_over_and_its_late_commit_is_refused()
    {
        await using EngineWorld world = await EngineWorld.StartAsync();
        world.Executor.Held.Add("train");
        RunId id = await world.BeginAsync("""{ "id": "p", "activities": { "train": { "type": "test.fresh" }, "next": { "type": "test.fresh", "dependsOn": ["train"] } } }""");
        AttemptId attempt = await world.Executor.WhenStartedAsync("train");
        await world.KillEngineAsync();
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.StartEngineAsync("r2");
        world.Executor.Release(attempt, FakeExecutor.Success());
        RunRow row = await world.EndOfAsync(id);
        Assert.Equal((RunStatus.Succeeded, "r2"), (row.Status, row.Owner));
        JournalBatch late = new();
        late.Runs.Add(row with { Status = RunStatus.Failed });
        await Assert.ThrowsAsync<LeaseLostException>(() => world.Store.CommitAsync(new ReplicaLease("r1", 1), late, Cancel));
    }
}
