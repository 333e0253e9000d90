using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process;
using MLPlatform.Executors.Process.Native;
using MLPlatform.Executors.Process.Protocol;
using Xunit;

namespace MLPlatform.IntegrationTests.Executors;

/// <summary>Attempts outlive servers and supervisors, and end exactly once.</summary>
public sealed class SurvivalTests
{
    private const string HomeVariable = "MLP_TEST_SERVER_HOME";

    [Fact]
    public async Task An_attempt_of_a_killed_server_is_adopted_and_ends_once()
    {
        await using var home = new ExecutorHome();
        AttemptOrder order = WaitingOrder(home);
        using var server = System.Diagnostics.Process.Start(new ProcessStartInfo(
            "dotnet", [typeof(SurvivalTests).Assembly.Location, "-noColor", "-explicit", "only", "-method", "*." + nameof(Plays_a_server_until_killed)])
        {
            Environment = { [HomeVariable] = home.Folder },
            RedirectStandardOutput = true,
        })!;
        await ExecutorHome.Until(() => home.Log(order).Length > 0, "the other server's attempt was up");
        server.Kill();
        await server.WaitForExitAsync(TestContext.Current.CancellationToken);

        await home.Executor.StartAsync(order, TestContext.Current.CancellationToken);
        JsonElement started = JsonElement.Parse(await home.Sink.StartOf(order.Id));
        Assert.NotNull(ProcStat.Read(started.GetProperty("pid").GetInt32()));
        await File.WriteAllTextAsync(home.File(order, "scratch/go"), "", TestContext.Current.CancellationToken);
        (AttemptOutcome outcome, _) = await home.Sink.EndOf(order.Id);

        Assert.Equal(42, Assert.IsType<AttemptOutcome.Succeeded>(outcome).Outputs.GetProperty("answer").GetInt32());
        Assert.Equal("up", home.Log(order).Tail(10));
        Assert.Equal(1, home.Sink.Ends(order.Id));
    }

