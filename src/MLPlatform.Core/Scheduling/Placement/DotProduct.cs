namespace MLPlatform.Core.Scheduling.Placement;

/// <summary>The node whose free resources are least aligned with the ask, as the published experiments set it (best, merge, max).</summary>
public sealed class DotProduct : PlacementScore
{
    public override Choice Of(NodeState node, NodeAsk ask)
    {
        double product = (node.MilliCpu / Largest.MilliCpu * (ask.MilliCpu / Largest.MilliCpu)) + (node.MilliGpu / Largest.MilliGpu * (ask.TotalMilliGpu / Largest.MilliGpu));
        return new Choice((int)(100 * (1 - (product / 2))), node.FirstDevice(ask));
    }
}
