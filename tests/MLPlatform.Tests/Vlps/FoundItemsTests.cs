using MLPlatform.Vlps.Metrics;
using Xunit;

namespace MLPlatform.Tests.Vlps;

public sealed class FoundItemsTests
{
    [Fact]
    public void Figures_are_means_over_queries_at_each_length()
    {
        var figures = new FoundItems([1, 3]);
        figures.Add([7, 2, 5], [2, 5, 9]);       // Found at 2 and 3, of three.
        figures.Add([4], [4]);                   // Found at 1, the only one.
        figures.Add([1, 2, 3], [-1, -1]);        // None of these can be found.
        double third = (1 / Math.Log2(3)) + (1 / Math.Log2(4)), best = 1 + third;
        Assert.Equal(3, figures.Queries);
        AssertEqual(new FoundFigures(1, 1 / 3.0, 1 / 3.0, 1 / 3.0, 1 / 3.0), figures.Figures[0]);
        AssertEqual(new FoundFigures(3, ((2 / 3.0) + 1) / 3, 2 / 3.0, ((third / best) + 1) / 3, (0.5 + 1) / 3), figures.Figures[1]);
    }

    private static void AssertEqual(FoundFigures expected, FoundFigures found)
    {
        Assert.Equal(expected.K, found.K);
        Assert.Equal([expected.Recall, expected.HitRate, expected.Ndcg, expected.Mrr], [found.Recall, found.HitRate, found.Ndcg, found.Mrr], (a, b) => Math.Abs(a - b) < 1e-12);
    }
}