    /// <summary>Not a test: what the test above runs in a process of its own.</summary>
    [Fact(Explicit = true)]
    public async Task Plays_a_server_until_killed()
    {
        string? folder = Environment.GetEnvironmentVariable(HomeVariable);
        Assert.SkipWhen(folder is null, "only for another test");
        var home = new ExecutorHome(folder: folder);
        await home.Executor.StartAsync(WaitingOrder(home), TestContext.Current.CancellationToken);
        await Task.Delay(Timeout.InfiniteTimeSpan, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task An_end_that_nobody_heard_is_told_to_the_next_server()
    {
        await using var home = new ExecutorHome();
        AttemptOrder order = home.Shell("exit 3");
        await home.RunAsync(order);
        (ProcessExecutor next, Sink sink) = home.NewServer();
        await using (next)
        {
            await next.StartAsync(order, TestContext.Current.CancellationToken);
            Assert.Equal("EXEC-001", Assert.IsType<AttemptOutcome.Failed>((await sink.EndOf(order.Id)).Outcome).Failure.Code);
        }
    }

    [Fact]
    public async Task A_killed_supervisor_loses_its_script_once_and_another_takes_its_place()
    {
        await using var home = new ExecutorHome();
        AttemptOrder order = home.Shell("echo up; while [ ! -e go ]; do sleep 0.02; done");
        await home.Executor.StartAsync(order, TestContext.Current.CancellationToken);
        await ExecutorHome.Until(() => home.Log(order).Length > 0, "the script was up");
        int first = home.SupervisorPid();
        _ = Libc.Kill(first, Libc.SigKill);
        await ExecutorHome.Until(() => home.SupervisorPid() != first, "another supervisor was there");
        Assert.Equal(0, home.Sink.Ends(order.Id)); // It runs still, so it is watched.
        await File.WriteAllTextAsync(home.File(order, "scratch/go"), "", TestContext.Current.CancellationToken);

        Failure failure = Assert.IsType<AttemptOutcome.Failed>((await home.Sink.EndOf(order.Id)).Outcome).Failure;
        Assert.Equal((FailureKind.Infrastructure, "EXEC-021"), (failure.Kind, failure.Code));
        Assert.IsType<AttemptOutcome.Succeeded>((await home.RunAsync(home.Script("true"))).Outcome);
        Assert.Equal(1, home.Sink.Ends(order.Id));
    }

    [Fact]
    public async Task An_orphan_of_a_killed_supervisor_can_still_be_stopped()
    {
        await using var home = new ExecutorHome();
        AttemptOrder order = home.Shell("echo up; while :; do sleep 0.05; done");
        await home.Executor.StartAsync(order, TestContext.Current.CancellationToken);
        await ExecutorHome.Until(() => home.Log(order).Length > 0, "the script was up");
        int first = home.SupervisorPid();
        _ = Libc.Kill(first, Libc.SigKill);
        await ExecutorHome.Until(() => home.SupervisorPid() != first, "another supervisor was there");
        await home.Executor.StopAsync(order.Id, TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
        Assert.IsType<AttemptOutcome.Failed>((await home.Sink.EndOf(order.Id)).Outcome);
    }

    [Fact]
    public async Task An_activity_outlives_its_supervisor_and_its_end_is_found()
    {
        await using var home = new ExecutorHome(o => o.ActivityAssemblies.Add(typeof(Behave).Assembly.Location));
        AttemptOrder order = home.Activity("test.behave", new { way = "waitForFile" });
        await home.Executor.StartAsync(order, TestContext.Current.CancellationToken);
        await ExecutorHome.Until(() => home.Log(order).Length > 0, "the activity was up");
        int first = home.SupervisorPid();
        _ = Libc.Kill(first, Libc.SigKill);
        await ExecutorHome.Until(() => home.SupervisorPid() != first, "another supervisor was there");
        await File.WriteAllTextAsync(home.File(order, "scratch/go"), "", TestContext.Current.CancellationToken);
        Assert.IsType<AttemptOutcome.Succeeded>((await home.Sink.EndOf(order.Id)).Outcome);
        Assert.Equal(1, home.Sink.Ends(order.Id));
    }

    [Fact]
    public async Task The_same_attempt_started_ten_times_at_once_runs_once()
    {
        await using var home = new ExecutorHome();
        AttemptOrder order = home.Shell("echo ran; while [ ! -e go ]; do sleep 0.02; done");
        (ProcessExecutor other, Sink sink) = home.NewServer();
        await using (other)
        {
            await Task.WhenAll(Enumerable.Range(0, 10).Select(i =>
                Task.Run(() => (i % 2 == 0 ? home.Executor : other).StartAsync(order, TestContext.Current.CancellationToken))));
            await ExecutorHome.Until(() => home.Log(order).Length > 0, "the script was up"); // And its folder made.
            await File.WriteAllTextAsync(home.File(order, "scratch/go"), "", TestContext.Current.CancellationToken);
            await Task.WhenAll(home.Sink.EndOf(order.Id), sink.EndOf(order.Id));
        }
        Assert.Equal("ran", home.Log(order).Tail(10));
        Assert.Equal((1, 1), (home.Sink.Ends(order.Id), sink.Ends(order.Id)));
    }

    [Fact]
    public async Task Fifty_attempts_run_side_by_side()
    {
        await using var home = new ExecutorHome();
        AttemptOrder[] orders = [.. Enumerable.Range(0, 50).Select(i => home.Shell($"sleep 0.3; echo '{{\"i\":{i}}}' > $MLP_ATTEMPT_DIR/outputs.json"))];
        long began = TimeProvider.System.GetTimestamp();
        await Task.WhenAll(orders.Select(o => home.Executor.StartAsync(o, TestContext.Current.CancellationToken)));
        for (int i = 0; i < orders.Length; i++)
            Assert.Equal(i, Assert.IsType<AttemptOutcome.Succeeded>((await home.Sink.EndOf(orders[i].Id)).Outcome).Outputs.GetProperty("i").GetInt32());
        Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(12), "they ran one after the other");
    }

    [Fact]
    public async Task A_home_with_a_very_long_path_works()
    {
        string root = Directory.CreateTempSubdirectory("mlp-exec-").FullName;
        string folder = Path.Combine(root, new string('x', 120));
        Directory.CreateDirectory(folder);
        await using (var home = new ExecutorHome(folder: folder))
            Assert.IsType<AttemptOutcome.Succeeded>((await home.RunAsync(home.Script("true"))).Outcome);
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public async Task An_attempt_id_that_is_a_path_is_refused()
    {
        await using var home = new ExecutorHome();
        await home.RunAsync(home.Script("true"));
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(SupervisorFiles.Socket(home.Folder)), TestContext.Current.CancellationToken);
        ToSupervisor start = new ToSupervisor.Start(
            "../../escaped", new ScriptOrder(["true"], null, new Dictionary<string, string>()), null, new LimitsOrder(0, 0, 65536, 0));
        await socket.SendAsync(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(start, ProtocolJson.Default.ToSupervisor) + "\n"), TestContext.Current.CancellationToken);
        await ExecutorHome.Until(() => File.ReadAllText(SupervisorFiles.Log(home.Folder)).Contains("malformed attempt id", StringComparison.Ordinal), "it was refused");
        Assert.IsType<AttemptOutcome.Succeeded>((await home.RunAsync(home.Script("true"))).Outcome);
    }

    [Fact]
    public async Task A_supervisor_with_nothing_to_do_ends_by_itself()
    {
        await using var home = new ExecutorHome();
        await home.RunAsync(home.Script("true"));
        int pid = home.SupervisorPid();
        await home.Executor.DisposeAsync();
        await ExecutorHome.Until(() => ProcStat.Read(pid) is null or { IsZombie: true }, "the supervisor ended");
        Assert.False(File.Exists(SupervisorFiles.Socket(home.Folder)));
    }

    [Fact]
    public async Task An_idle_supervisor_of_another_build_makes_room_once()
    {
        string link = Path.Combine(Path.GetTempPath(), "mlp-link-" + Guid.NewGuid().ToString("N"));
        Directory.CreateSymbolicLink(link, AppContext.BaseDirectory);
        try
        {
            await using var home = new ExecutorHome();
            await home.RunAsync(home.Script("true"));
            int first = home.SupervisorPid();
            home.Options.WorkerPath = Path.Combine(link, "MLPlatform.Worker.dll"); // By this name it looks like another build.
            (ProcessExecutor other, Sink sink) = home.NewServer();
            await using (other)
            {
                AttemptOrder order = home.Script("true");
                await other.StartAsync(order, TestContext.Current.CancellationToken);
                Assert.IsType<AttemptOutcome.Succeeded>((await sink.EndOf(order.Id)).Outcome);
                Assert.NotEqual(first, home.SupervisorPid());
            }
        }
        finally
        {
            Directory.Delete(link);
        }
    }

    [Fact]
    public async Task Without_a_worker_program_an_attempt_fails_as_infrastructure_and_says_so()
    {
        await using var home = new ExecutorHome(o => o.WorkerPath = "/no/such/worker.dll");
        Failure failure = Assert.IsType<AttemptOutcome.Failed>((await home.RunAsync(home.Script("true"))).Outcome).Failure;
        Assert.Equal((FailureKind.Infrastructure, "EXEC-020"), (failure.Kind, failure.Code));
        Assert.Contains("/no/such/worker.dll", failure.Message, StringComparison.Ordinal);
    }

    // The same in both processes: a fixed id.
    private static AttemptOrder WaitingOrder(ExecutorHome home) =>
        home.Shell("echo up; while [ ! -e go ]; do sleep 0.02; done; echo '{\"answer\":42}' > $MLP_ATTEMPT_DIR/outputs.json") with
        {
            Id = new AttemptId(new RunId(Guid.Parse("0198f3a0-0000-7000-8000-000000000001")), 3, 1),
        };
}
