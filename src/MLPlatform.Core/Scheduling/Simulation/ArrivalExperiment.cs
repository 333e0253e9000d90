using MLPlatform.Core.Scheduling.Placement;

namespace MLPlatform.Core.Scheduling.Simulation;

/// <summary>
/// Asks arrive one by one and stay; one that fits nowhere is dropped. By the rules of the FGD paper's experiments: the
/// pods of a workload in an order shuffled by the seed, then pods drawn from it at random, until more than so many
/// devices were asked for.
/// </summary>
public static class ArrivalExperiment
{
    /// <param name="nodes">The empty nodes.</param>
    /// <param name="asks">The workload, in the order of the pods' names.</param>
    /// <param name="arrived">When to stop, as a multiple of the devices that there are.</param>
    /// <returns>The share of devices taken, in per cent, after 0, 1, 2, … per cent of the devices were asked for.</returns>
    public static IReadOnlyList<double> Run(IEnumerable<(string Name, NodeKind Kind)> nodes, IReadOnlyList<NodeAsk> asks, Func<Cluster, NodePicker> picker, int seed, double arrived = 1.3)
    {
        // Ties go to the first node; with the order of the published names the published figures cannot be had, with a random order they can.
        ClusterNode[] order = [.. nodes.Select(n => new ClusterNode(n.Name, n.Kind))];
        Random random = new(seed);
        random.Shuffle(order);
        Cluster cluster = new(order);
        NodePicker picks = picker(cluster);
        List<double> curve = [];
        long asked = 0;
        foreach (NodeAsk ask in Arrivals(asks, random, (long)(arrived * cluster.MilliGpu)))
        {
            if (picks.Pick(cluster, ask) is (ClusterNode node, int device))
                cluster.Place(node, ask, device);
            asked += ask.TotalMilliGpu;
            while (curve.Count <= 100 * asked / cluster.MilliGpu)
                curve.Add(100.0 * cluster.UsedMilliGpu / cluster.MilliGpu);
        }
        curve.Add(100.0 * cluster.UsedMilliGpu / cluster.MilliGpu);
        return curve;
    }

    private static IEnumerable<NodeAsk> Arrivals(IReadOnlyList<NodeAsk> asks, Random random, long limit)
    {
        NodeAsk[] shuffled = [.. asks];
        random.Shuffle(shuffled);
        long asked = 0;
        for (int i = 0; ; i++)
        {
            NodeAsk next = i < shuffled.Length ? shuffled[i] : shuffled[random.Next(shuffled.Length)];
            asked += next.TotalMilliGpu;
            if (asked > limit)
                yield break;
            yield return next;
        }
    }
}
