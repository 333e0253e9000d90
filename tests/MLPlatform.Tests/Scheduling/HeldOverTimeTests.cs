using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Budgets;
using Xunit;

namespace MLPlatform.Tests.Scheduling;

public sealed class HeldOverTimeTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private static HeldSpan Span(double from, double to, string pool = "p", string group = "g", int gpu = 0) =>
        new(pool, group, new Amount(2000, 100, gpu), Noon.AddHours(from), Noon.AddHours(to));

    [Fact]
    public void A_step_holds_as_much_as_of_it_was_covered()
    {
        HeldSeries series = Assert.Single(HeldOverTime.Of([Span(0.5, 2.25)], s => s.Pool, Noon, Noon.AddHours(4), 4));
        Assert.Equal([1, 2, 0.5, 0], series.Cpu);
        Assert.Equal([50, 100, 25, 0], series.Memory);
    }

    [Fact]
    public void What_began_before_or_ends_after_counts_within_alone_and_names_are_apart()
    {
        IReadOnlyList<HeldSeries> series = HeldOverTime.Of(
            [Span(-5, 1, group: "b", gpu: 1000), Span(1, 99, group: "a"), Span(1, 99, group: "a", gpu: 500), Span(-9, -8, group: "c"), Span(8, 9, group: "c")],
            s => s.Group, Noon, Noon.AddHours(2), 2);
        Assert.Equal(["a", "b"], series.Select(s => s.Name));
        Assert.Equal([0, 4], series[0].Cpu);
        Assert.Equal([0, 0.5], series[0].Gpu);
        Assert.Equal([1, 0], series[1].Gpu);
    }
}
