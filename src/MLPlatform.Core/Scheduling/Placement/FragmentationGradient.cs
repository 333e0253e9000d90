namespace MLPlatform.Core.Scheduling.Placement;

/// <summary>FGD as published: the node whose fragments grow least, on a scale of whole numbers from 0 to 100.</summary>
public sealed class FragmentationGradient(Workload workload) : PlacementScore
{
    private readonly Fragmentation _fragmentation = new(workload);

    public override Choice Of(NodeState node, NodeAsk ask)
    {
        double before = _fragmentation.Of(node);
        return Best(node, ask, after => (int)(100 / (1 + Math.Exp((_fragmentation.Of(after) - before) / NodeKind.Device))));
    }
}
