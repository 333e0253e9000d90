using MLPlatform.Core.Scheduling.Placement;

namespace MLPlatform.Core.Scheduling.Admission;

/// <summary>A machine of a pool.</summary>
/// <param name="Labels">By name; <c>zone</c>, <c>rack</c> and <c>host</c> say where it stands.</param>
public sealed record SchedulerNode(string Name, NodeKind Kind, IReadOnlyDictionary<string, string> Labels)
{
    public SchedulerNode(string name, NodeKind kind) : this(name, kind, new Dictionary<string, string>())
    {
    }
}
