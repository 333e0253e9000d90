namespace MLPlatform.Core.Scheduling.Placement;

/// <summary>A node by name, with what is free on it now.</summary>
public sealed class ClusterNode(string name, NodeKind kind)
{
    public string Name { get; } = name;
    public NodeKind Kind { get; } = kind;

    /// <summary>Free cores and devices.</summary>
    public NodeState State => Shared.State;

    /// <summary>Free memory, in MiB.</summary>
    public int MemoryMiB { get; internal set; } = kind.MemoryMiB;

    internal SharedState Shared { get; set; } = new(NodeState.Empty(kind), -1);

    public bool Fits(NodeAsk ask) => ask.MemoryMiB <= MemoryMiB && State.Fits(ask);
}
