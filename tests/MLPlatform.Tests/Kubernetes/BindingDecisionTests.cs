using MLPlatform.Core.Scheduling;
using MLPlatform.Executors.Kubernetes;
using Xunit;

namespace MLPlatform.Tests.Kubernetes;

/// <summary>Which pod goes where, on what a cluster shows.</summary>
public sealed class BindingDecisionTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Dictionary<string, string> None = [];

    [Fact]
    public void Pods_of_others_hold_what_they_ask_for()
    {
        NodeSeen node = Node("a", cpu: 4, gpus: 2);
        Assert.Equal([("mine", "a")], Decide([node], Pod("mine", "x", cpu: 2, gpus: 1)));
        Assert.Equal([("mine", "a")], Decide([node], Pod("other", "", cpu: 2, gpus: 1, on: "a"), Pod("mine", "x", cpu: 2, gpus: 1)));
        Assert.Empty(Decide([node], Pod("other", "", cpu: 3, gpus: 0, on: "a"), Pod("mine", "x", cpu: 2, gpus: 1)));
        Assert.Empty(Decide([node], Pod("other", "", cpu: 1, gpus: 2, on: "a"), Pod("mine", "x", cpu: 2, gpus: 1)));
    }

    [Fact]
    public void A_waiting_pod_of_others_is_none_of_ours() => Assert.Empty(Decide([Node("a", 4, 2)], Pod("other", "", cpu: 1, gpus: 0)));

    [Fact]
    public void A_gang_goes_whole_once_all_its_pods_are_there()
    {
        PodAsk[] two = [Pod("w-0", "x", 1, 1, pods: 2), Pod("w-1", "x", 1, 1, pods: 2)];
        Assert.Empty(Decide([Node("a", 8, 2)], two[0]));
        Assert.Empty(Decide([Node("a", 8, 1)], two));
        Assert.Equal(["w-0", "w-1"], Decide([Node("a", 8, 1), Node("b", 8, 1)], two).Select(b => b.Pod).Order());
    }

    [Fact]
    public void A_gang_of_which_a_server_bound_a_part_and_died_is_completed()
    {
        PodAsk bound = Pod("w-0", "x", 1, 1, pods: 2, on: "a"), left = Pod("w-1", "x", 1, 1, pods: 2);
        Assert.Equal([("w-1", "b")], Decide([Node("a", 8, 1), Node("b", 8, 1)], bound, left));
    }

    [Fact]
    public void A_selector_is_kept_and_the_more_urgent_goes_first()
    {
        NodeSeen plain = Node("a", 1, 0), special = Node("b", 1, 0) with { Labels = new Dictionary<string, string> { ["disk"] = "fast" } };
        Assert.Equal([("p", "b")], Decide([plain, special], Pod("p", "x", 1, 0) with { Selector = special.Labels }));
        Assert.Empty(Decide([plain], Pod("p", "x", 1, 0) with { Selector = special.Labels }));
        Assert.Equal([("urgent", "a")], Decide([plain], Pod("early", "x", 1, 0) with { Since = Now.AddHours(-1) }, Pod("urgent", "y", 1, 0) with { Priority = 10 }));
    }

    private static NodeSeen Node(string name, int cpu, int gpus) => new(name, new Amount(cpu * 1000, 64L << 30, gpus * 1000), "a100", None);

    private static PodAsk Pod(string name, string attempt, int cpu, int gpus, int pods = 1, string on = "") => new(name, attempt, new Amount(cpu * 1000, 1 << 20, gpus * 1000), on, None, pods, 0, Now);

    private static IReadOnlyList<(string Pod, string Node)> Decide(NodeSeen[] nodes, params PodAsk[] pods) => BindingDecision.Decide(nodes, pods, Now);
}
