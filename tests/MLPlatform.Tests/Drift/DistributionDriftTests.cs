using CsCheck;
using MLPlatform.Core.Drift;
using Xunit;

namespace MLPlatform.Tests.Drift;

/// <summary>What is kept of a distribution says nearly what the values themselves say.</summary>
public sealed class DistributionDriftTests
{
    [Fact]
    public void Quantiles_and_histograms_tell_about_what_all_values_tell() =>
        Gen.Select(Gen.Int[1, 1000], Gen.Double[0, 2], Gen.Double[0.5, 2]).Sample((seed, shift, scale) =>
        {
            double[] reference = Normal(seed, 4000, 0, 1), own = Normal(seed + 5000, 3000, shift, scale);
            OrderedDrift exact = new(own.Length, reference.Length, 10, v => "");
            foreach (IGrouping<double, (double Value, bool Mine)> equal in own.Select(v => (v, true)).Concat(reference.Select(v => (v, false))).GroupBy(v => v.Item1).OrderBy(g => g.Key))
                exact.Add(equal.Key, equal.Count(v => v.Mine), equal.Count(v => !v.Mine));
            double psi = DriftFigures.Psi(exact.Complete());

            foreach ((Distribution before, Distribution now) in new (Distribution, Distribution)[] { (Quantiles(reference), Quantiles(own)), (Histogram(reference), Histogram(own)) })
            {
                DistributionDrift found = DistributionDrift.Between(before, now)!;
                Assert.True(Math.Abs(found.Ks!.Value - exact.Ks) < 0.03, $"{before.GetType().Name}: KS {found.Ks}, not {exact.Ks}");
                Assert.True(Math.Abs(found.Psi - psi) < 0.05 + 0.2 * psi, $"{before.GetType().Name}: PSI {found.Psi}, not {psi}");
            }
        }, iter: 15);

    [Fact]
    public void Values_that_are_nearly_all_equal_are_compared_on_both_sides_of_the_jump()
    {
        Distribution zeros = new Distribution.Quantiles(100, 0, [0, 0, 0, 0, 0]), spread = new Distribution.Quantiles(100, 0, [-4, -3, -2, -1, 0]);
        // Just below 0 the one has nothing yet, the other all of it.
        Assert.Equal(1, DistributionDrift.Between(zeros, spread)!.Ks!.Value, 9);
        Assert.Equal(1, DistributionDrift.Between(spread, zeros)!.Ks!.Value, 9);
        Assert.Equal((0, 0), (DistributionDrift.Between(zeros, zeros)!.Ks, DistributionDrift.Between(zeros, zeros)!.Psi));
    }

    [Fact]
    public void Categories_have_an_index_and_no_distance()
    {
        Distribution before = new Distribution.Categories(100, 0, new Dictionary<string, double> { ["a"] = 0.25, ["b"] = 0.75 });
        Distribution now = new Distribution.Categories(10, 0, new Dictionary<string, double> { ["a"] = 0.5, ["b"] = 0.5 });
        DistributionDrift drift = DistributionDrift.Between(before, now)!;
        Assert.Equal(0.25 * Math.Log(3), drift.Psi, 12);
        Assert.Null(drift.Ks);
    }

    [Fact]
    public void What_cannot_be_compared_is_not()
    {
        Distribution numbers = new Distribution.Quantiles(10, 0, [1, 2]), texts = new Distribution.Categories(10, 0, new Dictionary<string, double> { ["a"] = 1 });
        Assert.Null(DistributionDrift.Between(numbers, texts));
        Assert.Null(DistributionDrift.Between(new Distribution.Quantiles(0, 0, []), numbers));
        // A side with missing values alone still moved.
        DistributionDrift gone = DistributionDrift.Between(numbers, new Distribution.Quantiles(10, 10, []))!;
        Assert.True(gone.Psi > 5 && gone.Ks is null, $"{gone}");
    }

    private static Distribution.Quantiles Quantiles(double[] values)
    {
        double[] sorted = [.. values.Order()];
        return new Distribution.Quantiles(values.Length, 0, [.. Enumerable.Range(0, 101).Select(p => sorted[p * (sorted.Length - 1) / 100])]);
    }

    private static Distribution.Histogram Histogram(double[] values)
    {
        double low = values.Min(), width = (values.Max() - low) / 200;
        long[] counts = new long[200];
        foreach (double value in values)
            counts[Math.Min(199, (int)((value - low) / width))]++;
        return new Distribution.Histogram(values.Length, 0, [.. Enumerable.Range(0, 201).Select(i => low + i * width)], counts);
    }

    private static double[] Normal(int seed, int count, double shift, double scale)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => shift + scale * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))];
    }
}
