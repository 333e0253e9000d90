using System.Text.Json;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Usage;
using MLPlatform.Executors.Process;
using MLPlatform.Executors.Process.Native;
using Xunit;

namespace MLPlatform.IntegrationTests.Executors;

/// <summary>What the processes of real attempts use.</summary>
public sealed class UsageTests : IAsyncDisposable
{
    // Burns processor time in a child and a grandchild that left the session, and holds memory in the main process.
    private const string Busy = """
        python3 -c '
        import os, subprocess, sys, time
        held = bytearray(96 << 20)
        for i in range(0, len(held), 4096): held[i] = 1
        burn = "import time\nwhile time.process_time() < 60: pass"
        subprocess.Popen([sys.executable, "-c", burn])
        subprocess.Popen(["setsid", sys.executable, "-c", burn])
        while not os.path.exists("go"): time.sleep(0.02)
        '
        """;

    private readonly ExecutorHome _home = new();

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_processes_of_an_attempt_count_while_it_runs_and_in_the_end_also_under_another_supervisor()
    {
        AttemptOrder order = _home.Shell(Busy), idle = _home.Shell("while [ ! -e go ]; do sleep 0.02; done");
        await _home.Executor.StartAsync(order, Cancel);
        await _home.Executor.StartAsync(idle, Cancel);
        await ExecutorHome.Until(() => Usage(order) is { CpuSeconds: > 0.3, PeakMemoryBytes: > 96 << 20, Processes: >= 4 }, "it was seen to be busy");
        await ExecutorHome.Until(() => Usage(idle) is not null, "the idle one was seen");
        Assert.InRange(Usage(idle)!.CpuSeconds, 0, Usage(order)!.CpuSeconds / 2);
        Assert.InRange(Usage(idle)!.MemoryBytes, 1, 64 << 20);

        AttemptUsage before = Usage(order)!;
        Assert.Equal(0, Libc.Kill(_home.SupervisorPid(), Libc.SigKill));
        await ExecutorHome.Until(() => Usage(order)!.CpuSeconds > before.CpuSeconds + 0.2, "another supervisor looks on");
        Assert.True(Usage(order)!.PeakMemoryBytes >= before.PeakMemoryBytes);
        await File.WriteAllTextAsync(_home.File(order, "scratch/go"), "", Cancel);
        await File.WriteAllTextAsync(_home.File(idle, "scratch/go"), "", Cancel);
        AttemptUsage last = AttemptUsage.Of((await _home.Sink.EndOf(order.Id)).Facts.ExecutionJson)!;
        Assert.True(last.CpuSeconds >= before.CpuSeconds && last.PeakMemoryBytes >= before.PeakMemoryBytes && last.PeakCores > 0 && last.Seconds >= before.Seconds, $"{before} {last}");
        await _home.Sink.EndOf(idle.Id);
    }

    [Fact]
    public async Task A_short_attempt_has_what_the_kernel_tells()
    {
        AttemptUsage script = AttemptUsage.Of((await _home.RunAsync(_home.Shell("python3 -c 'sum(range(2000000))'"))).Facts.ExecutionJson)!;
        Assert.True(script is { CpuSeconds: > 0, PeakMemoryBytes: > 0, PeakCores: > 0, Seconds: > 0 }, $"{script}");
    }

    private AttemptUsage? Usage(AttemptOrder order) => RunningAttempt.Usage(_home.Folder, order.Id);
}
