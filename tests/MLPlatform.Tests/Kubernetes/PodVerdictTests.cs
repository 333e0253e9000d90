using MLPlatform.Core.Runs;
using MLPlatform.Executors.Kubernetes;
using Xunit;

namespace MLPlatform.Tests.Kubernetes;

/// <summary>What is made of what a cluster shows, as tables.</summary>
public sealed class PodVerdictTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly ClusterSettings Cluster = new();
    private static readonly WorkloadSeen Job = new("mlp-a", "a", "1", "u", Suspended: false, Deleting: false, []);
    private static readonly PodSeen Pod = new("mlp-a-1", "a", "1", "", "Pending", "", "", "node-1", "main", Now, Deleting: false, [], "", "", RunsSince: null, End: null);

    [Fact]
    public void A_pod_that_ended_well_is_done_whatever_else_is_told_of_it()
    {
        PodSeen done = Pod with { Phase = "Succeeded", End = new ContainerEnd(0, null, "Completed", "", null, Now), Conditions = [new("DisruptionTarget", true, "PreemptionByScheduler", "", Now)] };
        Assert.IsType<PodVerdict.Ended>(Of(Over("Failed", "DeadlineExceeded"), [done]));
        Assert.IsType<PodVerdict.Ended>(Of(null, [done]));
    }

    [Fact]
    public void An_owner_that_is_over_before_its_pod_is_told_waits_for_what_the_pod_says()
    {
        PodSeen running = Pod with { Phase = "Running", RunsSince = Now };
        Assert.IsType<PodVerdict.Waits>(Of(Over("Failed", "BackoffLimitExceeded"), [running]));
        Assert.IsType<PodVerdict.Waits>(Of(Over("Complete", ""), []));
        Assert.Equal("KUBE-015", Failed(Of(Over("Failed", "BackoffLimitExceeded"), [running], over: 11)).Code);
        Assert.IsType<PodVerdict.Succeeded>(Of(Over("Complete", ""), [], over: 11));
    }

    [Fact]
    public void Of_several_pods_the_first_that_failed_is_the_cause()
    {
        PodSeen killed = Pod with { Name = "a", Process = "ps-0", End = new ContainerEnd(143, null, "Error", "", null, Now.AddSeconds(2)) };
        PodSeen cause = Pod with { Name = "b", Process = "worker-1", End = new ContainerEnd(3, null, "Error", "", null, Now.AddSeconds(1)) };
        Assert.IsType<PodVerdict.Runs>(Of(Job, [killed, cause, Pod with { Name = "c", RunsSince = Now }], gang: true)); // A role may be started again.
        Assert.Equal("worker-1", Assert.IsType<PodVerdict.Ended>(Of(Over("Failed", "FailedJobs"), [killed, cause], gang: true)).Pod.Process);
    }

    [Fact]
    public void A_gang_is_done_when_its_owner_says_so()
    {
        PodSeen done = Pod with { End = new ContainerEnd(0, null, "Completed", "", null, Now) };
        Assert.IsType<PodVerdict.Runs>(Of(Job, [done, Pod with { Name = "b", RunsSince = Now }], gang: true));
        Assert.IsType<PodVerdict.Succeeded>(Of(Over("Completed", ""), [done], gang: true));
    }

    [Fact]
    public void What_is_suspended_waits_before_it_ran_and_is_pre_empted_after()
    {
        Assert.IsType<PodVerdict.Waits>(Of(Job with { Suspended = true }, []));
        Assert.Equal("KUBE-010", Failed(Of(Job with { Suspended = true }, [], hasRun: true)).Code);
    }

    [Fact]
    public void Who_sent_a_signal_is_waited_for_since_owners_and_pods_are_watched_apart()
    {
        PodSeen killed = Pod with { Phase = "Failed", End = new ContainerEnd(143, null, "Error", "", null, Now) };
        Assert.IsType<PodVerdict.Waits>(Of(Job, [killed]));
        Assert.Equal("KUBE-012", Failed(Of(Over("Failed", "DeadlineExceeded"), [killed])).Code);
        Assert.Equal("KUBE-010", Failed(Of(Job with { Suspended = true }, [killed])).Code);
        Assert.IsType<PodVerdict.Ended>(Of(Over("Failed", "BackoffLimitExceeded"), [killed])); // Nobody of the cluster's.
        Assert.IsType<PodVerdict.Waits>(Of(null, [killed])); // Of the owner nothing was heard yet.
        Assert.IsType<PodVerdict.Ended>(Of(Job with { Deleting = true }, [killed]));
        Assert.IsType<PodVerdict.Ended>(Of(Job, [killed], waits: TimeSpan.FromSeconds(10)));
        Assert.IsType<PodVerdict.Ended>(Of(Job, [killed with { End = killed.End! with { Code = 137, Reason = "OOMKilled" } }]));
        Assert.IsType<PodVerdict.Ended>(Of(Job, [killed with { End = killed.End! with { Code = 3 } }]));
    }

    [Fact]
    public void Pulls_and_nodes_are_waited_for_with_patience()
    {
        PodSeen pulling = Pod with { Waiting = "ImagePullBackOff", WaitingMessage = "not found" };
        Assert.IsType<PodVerdict.Waits>(Of(Job, [pulling], waits: Cluster.PullPatience - TimeSpan.FromSeconds(1)));
        Assert.Equal("KUBE-008", Failed(Of(Job, [pulling], waits: Cluster.PullPatience)).Code);
        PodSeen homeless = Pod with { Node = "", Conditions = [new("PodScheduled", false, "Unschedulable", "0/3 nodes", Now)] };
        Assert.Equal("no node yet: 0/3 nodes", Assert.IsType<PodVerdict.Waits>(Of(Job, [homeless], waits: TimeSpan.FromMinutes(29))).Why);
        Assert.Equal("KUBE-007", Failed(Of(Job, [homeless], waits: Cluster.PlacePatience)).Code);
    }

    [Fact]
    public void Nothing_at_all_is_gone_and_an_owner_without_pods_is_asked_about()
    {
        Assert.IsType<PodVerdict.Gone>(Of(null, []));
        Assert.IsType<PodVerdict.Waits>(Of(Job, []));
        Assert.IsType<PodVerdict.HasNoPods>(PodVerdict.Of(Job, [], new Situation(Now, Now.AddSeconds(-30), IsGang: false, HasRun: false, TimeSpan.Zero, _ => null), Cluster));
    }

    [Fact]
    public void An_eviction_that_is_only_announced_has_not_happened_yet()
    {
        PodSeen announced = Pod with { Phase = "Running", RunsSince = Now, Conditions = [new("DisruptionTarget", true, "EvictionByEvictionAPI", "", Now)] };
        Assert.IsType<PodVerdict.Runs>(Of(Job, [announced]));
        Assert.Equal("KUBE-009", Failed(Of(Job, [announced with { Deleting = true }])).Code);
    }

    [Theory]
    [InlineData(0, null, 0, null)]
    [InlineData(3, null, 3, null)]
    [InlineData(137, null, null, 9)]
    [InlineData(143, null, null, 15)]
    [InlineData(255, null, 255, null)]
    public void Exit_codes_of_containers_tell_signals(int code, int? signal, int? exit, int? killedBy)
    {
        var record = PodVerdict.Exit(new ContainerEnd(code, signal, "", "", null, Now), stopped: false, 0, Now);
        Assert.Equal((exit, killedBy), (record.Code, record.Signal));
    }

    private static WorkloadSeen Over(string type, string reason) => Job with { Conditions = [new(type, true, reason, "", Now)] };

    private static Failure Failed(PodVerdict verdict) => Assert.IsType<PodVerdict.Failed>(verdict).Failure;

    private static PodVerdict Of(WorkloadSeen? job, PodSeen[] pods, bool gang = false, bool hasRun = false, int over = 0, TimeSpan waits = default) =>
        PodVerdict.Of(job, pods, new Situation(Now, Now.AddSeconds(-1), gang, hasRun, TimeSpan.FromSeconds(over), _ => Now - waits), Cluster);
}
