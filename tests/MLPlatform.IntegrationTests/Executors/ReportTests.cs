using MLPlatform.Core.Runs;
using MLPlatform.Core.Usage;
using MLPlatform.Executors.Process;
using Xunit;

namespace MLPlatform.IntegrationTests.Executors;

/// <summary>What real attempts report while they run.</summary>
public sealed class ReportTests
{
    private const string Waits = """
        echo '{"name":"loss","value":1,"step":1}' >> "$MLP_ATTEMPT_DIR/metrics.jsonl"
        while [ ! -e go ]; do sleep 0.02; done
        echo '{"name":"loss","value":0.5,"step":2}' >> "$MLP_ATTEMPT_DIR/metrics.jsonl"
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_an_activity_in_a_warm_worker_reports_and_uses_is_seen_while_it_runs_and_is_its_own()
    {
        await using ExecutorHome home = new(o =>
        {
            o.LookEvery = TimeSpan.FromMilliseconds(50);
            o.ActivityAssemblies.Add(typeof(Behave).Assembly.Location);
        });
        AttemptUsage burnt = AttemptUsage.Of((await home.RunAsync(home.Activity("test.behave", new { way = "burn" }))).Facts.ExecutionJson)!;
        Assert.True(burnt.CpuSeconds >= 1, $"{burnt}");
        AttemptOrder order = home.Activity("test.behave", new { way = "waitForFile" });
        await home.Executor.StartAsync(order, Cancel);
        await ExecutorHome.Until(() => home.Sink.Reports.Any(r => r.Attempt == order.Id) && RunningAttempt.Usage(home.Folder, order.Id) is not null, "it was seen");
        Assert.Equal(("waiting", 7L), home.Sink.Reports.First(r => r.Attempt == order.Id).Points.Select(p => (p.Name, p.Step)).Single());
        Assert.Equal((0.25, "a quarter"), RunningAttempt.Progress(home.Folder, order.Id));
        AttemptUsage used = RunningAttempt.Usage(home.Folder, order.Id)!;
        Assert.True(used is { Processes: 1, MemoryBytes: > 0 } && used.CpuSeconds < burnt.CpuSeconds, $"{used} after {burnt}");
        await File.WriteAllTextAsync(home.File(order, "scratch/go"), "", Cancel);
        AttemptFacts facts = (await home.Sink.EndOf(order.Id)).Facts;
        Assert.Equal(["waiting", "loss", "loss"], facts.Metrics.Select(m => m.Name));
        Assert.True(AttemptUsage.Of(facts.ExecutionJson)!.CpuSeconds < burnt.CpuSeconds, facts.ExecutionJson);
    }

    [Fact]
    public async Task Points_are_told_while_the_script_runs_and_again_to_who_asks_anew()
    {
        await using ExecutorHome home = new(o => o.LookEvery = TimeSpan.FromMilliseconds(50));
        AttemptOrder order = home.Shell(Waits), other = home.Shell(Waits);
        await home.Executor.StartAsync(order, Cancel);
        await home.Executor.StartAsync(other, Cancel);
        await ExecutorHome.Until(() => home.Sink.Reports.Count == 2, "both told a point");
        Assert.Equal(new HashSet<AttemptId> { order.Id, other.Id }, home.Sink.Reports.Select(r => r.Attempt).ToHashSet());
        await home.Executor.StartAsync(order, Cancel); // An engine that lost its memory starts what it knows of again.
        await ExecutorHome.Until(() => home.Sink.Reports.Count == 3, "the point was told again");
        Assert.All(home.Sink.Reports, r => Assert.Equal((0, 1L), (r.First, Assert.Single(r.Points).Step)));

        // A restarted server adopts the attempt and hears all of it from the start.
        (ProcessExecutor next, Sink sink) = home.NewServer();
        await using (next)
        {
            await next.StartAsync(order, Cancel);
            await ExecutorHome.Until(() => sink.Reports.Count == 1, "the next server was told");
            await File.WriteAllTextAsync(home.File(order, "scratch/go"), "", Cancel);
            await File.WriteAllTextAsync(home.File(other, "scratch/go"), "", Cancel);
            foreach (AttemptFacts facts in (AttemptFacts[])[(await sink.EndOf(order.Id)).Facts, (await home.Sink.EndOf(order.Id)).Facts, (await home.Sink.EndOf(other.Id)).Facts])
                Assert.Equal([1, 2], facts.Metrics.Select(m => m.Step));
        }
    }
}
