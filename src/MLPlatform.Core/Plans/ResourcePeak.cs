namespace MLPlatform.Core.Plans;

/// <summary>The most that is asked for at one moment, each resource for itself.</summary>
internal static class ResourcePeak
{
    public static ResourceRequest Of(IReadOnlyList<PlannedNode> nodes, double[] start, double[] seconds)
    {
        // Ends before starts at the same instant: what ends makes room.
        List<(double At, int Sign, int Node)> changes = new(2 * nodes.Count);
        for (int i = 0; i < nodes.Count; i++)
        {
            if (seconds[i] <= 0)
                continue;
            changes.Add((start[i], 1, i));
            changes.Add((start[i] + seconds[i], -1, i));
        }
        changes.Sort();
        (long cpu, long memory, long gpu) now = default, most = default;
        foreach ((_, int sign, int node) in changes)
        {
            ResourceRequest request = nodes[node].Resources;
            now = (now.cpu + (sign * request.MilliCpu), now.memory + (sign * request.MemoryBytes), now.gpu + (sign * request.MilliGpu));
            most = (Math.Max(most.cpu, now.cpu), Math.Max(most.memory, now.memory), Math.Max(most.gpu, now.gpu));
        }
        return Request(most.cpu, most.memory, most.gpu);
    }

    public static ResourceRequest Request(long cpu, long memory, long gpu) =>
        new((int)Math.Min(int.MaxValue, cpu), memory, (int)Math.Min(int.MaxValue, gpu));
}
