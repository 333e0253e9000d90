using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process;
using MLPlatform.Executors.Process.Protocol;
using Xunit;

namespace MLPlatform.Tests.Executors;

/// <summary>What is said about each way a process can end.</summary>
public sealed class FailureOfTests
{
    private static readonly LimitsApplied ByCgroup = new("cgroup-v1", null, null, null);
    private static readonly LimitsApplied ByLimit = new("rlimit-data", null, null, null);

    private static readonly Dictionary<string, (ExitRecord Exit, string Code, FailureKind Kind, string Words)> Ends = new()
    {
        ["exit code"] = (Exit(code: 3), "EXEC-001", FailureKind.User, "exit code 3: last words"),
        ["crash"] = (Exit(signal: 11), "EXEC-002", FailureKind.User, "SIGSEGV"),
        ["unknown signal"] = (Exit(signal: 40), "EXEC-002", FailureKind.User, "signal 40"),
        ["killed by the kernel"] = (Exit(signal: 9), "EXEC-009", FailureKind.Resource, "ran out of memory"),
        ["processor time used up"] = (Exit(signal: 24), "EXEC-009", FailureKind.Resource, "SIGXCPU"),
        ["memory limit"] = (
            Exit(signal: 9) with { OutOfMemory = true, PeakMemoryBytes = 64 << 20, MemoryLimitBytes = 64 << 20, Limits = ByCgroup },
            "EXEC-010", FailureKind.Resource, "64 MiB of its 64 MiB (limit set by cgroup-v1)"),
        ["a child hit the memory limit"] = (Exit(code: 137) with { OutOfMemory = true, Limits = ByCgroup }, "EXEC-010", FailureKind.Resource, "resources.memory"),
        ["stopped"] = (Exit(signal: 15) with { Stopped = true }, "EXEC-022", FailureKind.Cancelled, "SIGTERM"),
        ["stopped before it began"] = (Exit() with { Stopped = true }, "EXEC-022", FailureKind.Cancelled, "stopped"),
        ["lost"] = (Exit() with { Lost = true }, "EXEC-021", FailureKind.Infrastructure, "nobody saw"),
        ["own failure"] = (Exit() with { Failure = new Failure(FailureKind.Resource, "X-001", "its own words") }, "X-001", FailureKind.Resource, "its own words"),
    };

    public static TheoryData<string> Names => [.. Ends.Keys];

    [Theory, MemberData(nameof(Names))]
    public void Each_end_has_its_failure(string end)
    {
        (ExitRecord exit, string code, FailureKind kind, string words) = Ends[end];
        Failure? failure = FailureOf.Exit(exit, "last words");
        Assert.NotNull(failure);
        Assert.Equal((code, kind), (failure.Code, failure.Kind));
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Exit_code_0_is_no_failure_even_of_one_that_was_told_to_stop()
    {
        Assert.Null(FailureOf.Exit(Exit(code: 0), ""));
        Assert.Null(FailureOf.Exit(Exit(code: 0) with { Stopped = true }, ""));
        Assert.Null(FailureOf.Exit(Exit(code: 0) with { OutOfMemory = true }, "")); // A child died of it, and the script coped.
    }

    [Theory]
    [InlineData("cp: error writing 'x': No space left on device", "EXEC-011")]
    [InlineData("MemoryError", "EXEC-010")]
    [InlineData("ValueError", "EXEC-001")]
    public void The_log_tells_want_of_disk_and_memory_from_an_error_of_the_code(string lastWords, string code) =>
        Assert.Equal(code, FailureOf.Exit(Exit(code: 1) with { Limits = ByLimit, MemoryLimitBytes = 1 << 20 }, lastWords)?.Code);

    private static ExitRecord Exit(int? code = null, int? signal = null) => new() { At = DateTimeOffset.UnixEpoch, Code = code, Signal = signal };
}
