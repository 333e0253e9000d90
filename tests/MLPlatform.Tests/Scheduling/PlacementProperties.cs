using CsCheck;
using MLPlatform.Core.Scheduling.Placement;
using Xunit;

namespace MLPlatform.Tests.Scheduling;

/// <summary>Whatever comes, no node gives more than it has, and what is scored once is what would be scored again.</summary>
public sealed class PlacementProperties
{
    private static readonly NodeKind[] Kinds = [new(8_000, 64, 0, ""), new(16_000, 128, 2, "A"), new(96_000, 256, 8, "B"), new(32_000, 128, 4, "A")];

    private static readonly Gen<NodeAsk> Asks =
        from cpu in Gen.Int[0, 24].Select(c => c * 500)
        from memory in Gen.Int[0, 40]
        from gpus in One((0, 0), (1, 100), (1, 500), (1, 460), (1, 1000), (2, 1000), (4, 1000), (8, 1000))
        from models in One("", "", "A", "B", "A|B", "C")
        select new NodeAsk(cpu, memory, gpus.Item1, gpus.Item2, gpus.Item1 == 0 ? "" : models);

    private static readonly Gen<(NodeKind[] Nodes, NodeAsk[] Asks)> Histories = Gen.Select(One(Kinds).Array[1, 6], Asks.Array[1, 60]);

    public static TheoryData<string> Policies => ["default", "fgd", "best-fit", "dot-product", "packing", "clustering", "random"];

    [Theory, MemberData(nameof(Policies))]
    public void No_node_gives_more_than_it_has_and_an_ask_is_refused_only_where_it_fits_nowhere(string policy) => Histories.Sample(history =>
    {
        Cluster cluster = NewCluster(history.Nodes);
        NodePicker picker = Create(policy, history.Asks, cluster);
        Dictionary<ClusterNode, List<NodeAsk>> runs = cluster.Nodes.ToDictionary(n => n, _ => new List<NodeAsk>());
        foreach (NodeAsk ask in history.Asks)
        {
            bool fits = cluster.Nodes.Any(n => n.Fits(ask));
            (ClusterNode Node, int Device)? picked = picker.Pick(cluster, ask);
            Assert.Equal(fits, picked is not null);
            if (picked is not { } place)
                continue;
            Assert.True(place.Node.Fits(ask));
            cluster.Place(place.Node, ask, place.Device);
            runs[place.Node].Add(ask);
        }
        // The books against the history.
        Assert.Equal(runs.Values.Sum(r => r.Sum(a => a.TotalMilliGpu)), cluster.UsedMilliGpu);
        foreach ((ClusterNode node, List<NodeAsk> asks) in runs)
        {
            Assert.Equal(node.Kind.MilliCpu - asks.Sum(a => a.MilliCpu), node.State.MilliCpu);
            Assert.Equal(node.Kind.MemoryMiB - asks.Sum(a => a.MemoryMiB), node.MemoryMiB);
            Assert.Equal((node.Kind.Gpus * NodeKind.Device) - asks.Sum(a => a.TotalMilliGpu), node.State.MilliGpu);
            Assert.True(node.State.MilliCpu >= 0 && node.MemoryMiB >= 0);
            Assert.All(node.State.Devices.ToArray(), free => Assert.InRange(free, 0, NodeKind.Device));
            Assert.Equal(node.State.Devices.ToArray().Order(), node.State.Devices.ToArray());
            Assert.All(asks, a => Assert.True(a.Accepts(node.Kind)));
        }
    }, iter: 300);

    [Theory, InlineData("default"), InlineData("fgd"), InlineData("best-fit"), InlineData("packing")]
    public void Kept_scores_are_those_of_a_picker_that_never_saw_the_cluster_before(string policy) => Histories.Sample(history =>
    {
        Cluster cluster = NewCluster(history.Nodes);
        NodePicker kept = Create(policy, history.Asks, cluster);
        foreach (NodeAsk ask in history.Asks)
        {
            (ClusterNode Node, int Device)? one = kept.Pick(cluster, ask), other = Create(policy, history.Asks, cluster).Pick(cluster, ask);
            Assert.Equal(other?.Node.Name, one?.Node.Name);
            Assert.Equal(other?.Device, one?.Device);
            if (one is { } place)
                cluster.Place(place.Node, ask, place.Device);
        }
    }, iter: 60);

    private static Gen<T> One<T>(params T[] of) => Gen.Int[0, of.Length - 1].Select(i => of[i]);

    private static Cluster NewCluster(NodeKind[] nodes) => new(nodes.Select((kind, i) => new ClusterNode($"n{i}", kind)));

    private static NodePicker Create(string policy, NodeAsk[] asks, Cluster cluster) => Cli.Simulate.PlacementPolicies.Create(policy, Workload.Of(asks), cluster, seed: 1);
}
