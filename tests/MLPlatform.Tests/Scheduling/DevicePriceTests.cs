using MLPlatform.Core.Scheduling.Placement;
using Xunit;

namespace MLPlatform.Tests.Scheduling;

/// <summary>What devices are worth where some asks accept one model alone.</summary>
public sealed class DevicePriceTests
{
    private static readonly NodeKind Plenty = new(96_000, 1000, 8, "A"), Short = new(96_000, 1000, 8, "B");
    private static readonly NodeAsk Any = new(8_000, 1, 1, 1000, ""), Bound = new(8_000, 1, 1, 1000, "B");

    [Fact]
    public void Devices_that_bound_asks_would_miss_are_worth_a_device_and_others_next_to_nothing()
    {
        // Ten nodes of the one and two of the other: 16 devices, and 30 % of what comes depends on them.
        NodeKind[] nodes = [.. Enumerable.Repeat(Plenty, 10), .. Enumerable.Repeat(Short, 2)];
        DevicePrices prices = new(Workload.Of([.. Enumerable.Repeat(Any, 70), .. Enumerable.Repeat(Bound, 30)]), nodes);
        Assert.InRange(prices.Of(Short), 0.8, 1.2);
        Assert.InRange(prices.Of(Plenty), 0, 0.1);
    }

    [Fact]
    public void Where_nobody_depends_on_a_model_none_is_dear()
    {
        NodeKind[] nodes = [.. Enumerable.Repeat(Plenty, 10), .. Enumerable.Repeat(Short, 2)];
        DevicePrices prices = new(Workload.Of([.. Enumerable.Repeat(Any, 100)]), nodes);
        Assert.InRange(prices.Of(Short), 0, 0.15);
        Assert.InRange(prices.Of(Plenty), 0, 0.15);
    }

    [Fact]
    public void The_default_leaves_the_dear_devices_to_those_who_depend_on_them()
    {
        ClusterNode[] nodes = [new("b", Short), new("a", Plenty)];
        Workload workload = Workload.Of([.. Enumerable.Repeat(Any, 30), .. Enumerable.Repeat(Bound, 70)]);
        Cluster cluster = new(nodes);
        ScoredPicker picker = new(new ReservingGradient(workload, nodes.Select(n => n.Kind)));
        Assert.Equal("a", picker.Pick(cluster, Any)!.Value.Node.Name);
        Assert.Equal("b", picker.Pick(cluster, Bound)!.Value.Node.Name);
    }

    [Fact]
    public void Without_devices_nothing_is_worth_anything()
    {
        DevicePrices prices = new(Workload.Of([new NodeAsk(1000, 1, 0, 0, "")]), [new NodeKind(8_000, 100, 0, "")]);
        Assert.Equal(0, prices.Of(new NodeKind(8_000, 100, 0, "")));
    }
}
