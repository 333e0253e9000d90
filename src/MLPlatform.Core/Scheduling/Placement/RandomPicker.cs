namespace MLPlatform.Core.Scheduling.Placement;

/// <summary>Any node that the ask fits, and any of its devices.</summary>
public sealed class RandomPicker(Random random) : NodePicker
{
    public override (ClusterNode Node, int Device)? Pick(Cluster cluster, NodeAsk ask)
    {
        ClusterNode? picked = null;
        int seen = 0;
        foreach (ClusterNode node in cluster.Nodes)
        {
            if (node.Fits(ask) && random.Next(++seen) == 0)
                picked = node;
        }
        if (picked is null)
            return null;
        int first = picked.State.FirstDevice(ask);
        return (picked, ask.Shares ? random.Next(first, picked.Kind.Gpus) : first);
    }
}
