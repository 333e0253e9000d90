namespace MLPlatform.Core.Scheduling.Placement;

/// <summary>Takes the node with the highest score; of equals the first in the cluster's order, which fills node after node.</summary>
public sealed class ScoredPicker(PlacementScore score) : NodePicker
{
    private readonly Dictionary<NodeAsk, int> _shapes = [];
    private Known[] _known = [];

    public override (ClusterNode Node, int Device)? Pick(Cluster cluster, NodeAsk ask)
    {
        int shape = Shape(ask);
        if (_known.Length < cluster.UsableStates)
            Array.Resize(ref _known, Math.Max(cluster.UsableStates, 2 * _known.Length));
        ClusterNode? best = null;
        Choice chosen = new(double.NegativeInfinity, 0);
        foreach (ClusterNode node in cluster.Nodes)
        {
            if (ask.MemoryMiB > node.MemoryMiB)
                continue;
            Choice choice = Score(node.Shared, ask, shape);
            if (choice.Score > chosen.Score)
                (best, chosen) = (node, choice);
        }
        return best is null ? null : (best, chosen.Device);
    }

    // Memory is asked of each node, so it takes no part in the score.
    private int Shape(NodeAsk ask)
    {
        NodeAsk shape = ask with { MemoryMiB = 0 };
        if (!_shapes.TryGetValue(shape, out int number))
            _shapes.Add(shape, number = _shapes.Count);
        return number;
    }

    private Choice Score(SharedState node, NodeAsk ask, int shape)
    {
        ref Known known = ref _known[node.Number];
        if (known.State != node)
            known = new Known(node, []);
        if (known.ByShape.Length <= shape)
        {
            int from = known.ByShape.Length;
            Choice[] grown = known.ByShape;
            Array.Resize(ref grown, Math.Max(shape + 1, _shapes.Count));
            Array.Fill(grown, Unknown, from, grown.Length - from);
            known = new Known(node, grown);
        }
        ref Choice choice = ref known.ByShape[shape];
        if (double.IsNaN(choice.Score))
            choice = node.State.Fits(ask) ? score.Of(node.State, ask) : Unfit;
        return choice;
    }

    private static readonly Choice Unknown = new(double.NaN, 0), Unfit = new(double.NegativeInfinity, 0);

    private readonly record struct Known(SharedState State, Choice[] ByShape);
}
