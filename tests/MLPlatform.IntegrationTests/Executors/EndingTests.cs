using System.Text.Json;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process;
using MLPlatform.Executors.Process.Native;
using Xunit;

namespace MLPlatform.IntegrationTests.Executors;

/// <summary>Attempts that do not want to end, and what they leave behind.</summary>
public sealed class EndingTests : IAsyncDisposable
{
    private readonly ExecutorHome _home = new();
    private readonly string _mark = "86" + Random.Shared.Next(100_000, 999_999);

    public ValueTask DisposeAsync() => _home.DisposeAsync();

    [Fact]
    public async Task A_script_that_ignores_SIGTERM_is_killed_after_the_grace_with_its_children()
    {
        AttemptOrder order = _home.Shell($"trap '' TERM; sleep {_mark} & echo up; while :; do wait; done");
        Failure failure = await StopAsync(order, TimeSpan.FromMilliseconds(200));
        Assert.Equal((FailureKind.Cancelled, "EXEC-022"), (failure.Kind, failure.Code));
        Assert.Contains("SIGKILL", failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, Marked());
    }

    [Fact]
    public async Task A_script_that_minds_SIGTERM_ends_at_once()
    {
        AttemptOrder order = _home.Shell($"trap 'echo bye; exit 5' TERM; echo up; sleep {_mark} & wait");
        Failure failure = await StopAsync(order, TimeSpan.FromSeconds(25));
        Assert.Equal("EXEC-022", failure.Code);
        Assert.Contains("bye", _home.Log(order).Tail(5), StringComparison.Ordinal);
        Assert.Equal(0, Marked());
    }

    [Theory]
    [InlineData("sleep MARK &")]
    [InlineData("setsid sleep MARK &")]
    [InlineData("(setsid sh -c 'setsid sleep MARK & setsid sleep MARK &' &);")]
    [InlineData("env -i setsid sleep MARK &")]
    public async Task What_a_script_left_running_is_gone_when_it_has_ended(string leave)
    {
        AttemptOrder order = _home.Shell(leave.Replace("MARK", _mark, StringComparison.Ordinal) + " sleep 0.2; exit 0");
        (AttemptOutcome outcome, _) = await _home.RunAsync(order);
        Assert.IsType<AttemptOutcome.Succeeded>(outcome);
        await ExecutorHome.Until(() => Marked() == 0, "the daemon was gone");
    }

