using System.Text.Json;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process.Native;
using Xunit;

namespace MLPlatform.IntegrationTests.Executors;

/// <summary>Activities in warm worker processes.</summary>
public sealed class WorkerTests : IAsyncDisposable
{
    private readonly ExecutorHome _home = new(o => o.ActivityAssemblies.Add(typeof(Behave).Assembly.Location));

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public async Task An_activity_gets_its_inputs_and_leaves_outputs_metrics_log_and_progress()
    {
        AttemptOrder order = Behaving("well", say: "hello") with { Resources = new ResourceRequest(1500, 0) };

        (AttemptOutcome outcome, AttemptFacts facts) = await _home.RunAsync(order);

        JsonElement outputs = Assert.IsType<AttemptOutcome.Succeeded>(outcome).Outputs;
        Assert.Equal("hello", outputs.GetProperty("said").GetString());
        Assert.Equal(Math.Min(2, Environment.ProcessorCount), outputs.GetProperty("cores").GetInt32());
        Assert.Equal(order.Id.ToString(), outputs.GetProperty("variable").GetString());
        Assert.Equal([("loss", 1L, 0.25), ("loss", 2L, 0.125)], facts.Metrics.Select(m => (m.Name, m.Step, m.Value)));
        Assert.Equal("way Well\nprinted hello\nmetric nothing is NaN at step 0; it is not recorded", _home.Log(order).Tail(10));
        Assert.Contains("half way", await File.ReadAllTextAsync(_home.File(order, "progress.json"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.False(Directory.Exists(outputs.GetProperty("folder").GetString()));
        Assert.True(JsonElement.Parse(facts.ExecutionJson!).GetProperty("peakMemoryBytes").GetInt64() > 0);
    }

    [Fact]
    public async Task A_worker_is_used_again()
    {
        Assert.Equal(await PidAsync(Behaving("well")), await PidAsync(Behaving("well")));
    }

    public static TheoryData<string, FailureKind, string, string> Failures => new()
    {
        { "fail", FailureKind.Resource, "TEST-001", "no column 'x'" },
        { "throw", FailureKind.User, "EXEC-031", "InvalidOperationException: thrown on purpose" },
        // What .NET says is a sentence in a worker, too, and no name of one.
        { "readNothing", FailureKind.User, "EXEC-031", "Could not find a part of the path '/nothing/here.csv'" },
        { "runOutOfMemory", FailureKind.Resource, "EXEC-010", "out of memory" },
        { "failFast", FailureKind.User, "EXEC-002", "failing fast on purpose" },
        { "exit", FailureKind.User, "EXEC-001", "exit code 7" },
        { "crash", FailureKind.User, "EXEC-002", "SIG" },
        { "misspelt", FailureKind.User, "EXEC-030", "$.way" },
    };

    [Theory, MemberData(nameof(Failures))]
    public async Task A_failing_activity_says_why_and_the_next_one_runs(string way, FailureKind kind, string code, string words)
    {
        Failure failure = await FailAsync(Behaving(way));
        Assert.Equal((kind, code), (failure.Kind, failure.Code));
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
        Assert.IsType<AttemptOutcome.Succeeded>((await _home.RunAsync(Behaving("well"))).Outcome);
    }

    [Theory]
    [InlineData("test.strict", "mistake", true)]
    [InlineData("test.strict", "disk", false)]
    [InlineData("test.strict", "unforeseen", false)]
    [InlineData("test.strict", "lost", false)]
    [InlineData("test.files", "mistake", false)]
    public async Task Only_a_mistake_in_inputs_that_are_all_an_activity_reads_is_final(string type, string how, bool final)
    {
        Assert.Equal(final, (await FailAsync(_home.Activity(type, new { how }))).IsFinal);
    }

    [Fact]
    public async Task The_log_of_a_failure_that_was_foreseen_says_why_and_not_where_in_the_code()
    {
        AttemptOrder order = Behaving("fail");
        await _home.RunAsync(order);
        Assert.Equal("way Fail\nerror TEST-001: the table has no column 'x'", _home.Log(order).Tail(10));

        AttemptOrder reasons = Behaving("failForReasons");
        await _home.RunAsync(reasons);
        Assert.Equal("way FailForReasons\nerror TEST-002: The table has no column 'x'.\n  because: the file ends early", _home.Log(reasons).Tail(10));

        AttemptOrder thrown = Behaving("throw");
        await _home.RunAsync(thrown);
        Assert.Contains("   at ", _home.Log(thrown).Tail(10), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_member_of_the_inputs_is_refused()
    {
        Failure failure = await FailAsync(_home.Activity("test.behave", new { way = "well", sya = "x" }));
        Assert.Equal("EXEC-030", failure.Code);
        Assert.Contains("sya", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_input_out_of_its_range_is_named_as_the_pipeline_file_names_it()
    {
        Failure failure = await FailAsync(_home.Activity("test.strict", new { how = "mistake", lookEvery = 0 }));
        Assert.Equal(("EXEC-030", true), (failure.Code, failure.IsFinal));
        Assert.Equal("the inputs do not fit the activity: 'lookEvery' must be at least 1.", failure.Message);
    }

    [Fact]
    public async Task An_unknown_type_is_named()
    {
        Failure failure = await FailAsync(_home.Activity("test.unknown", new { }));
        Assert.Equal("EXEC-032", failure.Code);
        Assert.Contains("test.unknown", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_stopped_activity_ends_by_its_token_and_its_worker_goes_on()
    {
        int pid = await PidAsync(Behaving("well"));
        AttemptOrder order = Behaving("waitForCancel");
        await _home.Executor.StartAsync(order, TestContext.Current.CancellationToken);
        await _home.Sink.StartOf(order.Id);
        await _home.Executor.StopAsync(order.Id, TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Failure failure = Assert.IsType<AttemptOutcome.Failed>((await _home.Sink.EndOf(order.Id)).Outcome).Failure;
        Assert.Equal((FailureKind.Cancelled, "EXEC-022"), (failure.Kind, failure.Code));
        Assert.Equal(pid, await PidAsync(Behaving("well")));
    }

    [Fact]
    public async Task An_activity_that_ignores_its_token_is_killed_after_the_grace()
    {
        int pid = await PidAsync(Behaving("well"));
        AttemptOrder order = Behaving("ignoreCancel");
        await _home.Executor.StartAsync(order, TestContext.Current.CancellationToken);
        await ExecutorHome.Until(() => _home.Log(order).Tail(1).Contains("IgnoreCancel", StringComparison.Ordinal), "the activity was at work");
        await _home.Executor.StopAsync(order.Id, TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken);
        Assert.Equal("EXEC-022", Assert.IsType<AttemptOutcome.Failed>((await _home.Sink.EndOf(order.Id)).Outcome).Failure.Code);
        Assert.NotEqual(pid, await PidAsync(Behaving("well")));
    }

    [Fact]
    public async Task A_daemon_that_an_activity_left_is_gone()
    {
        string seconds = "86" + Random.Shared.Next(1000, 9999);
        (_, AttemptFacts facts) = await _home.RunAsync(Behaving("leaveDaemon", say: seconds));
        Assert.DoesNotContain(ProcStat.ReadAll(), p => p.CommandLine() == $"sleep {seconds}");
        Assert.True(JsonElement.Parse(facts.ExecutionJson!).GetProperty("exitCode").GetInt32() == 0);
    }

    [Fact]
    public async Task Attempts_at_once_run_in_workers_of_their_own()
    {
        AttemptOrder[] orders = [.. Enumerable.Range(0, 3).Select(_ => Behaving("waitForCancel"))];
        foreach (AttemptOrder order in orders)
            await _home.Executor.StartAsync(order, TestContext.Current.CancellationToken);
        string[] pids = await Task.WhenAll(orders.Select(async o => JsonElement.Parse(await _home.Sink.StartOf(o.Id)).GetProperty("pid").GetRawText()));
        Assert.Equal(3, pids.Distinct().Count());
        foreach (AttemptOrder order in orders)
            await _home.Executor.StopAsync(order.Id, TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        await Task.WhenAll(orders.Select(o => _home.Sink.EndOf(o.Id)));
    }

    [Fact]
    public async Task An_attempt_whose_worker_is_killed_at_any_moment_ends()
    {
        await _home.RunAsync(Behaving("well"));
        int supervisor = _home.SupervisorPid();
        using CancellationTokenSource enough = new();
        Task killer = Task.Factory.StartNew(() =>
        {
            while (!enough.IsCancellationRequested)
                foreach (ProcStat worker in ProcStat.ReadAll().Where(p => p.Parent == supervisor))
                    _ = Libc.Kill(worker.Pid, Libc.SigKill);
        }, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            for (int i = 0; i < 100; i++)
                Assert.Contains("SIGKILL", (await FailAsync(Behaving("waitForCancel"))).Message, StringComparison.Ordinal);
        }
        finally
        {
            await enough.CancelAsync();
            await killer;
        }
        Assert.IsType<AttemptOutcome.Succeeded>((await _home.RunAsync(Behaving("well"))).Outcome);
    }

    private AttemptOrder Behaving(string way, string say = "") => _home.Activity("test.behave", new { way, say });

    private async Task<int> PidAsync(AttemptOrder order) =>
        Assert.IsType<AttemptOutcome.Succeeded>((await _home.RunAsync(order)).Outcome).Outputs.GetProperty("pid").GetInt32();

    private async Task<Failure> FailAsync(AttemptOrder order) =>
        Assert.IsType<AttemptOutcome.Failed>((await _home.RunAsync(order)).Outcome).Failure;
}
