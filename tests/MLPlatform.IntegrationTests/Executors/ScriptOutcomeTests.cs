using System.Text.Json;
using MLPlatform.Core.Runs;
using Xunit;

namespace MLPlatform.IntegrationTests.Executors;

/// <summary>How scripts end, and what is said about it.</summary>
public sealed class ScriptOutcomeTests : IAsyncDisposable
{
    private readonly ExecutorHome _home = new();

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public async Task A_script_that_writes_outputs_and_metrics_succeeds_with_them()
    {
        AttemptOrder order = _home.Shell("""
            cat "$MLP_ATTEMPT_DIR/inputs.json"
            echo '{"auc": 0.9}' > "$MLP_ATTEMPT_DIR/outputs.json"
            echo '{"name":"loss","value":0.5,"step":3}' >> "$MLP_ATTEMPT_DIR/metrics.jsonl"
            echo 'no metric' >> "$MLP_ATTEMPT_DIR/metrics.jsonl"
            """) with
        { Inputs = JsonElement.Parse("""{"rows":7}""") };

        (AttemptOutcome outcome, AttemptFacts facts) = await _home.RunAsync(order);

        Assert.Equal(0.9, Assert.IsType<AttemptOutcome.Succeeded>(outcome).Outputs.GetProperty("auc").GetDouble());
        MetricPoint point = Assert.Single(facts.Metrics);
        Assert.Equal(("loss", 3L, 0.5), (point.Name, point.Step, point.Value));
        JsonElement execution = JsonElement.Parse(facts.ExecutionJson!);
        Assert.Equal(0, execution.GetProperty("exitCode").GetInt32());
        Assert.Equal(1, execution.GetProperty("metricsRefused").GetInt32());
        Assert.True(execution.GetProperty("peakMemoryBytes").GetInt64() > 0);
        Assert.Equal("""{"rows":7}""", _home.Log(order).Tail(1));
        Assert.False(Directory.Exists(_home.File(order, "scratch")));
        Assert.Equal(1, _home.Sink.Ends(order.Id));
    }

    [Fact]
    public async Task A_script_that_writes_nothing_has_empty_outputs()
    {
        (AttemptOutcome outcome, _) = await _home.RunAsync(_home.Script("true"));
        Assert.Equal("{}", Assert.IsType<AttemptOutcome.Succeeded>(outcome).Outputs.GetRawText());
    }

    [Fact]
    public async Task A_nonzero_exit_tells_its_code_and_the_last_error()
    {
        Failure failure = await FailAsync(_home.Shell("echo fine; echo 'ValueError: 3 columns' >&2; echo done; exit 3"));
        Assert.Equal((FailureKind.User, "EXEC-001"), (failure.Kind, failure.Code));
        Assert.Contains("exit code 3", failure.Message, StringComparison.Ordinal);
        Assert.Contains("ValueError: 3 columns", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("fine", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_segmentation_fault_is_named()
    {
        Failure failure = await FailAsync(_home.Shell("kill -SEGV $$"));
        Assert.Equal((FailureKind.User, "EXEC-002"), (failure.Kind, failure.Code));
        Assert.Contains("SIGSEGV", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_SIGKILL_from_elsewhere_counts_as_want_of_memory()
    {
        Failure failure = await FailAsync(_home.Shell("kill -KILL $$"));
        Assert.Equal((FailureKind.Resource, "EXEC-009"), (failure.Kind, failure.Code));
    }

    [Theory]
    [InlineData("{\"a\":", "EXEC-006", "not valid JSON")]
    [InlineData("[1]", "EXEC-007", "must hold an object")]
    public async Task Broken_outputs_fail_the_attempt(string outputs, string code, string words)
    {
        Failure failure = await FailAsync(_home.Shell($"printf '%s' '{outputs}' > $MLP_ATTEMPT_DIR/outputs.json"));
        Assert.Equal((FailureKind.User, code), (failure.Kind, failure.Code));
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Outputs_past_the_bound_fail_the_attempt()
    {
        Failure failure = await FailAsync(_home.Shell("head -c 2000000 /dev/zero > $MLP_ATTEMPT_DIR/outputs.json"));
        Assert.Equal("EXEC-008", failure.Code);
    }

    public static TheoryData<string, string, string> BadCommands => new()
    {
        { "no-such-program", "EXEC-003", "not found on PATH" },
        { "/no/such/program", "EXEC-003", "not found" },
        { "/etc/passwd", "EXEC-004", "not executable" },
        { "/tmp", "EXEC-004", "folder" },
    };

    [Theory, MemberData(nameof(BadCommands))]
    public async Task A_command_that_cannot_be_started_says_why(string command, string code, string words)
    {
        Failure failure = await FailAsync(_home.Script(command));
        Assert.Equal((FailureKind.User, code), (failure.Kind, failure.Code));
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_working_folder_says_so()
    {
        AttemptOrder order = _home.Script("true");
        order = order with { Command = order.Command! with { WorkingFolder = "/no/such/folder" } };
        Assert.Equal("EXEC-005", (await FailAsync(order)).Code);
    }

    [Fact]
    public async Task A_script_sees_its_own_variables_and_no_secret_of_the_server()
    {
        Environment.SetEnvironmentVariable("MLP_TEST_SECRET_OF_SERVER", "hunter2");
        AttemptOrder order = _home.Script("env");
        order = order with { Command = order.Command! with { Environment = new Dictionary<string, string> { ["SEED"] = "7" } } };
        await _home.RunAsync(order);
        string[] seen = _home.Log(order).Tail(100).Split('\n');
        Assert.Contains("SEED=7", seen);
        Assert.Contains("MLP_ATTEMPT_ID=" + order.Id, seen);
        Assert.Contains("MLP_ATTEMPT_DIR=" + Path.GetDirectoryName(_home.File(order, "log")), seen);
        Assert.Contains("MLP_LOGICAL_DATE=2026-03-01T00:00:00.0000000+00:00", seen);
        Assert.DoesNotContain(seen, line => line.Contains("hunter2", StringComparison.Ordinal));
    }

    private async Task<Failure> FailAsync(AttemptOrder order) =>
        Assert.IsType<AttemptOutcome.Failed>((await _home.RunAsync(order)).Outcome).Failure;
}
