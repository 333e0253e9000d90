namespace MLPlatform.Core.Scheduling.Placement;

/// <summary>The node with the least left over, cores and devices alike; of its devices the fullest that has room.</summary>
public sealed class BestFit : PlacementScore
{
    public override Choice Of(NodeState node, NodeAsk ask)
    {
        double left = ((node.MilliCpu - ask.MilliCpu) / Largest.MilliCpu) + ((node.MilliGpu - ask.TotalMilliGpu) / Largest.MilliGpu);
        return new Choice((int)(100 * (1 - (left / 2))), node.FirstDevice(ask));
    }
}

/// <summary>The largest node of the published experiments, by which they scale.</summary>
internal static class Largest
{
    public const double MilliCpu = 128_000, MilliGpu = 8_000;
}
