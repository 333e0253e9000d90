namespace MLPlatform.Core.Scheduling.Placement;

/// <summary>How good a node is for an ask; a function of the two alone.</summary>
public abstract class PlacementScore
{
    /// <param name="ask">It fits the node.</param>
    public abstract Choice Of(NodeState node, NodeAsk ask);

    /// <summary>The best of the devices that differ, by a score of what would be left.</summary>
    protected static Choice Best(NodeState node, NodeAsk ask, Func<NodeState, double> score)
    {
        int first = node.FirstDevice(ask);
        Choice best = new(score(node.After(ask, first)), first);
        if (!ask.Shares)
            return best;
        ReadOnlySpan<short> devices = node.Devices;
        for (int i = first + 1; i < devices.Length; i++)
        {
            if (devices[i] != devices[i - 1] && score(node.After(ask, i)) is var other && other > best.Score)
                best = new Choice(other, i);
        }
        return best;
    }
}

/// <param name="Score">Higher is better.</param>
/// <param name="Device">The place of the first device taken.</param>
public readonly record struct Choice(double Score, int Device);
