namespace MLPlatform.Core.Scheduling.Placement;

/// <summary>
/// Asks of one kind (a part of a device, one, two, … devices) together: nodes with that kind alone, then with it among
/// others, then empty ones, then the rest; the fuller first.
/// </summary>
public sealed class ClusteringPicker : NodePicker
{
    private readonly Dictionary<ClusterNode, HashSet<int>> _kinds = [];

    public override (ClusterNode Node, int Device)? Pick(Cluster cluster, NodeAsk ask)
    {
        ClusterNode? best = null;
        int highest = -1;
        foreach (ClusterNode node in cluster.Nodes)
        {
            if (node.Fits(ask) && Score(node, ask) is int score && score > highest)
                (best, highest) = (node, score);
        }
        if (best is null)
            return null;
        if (ask.Gpus > 0)
            (_kinds.TryGetValue(best, out HashSet<int>? kinds) ? kinds : _kinds[best] = []).Add(Kind(ask));
        return (best, best.State.FirstDevice(ask));
    }

    private int Score(ClusterNode node, NodeAsk ask)
    {
        if (ask.Gpus == 0)
            return 0;
        int full = (int)(25 * (Largest.MilliGpu - node.State.MilliGpu) / Largest.MilliGpu);
        if (!_kinds.TryGetValue(node, out HashSet<int>? kinds))
            return 25 + full;
        return (!kinds.Contains(Kind(ask)) ? 0 : kinds.Count == 1 ? 75 : 50) + full;
    }

    private static int Kind(NodeAsk ask) => ask.Shares ? 0 : ask.Gpus;
}
