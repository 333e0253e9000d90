namespace MLPlatform.Core.Scheduling.Placement;

/// <summary>The nodes, in an order that breaks ties, and what is free on them. For one thread.</summary>
public sealed class Cluster
{
    private readonly ClusterNode[] _nodes;
    private readonly Dictionary<NodeState, SharedState> _states = [];
    private readonly Stack<int> _unused = [];

    public Cluster(IEnumerable<ClusterNode> nodes)
    {
        _nodes = [.. nodes];
        foreach (ClusterNode node in _nodes)
            node.Shared = Enter(NodeState.Empty(node.Kind));
        MilliGpu = _nodes.Sum(n => (long)n.Kind.Gpus * NodeKind.Device);
        UsableStates = _states.Count;
    }

    public IReadOnlyList<ClusterNode> Nodes => _nodes;

    /// <summary>Thousandths of devices in all.</summary>
    public long MilliGpu { get; }

    /// <summary>Thousandths of devices taken.</summary>
    public long UsedMilliGpu { get; private set; }

    /// <summary>The numbers of states are below this.</summary>
    internal int UsableStates { get; private set; }

    /// <summary>Runs the ask on a node that it fits.</summary>
    /// <param name="device">The place in <see cref="NodeState.Devices"/> of the first device taken.</param>
    public void Place(ClusterNode node, NodeAsk ask, int device)
    {
        NodeState after = node.State.After(ask, device);
        Leave(node.Shared);
        node.Shared = Enter(after);
        node.MemoryMiB -= ask.MemoryMiB;
        UsedMilliGpu += ask.TotalMilliGpu;
    }

    private SharedState Enter(NodeState state)
    {
        if (!_states.TryGetValue(state, out SharedState? shared))
            _states.Add(state, shared = new SharedState(state, _unused.TryPop(out int number) ? number : UsableStates++));
        shared.Nodes++;
        return shared;
    }

    private void Leave(SharedState shared)
    {
        if (--shared.Nodes > 0)
            return;
        _states.Remove(shared.State);
        _unused.Push(shared.Number);
    }
}

/// <summary>A state that nodes are in: those that are alike share it, and its scores.</summary>
/// <param name="number">Small, and given to another state once no node is in this one.</param>
internal sealed class SharedState(NodeState state, int number)
{
    public NodeState State { get; } = state;
    public int Number { get; } = number;
    public int Nodes { get; set; }
}
