namespace MLPlatform.Core.Scheduling.Placement;

/// <summary>
/// How much of a node's idle devices the typical asks cannot use: the expected fragment of "Beware of Fragmentation:
/// Scheduling GPU-Sharing Workloads with Fragmentation Gradient Descent" (USENIX ATC 2023).
/// </summary>
public sealed class Fragmentation(Workload workload)
{
    private readonly TypicalAsk[] _typical = [.. workload.Typical];

    /// <returns>Thousandths of devices, 0 to all that are idle.</returns>
    public double Of(NodeState node)
    {
        double sum = 0;
        foreach (TypicalAsk typical in _typical)
            sum += typical.Frequency * Unusable(node, typical.Ask);
        return sum;
    }

    /// <summary>All that is idle where the ask does not fit or wants no device; else what lies on devices too full for it.</summary>
    private static int Unusable(NodeState node, NodeAsk ask)
    {
        if (ask.Gpus == 0 || ask.MilliCpu > node.MilliCpu || !ask.Accepts(node.Kind))
            return node.MilliGpu;
        ReadOnlySpan<short> devices = node.Devices;
        int small = 0, i = 0;
        for (; i < devices.Length && devices[i] < ask.MilliGpu; i++)
            small += devices[i];
        return devices.Length - i >= ask.Gpus ? small : node.MilliGpu;
    }
}
