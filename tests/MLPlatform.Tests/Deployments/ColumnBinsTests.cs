using MLPlatform.Core.Deployments;
using Xunit;

namespace MLPlatform.Tests.Deployments;

public sealed class ColumnBinsTests
{
    [Fact]
    public void Every_value_has_a_bin_and_missing_ones_their_own()
    {
        Random random = new(1);
        for (int i = 0; i < 10_000; i++)
        {
            double value = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            Assert.InRange(ColumnBins.Of(value), 0, double.IsFinite(value) ? ColumnBins.Count - 1 : ColumnBins.Missing);
            Assert.InRange(ColumnBins.Of(random.NextInt64(long.MinValue, long.MaxValue)), 0, ColumnBins.Count - 1);
        }
        Assert.Equal(ColumnBins.Missing, ColumnBins.Of(double.NaN));
    }

    [Fact]
    public void Numbers_keep_their_order() =>
        Assert.Equal(Order([-1e9, -30, -2, -0.4, 0, 0.4, 2, 30, 1e6]), Order([-1e9, -30, -2, -0.4, 0, 0.4, 2, 30, 1e6]).Order());

    [Fact]
    public void Small_whole_numbers_have_bins_of_their_own()
    {
        Assert.Equal(24, Enumerable.Range(0, 24).Select(i => ColumnBins.Of((long)i)).Distinct().Count());
        Assert.DoesNotContain(ColumnBins.Of(1_000_000L), Enumerable.Range(0, 24).Select(i => (byte)i));
        Assert.NotEqual(ColumnBins.Of(100L), ColumnBins.Of(100_000L));
    }

    private static byte[] Order(double[] values) => [.. values.Select(ColumnBins.Of)];
}
