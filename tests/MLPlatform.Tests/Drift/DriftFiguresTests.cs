using MLPlatform.Core.Drift;
using Xunit;

namespace MLPlatform.Tests.Drift;

/// <summary>The expected figures come from SciPy 1.10 and NumPy: stats.ks_2samp, special.kolmogorov, quantile(method='inverted_cdf').</summary>
public sealed class DriftFiguresTests
{
    private static readonly double[] Own = [.. Enumerable.Range(0, 400).Select(i => i * 7919 % 1009 / 10.0)];
    private static readonly double[] Other = [.. Enumerable.Range(0, 300).Select(i => i * 104729 % 1013 / 9.5 + (i % 3 == 0 ? 5 : 0))];

    [Fact]
    public void Distance_and_index_are_those_of_scipy_and_numpy()
    {
        OrderedDrift drift = Compare(Own, Other, 10);
        IReadOnlyList<DriftBin> bins = drift.Complete();

        Assert.Equal(0.07166666666666666, drift.Ks, 14);
        Assert.Equal([46, 40, 44, 40, 41, 46, 42, 41, 45, 15], bins.Select(b => b.Rows));
        Assert.Equal(Enumerable.Repeat(30L, 10), bins.Select(b => b.ReferenceRows));
        Assert.Equal(0.06828749021203472, DriftFigures.Psi(bins), 14);
        Assert.Equal(0.3420168504377754, DriftFigures.KsPValue(drift.Ks, 400, 300), 12);
    }

    [Theory]
    [InlineData(0.1, 1.0)]
    [InlineData(0.2, 0.999999999999495)]
    [InlineData(0.3, 0.9999906941986655)]
    [InlineData(0.5, 0.9639452436648751)]
    [InlineData(0.8276, 0.49995841656354456)]
    [InlineData(1, 0.26999967167735456)]
    [InlineData(2, 0.0006709252557796953)]
    public void The_chance_of_a_distance_is_kolmogorovs(double lambda, double expected) =>
        // With n = m = 2 the effective size is 1, so that the distance is λ itself.
        Assert.Equal(expected, DriftFigures.KsPValue(lambda, 2, 2), 12);

    [Fact]
    public void Equal_samples_do_not_differ_and_separate_ones_differ_as_much_as_can_be()
    {
        OrderedDrift same = Compare(Own, Own, 10);
        Assert.Equal((0, 0), (same.Ks, DriftFigures.Psi(same.Complete())));
        Assert.Equal(1, Compare([1, 2, 3], [10, 20], 2).Ks);
    }

    [Fact]
    public void An_index_by_hand()
    {
        // (0.5 - 0.25) ln(0.5 / 0.25) + (0.5 - 0.75) ln(0.5 / 0.75) = 0.25 ln 2 + 0.25 ln 1.5
        Assert.Equal(0.25 * Math.Log(3), DriftFigures.Psi([new("a", 5, 25), new("b", 5, 75)]), 14);
        // An empty bin counts as a share of 0.0001.
        Assert.Equal((1e-4 - 0.5) * Math.Log(1e-4 / 0.5) + 0.5 * Math.Log(2), DriftFigures.Psi([new("a", 0, 1), new("b", 7, 1)]), 14);
    }

    [Fact]
    public void A_reference_of_few_values_has_few_bins()
    {
        OrderedDrift drift = Compare([0, 1, 5], [0, 0, 0, 0, 0, 0, 0, 1, 1, 2], 10);

        Assert.Equal([("≤ 0", 1, 7), ("0 – 1", 1, 2), ("> 1", 1, 1)], drift.Complete().Select(b => (b.Values, (int)b.Rows, (int)b.ReferenceRows)));
    }

    private static OrderedDrift Compare(double[] own, double[] other, int bins)
    {
        OrderedDrift drift = new(own.Length, other.Length, bins, v => FormattableString.Invariant($"{v}"));
        foreach (double value in own.Concat(other).Distinct().Order())
            drift.Add(value, own.Count(v => v == value), other.Count(v => v == value));
        return drift;
    }
}
