namespace MLPlatform.Core.Scheduling.Placement;

/// <summary>
/// The default: the node that loses least. A place costs the fragments that it makes (<see cref="Fragmentation"/>), the
/// idle devices that it leaves without the cores which asks bring with a device, and the worth of the devices that it
/// takes (<see cref="DevicePrices"/>), so that models which some asks depend on are left for those. All three follow from the workload.
/// </summary>
/// <param name="kinds">The kinds of all nodes, each as often as there are such nodes.</param>
public sealed class ReservingGradient(Workload workload, IEnumerable<NodeKind> kinds) : PlacementScore
{
    // A device that waits for cores is lost for all who come, a fragment for some; and a price is what one device more costs on average.
    private const double Stranding = 2, Price = 2;

    // Thousandths of a device. Nodes that differ by less are alike, and the first is filled further.
    private const double Step = 10;

    private readonly Fragmentation _fragmentation = new(workload);
    private readonly DevicePrices _prices = new(workload, kinds);

    public override Choice Of(NodeState node, NodeAsk ask)
    {
        double before = Lost(node), price = Price * _prices.Of(node.Kind) * ask.TotalMilliGpu;
        return Best(node, ask, after => -Math.Round((Lost(after) - before + price) / Step));
    }

    private double Lost(NodeState node) => _fragmentation.Of(node) + (Stranding * Stranded(node));

    // In thousandths of devices; thousandths of cores are as many devices as cores.
    private double Stranded(NodeState node) =>
        workload.CoresPerDevice == 0 ? 0 : Math.Max(0, node.MilliGpu - (node.MilliCpu / workload.CoresPerDevice));
}
