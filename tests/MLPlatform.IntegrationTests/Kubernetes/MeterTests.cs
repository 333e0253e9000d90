using System.Text.Json;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Usage;
using MLPlatform.IntegrationTests.Executors;
using Xunit;

namespace MLPlatform.IntegrationTests.Kubernetes;

/// <summary>What attempts on a cluster use is measured as the cluster tells it.</summary>
public sealed class MeterTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_pods_use_is_seen_while_they_run_and_told_with_their_end()
    {
        await using ClusterHome home = await ClusterHome.StartAsync(s => s.UsageEvery = TimeSpan.FromMilliseconds(50));
        AttemptOrder order = home.Shell("while [ ! -e go ]; do sleep .02; done");
        await home.Executor.StartAsync(order, Cancel);
        await home.Sink.StartOf(order.Id);
        string pod = (string)Assert.Single(home.Cluster.ListPods())["metadata"]!["name"]!;
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        home.Cluster.Measure(pod, now.AddSeconds(60), "1500m", "200Mi");
        await ExecutorHome.Until(() => File.Exists(home.File(order, "usage.json")), "it was measured");
        // The next server goes on where this one was.
        await home.Executor.DisposeAsync();
        home.Cluster.Measure(pod, now.AddSeconds(120), "500m", "300Mi");
        (MLPlatform.Executors.Kubernetes.KubernetesExecutor executor, Sink sink) = home.NewServer();
        await executor.StartAsync(order, Cancel);
        await ExecutorHome.Until(() => MLPlatform.Executors.Process.RunningAttempt.Usage(home.Folder, order.Id)?.Cores == 0.5, "it was measured again");
        await File.WriteAllTextAsync(home.File(order, "scratch/go"), "", Cancel);
        (AttemptOutcome outcome, AttemptFacts facts) = await sink.EndOf(order.Id);
        Assert.IsType<AttemptOutcome.Succeeded>(outcome);
        AttemptUsage usage = AttemptUsage.Of(facts.ExecutionJson)!;
        Assert.InRange(usage.Seconds, 119, 180); // From the container's start to the last look.
        Assert.Equal((1.5, 300L << 20), (usage.PeakCores, usage.PeakMemoryBytes));
        Assert.InRange(usage.AverageCores, 0.99, 1.01);
    }

    [Fact]
    public async Task A_cluster_without_metrics_says_so_once_and_nothing_is_made_up()
    {
        await using ClusterHome home = await ClusterHome.StartAsync(s => s.UsageEvery = TimeSpan.FromMilliseconds(20));
        home.Cluster.Server.Without.Add("metrics.k8s.io");
        AttemptOrder order = home.Shell("while [ ! -e go ]; do sleep .02; done");
        await home.Executor.StartAsync(order, Cancel);
        await ExecutorHome.Until(() => home.Cluster.Server.Requests.Count(r => r.Contains("metrics.k8s.io", StringComparison.Ordinal)) >= 3, "it was asked three times");
        await File.WriteAllTextAsync(home.File(order, "scratch/go"), "", Cancel);
        (_, AttemptFacts facts) = await home.Sink.EndOf(order.Id);
        Assert.Null(AttemptUsage.Of(facts.ExecutionJson));
        Assert.Single(home.Said.Lines, l => l.Contains("KUBE-032", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_end_is_on_record_though_what_was_used_cannot_be_written()
    {
        await using ClusterHome home = await ClusterHome.StartAsync(s => s.UsageEvery = TimeSpan.FromMilliseconds(50));
        AttemptOrder order = home.Shell("while [ ! -e go ]; do sleep .02; done");
        await home.Executor.StartAsync(order, Cancel);
        await home.Sink.StartOf(order.Id);
        home.Cluster.Measure((string)Assert.Single(home.Cluster.ListPods())["metadata"]!["name"]!, TimeProvider.System.GetUtcNow().AddSeconds(60), "1500m", "200Mi");
        await ExecutorHome.Until(() => File.Exists(home.File(order, "usage.json")), "it was measured");
        Directory.CreateDirectory(home.File(order, "usage.json.tmp"));
        await File.WriteAllTextAsync(home.File(order, "scratch/go"), "", Cancel);
        (AttemptOutcome outcome, _) = await home.Sink.EndOf(order.Id);
        Assert.IsType<AttemptOutcome.Succeeded>(outcome);
        Assert.True(File.Exists(home.File(order, "exit.json")));
    }

    [Fact]
    public async Task A_server_lost_between_an_end_and_what_was_used_until_then_leaves_the_rest_to_the_next_one()
    {
        await using ClusterHome home = await ClusterHome.StartAsync();
        AttemptOrder order = home.Shell("true");
        DateTimeOffset end = TimeProvider.System.GetUtcNow();
        Directory.CreateDirectory(Path.GetDirectoryName(home.File(order, "exit.json"))!);
        await File.WriteAllTextAsync(home.File(order, "exit.json"), JsonSerializer.Serialize(new { at = end, code = 0 }), Cancel);
        await File.WriteAllTextAsync(home.File(order, "usage.json"), JsonSerializer.Serialize(new { at = end.AddSeconds(-20), seconds = 100, processes = 1, cpuSeconds = 50, cores = 0.5, gpus = Array.Empty<int>() }), Cancel);
        (AttemptOutcome outcome, AttemptFacts facts) = await home.RunAsync(order);
        Assert.IsType<AttemptOutcome.Succeeded>(outcome);
        AttemptUsage usage = AttemptUsage.Of(facts.ExecutionJson)!;
        Assert.Equal((120, 60), (usage.Seconds, usage.CpuSeconds));
    }
}
