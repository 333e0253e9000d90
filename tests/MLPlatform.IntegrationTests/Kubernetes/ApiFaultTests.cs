using Microsoft.AspNetCore.Http;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Kubernetes;
using MLPlatform.IntegrationTests.Executors;
using Xunit;

namespace MLPlatform.IntegrationTests.Kubernetes;

/// <summary>What an API server does to its clients, and that attempts do not notice.</summary>
public sealed class ApiFaultTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_that_come_too_often_or_break_are_made_again()
    {
        await using ClusterHome home = await ClusterHome.StartAsync();
        FakeFaults faults = home.Cluster.Server.Faults;
        faults.Answer(r => r.Method == "POST", 429, times: 1, retryAfter: 1);
        faults.Answer(r => r.Method == "POST", 500, times: 1);
        faults.Break(r => r.Method == "POST");
        faults.Answer(r => r.Method == "GET" && r.Path.Value!.EndsWith("/pods", StringComparison.Ordinal), 503, times: 2);
        long began = TimeProvider.System.GetTimestamp();
        Assert.IsType<AttemptOutcome.Succeeded>((await home.RunAsync(home.Shell("true"))).Outcome);
        Assert.True(TimeProvider.System.GetElapsedTime(began) >= TimeSpan.FromSeconds(1), "it waits as long as it was told");
    }

    [Fact]
    public async Task An_answer_that_was_lost_on_its_way_makes_no_second_job()
    {
        await using ClusterHome home = await ClusterHome.StartAsync();
        AttemptOrder order = home.Shell("echo once");
        await home.RunAsync(order);
        Assert.True(File.Exists(home.File(order, "exit.json")));
        File.Delete(home.File(order, "exit.json"));
        File.Delete(home.File(order, "cluster.json")); // A server that was killed between the request and its record.
        (KubernetesExecutor next, Sink sink) = home.NewServer();
        await next.StartAsync(order, Cancel);
        Assert.IsType<AttemptOutcome.Succeeded>((await sink.EndOf(order.Id)).Outcome);
        Assert.Equal(["once"], home.LogLines(order));
        Assert.Single(home.Cluster.ListPods());
    }

    [Theory]
    [InlineData("duplicates")]
    [InlineData("reorders")]
    [InlineData("compaction")]
    [InlineData("silence")]
    public async Task News_that_comes_twice_late_or_not_at_all_changes_no_outcome(string trouble)
    {
        await using ClusterHome home = await ClusterHome.StartAsync(s => s.WatchLength = TimeSpan.FromSeconds(1));
        FakeFaults faults = home.Cluster.Server.Faults;
        (faults.Duplicates, faults.Reorders) = (trouble == "duplicates", trouble == "reorders");
        // They run until they are told to end: one that ended before it was looked at would never be told to have started.
        string go = Path.Combine(home.Folder, "go");
        AttemptOrder[] orders = [.. Enumerable.Range(0, 6).Select(i => home.Shell($"echo {i}; while [ ! -e '{go}' ]; do sleep 0.05; done; exit {i % 2}"))];
        foreach (AttemptOrder order in orders)
            await home.Executor.StartAsync(order, Cancel);
        foreach (AttemptOrder order in orders)
            await home.Sink.StartOf(order.Id);
        if (trouble == "compaction")
            home.Cluster.Store.Compact();
        faults.Silent = trouble == "silence";
        await File.WriteAllTextAsync(go, "", Cancel);
        if (faults.Silent)
        {
            await ExecutorHome.Until(() => home.Cluster.ListPods().Count(p => (string?)p["status"]!["phase"] is "Succeeded" or "Failed") == orders.Length, "all ended unheard");
            faults.Silent = false;
        }
        for (int i = 0; i < orders.Length; i++)
        {
            AttemptOutcome outcome = (await home.Sink.EndOf(orders[i].Id)).Outcome;
            Assert.Equal(i % 2 == 0, outcome is AttemptOutcome.Succeeded);
            Assert.Equal([$"{i}"], home.LogLines(orders[i]));
            Assert.Equal(1, home.Sink.Ends(orders[i].Id));
        }
    }

    [Fact]
    public async Task A_log_whose_connection_breaks_again_and_again_has_every_line_once()
    {
        await using ClusterHome home = await ClusterHome.StartAsync();
        home.Cluster.Server.Faults.CutLogsAfter = 40;
        AttemptOrder order = home.Shell("i=0; while [ $i -lt 100 ]; do echo line $i; i=$((i+1)); [ $((i % 25)) = 0 ] && sleep 0.2; done");
        await home.RunAsync(order);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"line {i}"), home.LogLines(order));
    }

    [Fact]
    public async Task A_restarted_server_adopts_what_runs_and_doubles_no_line()
    {
        await using ClusterHome home = await ClusterHome.StartAsync();
        AttemptOrder order = home.Shell("echo up; while [ ! -e go ]; do sleep 0.05; done; echo '{\"answer\":42}' > $MLP_ATTEMPT_DIR/outputs.json; echo done");
        await home.Executor.StartAsync(order, Cancel);
        await ExecutorHome.Until(() => home.LogLines(order).Contains("up"), "it was up");
        await home.Executor.DisposeAsync();
        await File.AppendAllTextAsync(home.File(order, "log"), "half a li", Cancel); // As a killed server leaves it: written, not recorded.
        (KubernetesExecutor next, Sink sink) = home.NewServer();
        await next.StartAsync(order, Cancel);
        await sink.StartOf(order.Id);
        await File.WriteAllTextAsync(home.File(order, "scratch/go"), "", Cancel);
        Assert.Equal(42, Assert.IsType<AttemptOutcome.Succeeded>((await sink.EndOf(order.Id)).Outcome).Outputs.GetProperty("answer").GetInt32());
        Assert.Equal(["up", "done"], home.LogLines(order));
        Assert.Single(home.Cluster.Server.Requests, r => r.StartsWith("POST /apis/batch/v1/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_cluster_out_of_reach_fails_what_was_not_handed_over()
    {
        await using ClusterHome home = await ClusterHome.StartAsync(s => s.ReachPatience = TimeSpan.FromMilliseconds(100));
        home.Cluster.Server.Faults.Break(r => r.Method == "POST", times: 1000);
        Failure failure = await home.FailAsync(home.Shell("true"));
        Assert.Equal((FailureKind.Infrastructure, "KUBE-001"), (failure.Kind, failure.Code));
    }

    [Fact]
    public async Task More_objects_than_a_page_holds_are_all_seen()
    {
        await using ClusterHome home = await ClusterHome.StartAsync();
        AttemptOrder order = home.Shell("true");
        for (int i = 0; i < 1203; i++)
        {
            home.Cluster.Store.TryAdd(KubeResource.Find("jobset.x-k8s.io", "v1alpha2", "jobsets")!, new System.Text.Json.Nodes.JsonObject
            {
                ["metadata"] = new System.Text.Json.Nodes.JsonObject { ["name"] = $"s{i}", ["namespace"] = FakeCluster.Namespace, ["labels"] = KubeNames.Labels(order, home.Folder) },
                ["spec"] = new System.Text.Json.Nodes.JsonObject { ["suspend"] = true },
            });
        }
        using ClusterClient client = ClusterClient.Open(home.Settings, TimeProvider.System);
        (IReadOnlyList<WorkloadSeen> all, _) = await client.ListAsync(WorkloadKind.JobSet, KubeNames.Selector(home.Folder), Cancel);
        Assert.Equal(1203, all.Select(w => w.Name).Distinct().Count());
        Assert.Equal(3, home.Cluster.Server.Requests.Count(r => r.Contains("/jobsets?", StringComparison.Ordinal) && r.Contains("limit=500", StringComparison.Ordinal)));
    }
}
