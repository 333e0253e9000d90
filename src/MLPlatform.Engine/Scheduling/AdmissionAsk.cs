using MLPlatform.Core.Plans;
using MLPlatform.Core.Scheduling.Admission;
using MLPlatform.Core.Scheduling.Placement;

namespace MLPlatform.Engine.Scheduling;

/// <summary>What a request asks of the scheduler: gangs are kept, because work of equal shape shares what was found out about it.</summary>
/// <param name="replica">The label that machines of this server have; null where there are no others.</param>
internal sealed class AdmissionAsks(string? replica)
{
    /// <summary>The label by which servers keep to their own machines.</summary>
    public const string ReplicaLabel = "mlp.replica";

    private readonly Dictionary<ResourceRequest, Gang> _gangs = [];

    public Gang Of(ResourceRequest request)
    {
        // Pool and priority are not a part of the shape.
        ResourceRequest shape = request with { Pool = null, Priority = 0, Preemptible = null };
        if (!_gangs.TryGetValue(shape, out Gang? gang))
            _gangs.Add(shape, gang = new Gang([new Role(Ask(shape), Selector: SelectorOf(shape.Nodes))]));
        return gang;
    }

    /// <summary>So many members of any shape.</summary>
    /// <param name="here">Whether on this server's own machine alone.</param>
    public Gang Of(NodeAsk ask, int count, bool here) => new([new Role(ask, count, Selector: here ? SelectorOf(null) : null)]);

    // More than one device is so many whole ones.
    private static NodeAsk Ask(ResourceRequest request) => new(
        request.MilliCpu, (int)Math.Min(int.MaxValue, (request.MemoryBytes + (1L << 20) - 1) >> 20),
        (request.MilliGpu + NodeKind.Device - 1) / NodeKind.Device, request.MilliGpu == 0 ? 0 : Math.Min(request.MilliGpu, NodeKind.Device), request.GpuModels ?? "");

    private Selector? SelectorOf(string? nodes)
    {
        List<KeyValuePair<string, string>> labels = [];
        foreach (string label in nodes?.Split(',') ?? [])
        {
            int at = label.IndexOf('=', StringComparison.Ordinal);
            labels.Add(KeyValuePair.Create(label[..at], label[(at + 1)..]));
        }
        if (replica is not null)
            labels.Add(KeyValuePair.Create(ReplicaLabel, replica));
        return labels.Count == 0 ? null : new Selector(labels);
    }
}
