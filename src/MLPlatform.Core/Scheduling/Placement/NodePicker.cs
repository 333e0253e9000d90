namespace MLPlatform.Core.Scheduling.Placement;

/// <summary>Chooses where an ask runs.</summary>
public abstract class NodePicker
{
    /// <returns>The node and the place of its first device taken; null where the ask fits nowhere.</returns>
    public abstract (ClusterNode Node, int Device)? Pick(Cluster cluster, NodeAsk ask);
}