    [Fact]
    public async Task A_daemon_of_one_attempt_does_not_cost_another_its_processes()
    {
        AttemptOrder other = _home.Shell($"sleep {_mark} & echo up; wait; echo never");
        await StartAsync(other);
        await _home.RunAsync(_home.Shell("setsid sleep 1 & sleep 0.1"));
        Assert.Equal(1, Marked());
        await _home.Executor.StopAsync(other.Id, TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        await _home.Sink.EndOf(other.Id);
    }

    [Fact]
    public async Task An_attempt_past_its_memory_limit_ends_with_limit_and_usage()
    {
        AttemptOrder order = _home.Shell("head -c 300000000 /dev/zero | tail") with { Resources = new ResourceRequest(1000, 64 << 20) };
        (AttemptOutcome outcome, AttemptFacts facts) = await _home.RunAsync(order);
        string memory = JsonElement.Parse(facts.ExecutionJson!).GetProperty("limits").GetProperty("memory").GetString()!;
        Assert.SkipUnless(memory.StartsWith("cgroup", StringComparison.Ordinal), "no memory control group may be made here: " + facts.ExecutionJson);
        Failure failure = Assert.IsType<AttemptOutcome.Failed>(outcome).Failure;
        Assert.Equal((FailureKind.Resource, "EXEC-010"), (failure.Kind, failure.Code));
        Assert.Contains("of its 64 MiB", failure.Message, StringComparison.Ordinal);
        Assert.Contains(memory, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_activity_past_its_memory_limit_costs_its_worker_and_nothing_else()
    {
        await using var home = new ExecutorHome(o => o.ActivityAssemblies.Add(typeof(Behave).Assembly.Location));
        AttemptOrder greedy = home.Activity("test.behave", new { way = "allocate", mebibytes = 400 }) with { Resources = new ResourceRequest(1000, 128 << 20) };
        (AttemptOutcome outcome, AttemptFacts facts) = await home.RunAsync(greedy);
        Assert.SkipUnless(facts.ExecutionJson!.Contains("\"memory\":\"cgroup", StringComparison.Ordinal), "no memory control group may be made here");
        Assert.Equal("EXEC-010", Assert.IsType<AttemptOutcome.Failed>(outcome).Failure.Code);
        AttemptOrder modest = home.Activity("test.behave", new { way = "allocate", mebibytes = 400 });
        Assert.IsType<AttemptOutcome.Succeeded>((await home.RunAsync(modest)).Outcome);
    }

    [Fact]
    public async Task A_script_gets_no_descriptor_but_its_three()
    {
        AttemptOrder order = _home.Script("ls", "/proc/self/fd");
        await _home.RunAsync(order);
        Assert.Equal("0\n1\n2\n3", _home.Log(order).Tail(9)); // 3 is the folder that ls reads.
    }

    [Fact]
    public async Task A_gigabyte_of_output_neither_fills_the_disk_nor_ends_the_script()
    {
        await using var home = new ExecutorHome(o => o.LogBytes = 1 << 20);
        AttemptOrder order = home.Shell("echo first; head -c 100000000 /dev/zero; yes spam | head -c 100000000; echo; printf 'last\\0one\\n'");
        long before = Environment.WorkingSet;
        (AttemptOutcome outcome, _) = await home.RunAsync(order);
        Assert.IsType<AttemptOutcome.Succeeded>(outcome);
        Assert.True(Environment.WorkingSet - before < 64 << 20, "the server's memory grew with the log");
        AttemptLog log = home.Log(order);
        Assert.True(log.Length > 200_000_000);
        Assert.InRange(await AllocatedAsync(home.File(order, "log")), 4096, (1 << 20) + 65536);
        Assert.StartsWith("first\n␀␀␀", log.Read(0, 100).Text, StringComparison.Ordinal);
        Assert.Equal("last␀one", log.Tail(1));
        string afterHead = log.Read(log.Read(0, 10 << 20).Next, 1000).Text;
        Assert.Matches(@"^\n\[… \d+ bytes left out …\]\n", afterHead);
        Assert.DoesNotContain("␀", afterHead, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_can_be_followed_while_it_is_written()
    {
        AttemptOrder order = _home.Shell("echo one; while [ ! -e go ]; do sleep 0.02; done; echo two");
        await StartAsync(order, waitFor: "one");
        string seen = "";
        await foreach (LogChunk chunk in _home.Log(order).FollowAsync(0, TimeProvider.System, TestContext.Current.CancellationToken))
        {
            seen += chunk.Text;
            if (seen == "one\n")
                await File.WriteAllTextAsync(_home.File(order, "scratch/go"), "", TestContext.Current.CancellationToken);
        }
        Assert.Equal("one\ntwo\n", seen);
    }

    private async Task StartAsync(AttemptOrder order, string waitFor = "up")
    {
        await _home.Executor.StartAsync(order, TestContext.Current.CancellationToken);
        await ExecutorHome.Until(() => _home.Log(order).Read(0, 100).Text.Contains(waitFor, StringComparison.Ordinal), "the script was up");
    }

    private async Task<Failure> StopAsync(AttemptOrder order, TimeSpan grace)
    {
        await StartAsync(order);
        await _home.Executor.StopAsync(order.Id, grace, TestContext.Current.CancellationToken);
        return Assert.IsType<AttemptOutcome.Failed>((await _home.Sink.EndOf(order.Id)).Outcome).Failure;
    }

    private int Marked() => ProcStat.ReadAll().Count(p => !p.IsZombie && p.CommandLine() == "sleep " + _mark);

    private static async Task<long> AllocatedAsync(string file)
    {
        using var stat = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("stat", ["-c", "%b", file]) { RedirectStandardOutput = true })!;
        return long.Parse(await stat.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), System.Globalization.CultureInfo.InvariantCulture) * 512;
    }
}
