using System.Text.Json.Nodes;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Kubernetes;
using MLPlatform.IntegrationTests.Executors;
using Xunit;

namespace MLPlatform.IntegrationTests.Kubernetes;

/// <summary>What becomes of pods on clusters, played by a script, and what is said about it.</summary>
public sealed class PodLifeTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static TheoryData<string, FailureKind, string, string> Ends => new()
    {
        { "oom", FailureKind.Resource, "EXEC-010", "512 MiB" },
        { "evicted", FailureKind.Resource, "KUBE-009", "low on resource: memory" },
        { "preempted", FailureKind.Resource, "KUBE-010", "higher priority" },
        { "node lost", FailureKind.Infrastructure, "KUBE-011", "node-1" },
        { "node silent", FailureKind.Infrastructure, "KUBE-011", "does not answer" },
        { "node shut down", FailureKind.Infrastructure, "KUBE-011", "shut down" },
        { "node refuses", FailureKind.Resource, "KUBE-009", "OutOfcpu" },
        { "bad image name", FailureKind.User, "KUBE-008", "InvalidImageName" },
        { "image missing", FailureKind.User, "KUBE-008", "not found" },
        { "registry down", FailureKind.Infrastructure, "KUBE-008", "connection refused" },
        { "secret missing", FailureKind.User, "KUBE-014", "secret \"s3\" not found" },
        { "failed without a word", FailureKind.Infrastructure, "KUBE-015", "odd" },
    };

    [Theory, MemberData(nameof(Ends))]
    public async Task A_pod_that_does_not_end_by_itself_is_told_with_its_kind(string life, FailureKind kind, string code, string words)
    {
        await using ClusterHome home = await ClusterHome.StartAsync(s => s.PullPatience = TimeSpan.FromMilliseconds(200));
        home.Cluster.Lives = pod =>
        {
            switch (life)
            {
                case "oom": pod.Runs(); pod.Log("growing"); pod.Ends(137, "OOMKilled"); break;
                case "evicted": pod.Runs(); pod.Fails("Evicted", "The node was low on resource: memory."); break;
                case "preempted": pod.Runs(); pod.Fails("", "gave way", "PreemptionByScheduler"); break;
                case "node lost": pod.Runs(); pod.Fails("", "Taint manager: deleting due to NoExecute taint", "DeletionByTaintManager"); break;
                case "node silent": pod.Runs(); pod.Fails("NodeStatusUnknown", "", phase: "Unknown"); break;
                case "node shut down": pod.Runs(); pod.Fails("Terminated", "Pod was terminated in response to imminent node shutdown."); break;
                case "node refuses": pod.Fails("OutOfcpu", "Node didn't have enough resource: cpu"); break;
                case "bad image name": pod.Waits("InvalidImageName", "couldn't parse image name"); break;
                case "image missing": pod.Waits("ErrImagePull", "not found"); pod.Waits("ImagePullBackOff", "Back-off pulling image: not found"); break;
                case "registry down": pod.Waits("ImagePullBackOff", "dial tcp: connection refused"); break;
                case "secret missing": pod.Waits("CreateContainerConfigError", "secret \"s3\" not found"); break;
                default: pod.Fails("odd", "nobody knows"); break;
            }
            return Task.FromResult(true);
        };
        Failure failure = await home.FailAsync(home.Shell("true") with { Resources = new ResourceRequest(1000, 512 << 20) });
        Assert.Equal((kind, code), (failure.Kind, failure.Code));
        Assert.Contains(words, failure.Message, StringComparison.Ordinal);
        await ExecutorHome.Until(() => home.Cluster.ListPods().Count == 0 || code is "EXEC-010", "what cannot go on was removed");
    }

    [Fact]
    public async Task An_image_that_comes_late_is_waited_for()
    {
        await using ClusterHome home = await ClusterHome.StartAsync();
        home.Cluster.Lives = async pod =>
        {
            pod.Waits("ErrImagePull", "connection refused");
            await ExecutorHome.Until(() => home.Said.Lines.Any(l => l.Contains("connection refused", StringComparison.Ordinal)), "the executor has seen it");
            return false; // Now it runs.
        };
        Assert.IsType<AttemptOutcome.Succeeded>((await home.RunAsync(home.Shell("echo up"))).Outcome);
    }

    [Fact]
    public async Task A_pod_that_no_node_takes_fails_after_the_patience()
    {
        await using ClusterHome home = await ClusterHome.StartAsync(s => (s.Mode, s.PlacePatience) = (ClusterMode.Bind, TimeSpan.FromSeconds(1)));
        Failure failure = await home.FailAsync(home.Shell("true"));
        Assert.Equal((FailureKind.Resource, "KUBE-007"), (failure.Kind, failure.Code));
        Assert.Contains("Insufficient nvidia.com/gpu", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_clusters_deadline_is_a_timeout()
    {
        await using ClusterHome home = await ClusterHome.StartAsync();
        home.Cluster.Lives = async pod =>
        {
            pod.Runs();
            FakeControllers.Condition(home.Cluster.Store, FakeCluster.Jobs, "mlp-" + pod.Attempt, "Failed", "DeadlineExceeded", "Job was active longer than specified deadline");
            pod.Ends(143);
            await Task.CompletedTask;
            return true;
        };
        AttemptOrder order = home.Shell("true") with { Timeout = TimeSpan.FromMinutes(1) };
        Failure failure = await home.FailAsync(order);
        Assert.Equal((FailureKind.Timeout, "KUBE-012"), (failure.Kind, failure.Code));
    }

    [Fact]
    public async Task A_quota_that_refuses_the_object_or_its_pods_is_a_want_of_resources()
    {
        await using ClusterHome home = await ClusterHome.StartAsync();
        home.Cluster.Server.Admission = (resource, _) => resource == FakeCluster.Jobs ? "exceeded quota: team, requested: count/jobs.batch=1, used: 5, limited: 5" : null;
        Failure atOnce = await home.FailAsync(home.Shell("true"));
        Assert.Equal((FailureKind.Resource, "KUBE-005"), (atOnce.Kind, atOnce.Code));

        home.Cluster.Server.Admission = (_, _) => "User \"system:serviceaccount:x\" cannot create resource \"jobs\"";
        Failure rights = await home.FailAsync(home.Shell("true"));
        Assert.Equal((FailureKind.Infrastructure, "KUBE-003"), (rights.Kind, rights.Code));

        home.Cluster.Server.Admission = null;
        home.Cluster.PodQuota = "exceeded quota: team, requested: requests.nvidia.com/gpu=1";
        Failure later = await home.FailAsync(home.Shell("true"));
        Assert.Equal((FailureKind.Resource, "KUBE-005"), (later.Kind, later.Code));
        Assert.Contains("requests.nvidia.com/gpu=1", later.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stopping_ends_the_process_with_its_grace_and_removes_the_job()
    {
        await using ClusterHome home = await ClusterHome.StartAsync();
        AttemptOrder order = home.Shell("trap 'echo saved; exit 0' TERM; echo up; while :; do sleep 0.1; done");
        await home.Executor.StartAsync(order, Cancel);
        await ExecutorHome.Until(() => home.LogLines(order).Contains("up"), "it was up");
        await home.Executor.StopAsync(order.Id, TimeSpan.FromSeconds(5), Cancel);
        AttemptOutcome outcome = (await home.Sink.EndOf(order.Id)).Outcome;
        Assert.True(outcome is AttemptOutcome.Succeeded or AttemptOutcome.Failed { Failure.Kind: FailureKind.Cancelled }, outcome.ToString());
        Assert.Contains("saved", home.LogLines(order));
        await ExecutorHome.Until(() => home.Cluster.Store.Find(FakeCluster.Jobs, FakeCluster.Namespace, "mlp-" + order.Id) is null, "the job was removed");
        Assert.Contains(home.Cluster.Server.Requests, r => r.StartsWith("DELETE /apis/batch/v1/", StringComparison.Ordinal) && r.Contains("propagationPolicy=Foreground", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_job_that_ignores_being_asked_is_killed_after_the_grace_and_counts_as_cancelled()
    {
        await using ClusterHome home = await ClusterHome.StartAsync();
        AttemptOrder order = home.Shell("trap '' TERM; echo up; while :; do sleep 0.1; done");
        await home.Executor.StartAsync(order, Cancel);
        await ExecutorHome.Until(() => home.LogLines(order).Contains("up"), "it was up");
        await home.Executor.StopAsync(order.Id, TimeSpan.FromSeconds(1), Cancel);
        Failure failure = Assert.IsType<AttemptOutcome.Failed>((await home.Sink.EndOf(order.Id)).Outcome).Failure;
        Assert.Equal((FailureKind.Cancelled, "EXEC-022"), (failure.Kind, failure.Code));
    }

    [Fact]
    public async Task A_job_that_somebody_deleted_is_missed()
    {
        await using ClusterHome home = await ClusterHome.StartAsync();
        AttemptOrder order = home.Shell("echo up; exec sleep 60");
        await home.Executor.StartAsync(order, Cancel);
        await ExecutorHome.Until(() => home.LogLines(order).Contains("up"), "it was up");
        home.Cluster.DeleteByHand(FakeCluster.Jobs, "mlp-" + order.Id);
        Failure failure = Assert.IsType<AttemptOutcome.Failed>((await home.Sink.EndOf(order.Id)).Outcome).Failure;
        Assert.Contains(failure.Code, (string[])["KUBE-013", "EXEC-009", "EXEC-002"]); // By when the watch told: gone, or ended by a signal just before.
    }

    [Fact]
    public async Task Kueue_admits_by_unsuspending_and_takes_back_by_suspending()
    {
        await using ClusterHome home = await ClusterHome.StartAsync(s => s.Admission = ClusterAdmission.Kueue);
        AttemptOrder order = home.Shell("echo up; exec sleep 60");
        await home.Executor.StartAsync(order, Cancel);
        string name = "mlp-" + order.Id;
        await ExecutorHome.Until(() => home.Cluster.Store.Find(FakeCluster.Jobs, FakeCluster.Namespace, name) is not null, "the job was made");
        JsonObject job = home.Cluster.Store.Find(FakeCluster.Jobs, FakeCluster.Namespace, name)!;
        Assert.True((bool)job["spec"]!["suspend"]!);
        Assert.Equal(("reco", "mlp-normal"), ((string?)job["metadata"]!["labels"]!["kueue.x-k8s.io/queue-name"], (string?)job["metadata"]!["labels"]!["kueue.x-k8s.io/priority-class"]));
        Assert.Empty(home.Cluster.ListPods());
        home.Cluster.Store.Change(FakeCluster.Jobs, FakeCluster.Namespace, name, j => j["spec"]!["suspend"] = false);
        await ExecutorHome.Until(() => home.LogLines(order).Contains("up"), "it was admitted");
        home.Cluster.Store.Change(FakeCluster.Jobs, FakeCluster.Namespace, name, j => j["spec"]!["suspend"] = true);
        Failure failure = Assert.IsType<AttemptOutcome.Failed>((await home.Sink.EndOf(order.Id)).Outcome).Failure;
        Assert.Equal(FailureKind.Resource, failure.Kind);
    }
}
