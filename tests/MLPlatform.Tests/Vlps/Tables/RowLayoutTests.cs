using MLPlatform.Vlps;
using MLPlatform.Vlps.Tables;
using Xunit;

namespace MLPlatform.Tests.Vlps.Tables;

public sealed class RowLayoutTests
{
    private static readonly int[] Dims = [0, 1, 3, 8, 16, 33, 256];
    private static readonly bool[] WithOrWithout = [true, false];

    [Theory]
    [InlineData(16, Precision.BFloat16, RowOptimizer.Adagrad, true, 64)]
    [InlineData(16, Precision.BFloat16, RowOptimizer.Adagrad, false, 64)]
    [InlineData(16, Precision.Float32, RowOptimizer.Adagrad, true, 96)]
    [InlineData(16, Precision.Float32, RowOptimizer.AdagradFull, true, 160)]
    [InlineData(8, Precision.Float32, RowOptimizer.Ftrl, true, 128)]
    [InlineData(8, Precision.Float32, RowOptimizer.Adam, false, 112)]
    [InlineData(0, Precision.Float32, RowOptimizer.Adagrad, true, 32)]
    [InlineData(0, Precision.Float32, RowOptimizer.Ftrl, true, 32)]
    [InlineData(1, Precision.BFloat16, RowOptimizer.LazyAdam, true, 64)]
    public void A_row_takes_so_many_bytes(int dim, Precision precision, RowOptimizer optimizer, bool linear, int bytes) =>
        Assert.Equal(bytes, new RowLayout(dim, precision, optimizer, linear).Bytes);

    [Fact]
    public void No_two_parts_of_a_row_overlap()
    {
        foreach (RowLayout layout in Layouts())
        {
            bool[] taken = new bool[layout.Bytes];
            (int From, int Bytes)[] parts =
            [
                (0, RowLayout.HeaderBytes), (layout.LinearOffset, layout.Linear ? 4 : 0), (layout.LinearStateOffset, layout.LinearStateBytes),
                (layout.FactorsOffset, layout.FactorBytes), (layout.FactorStateOffset, layout.FactorStateBytes),
            ];
            foreach ((int from, int bytes) in parts)
            {
                Assert.DoesNotContain(true, taken[from..(from + bytes)]);
                Array.Fill(taken, true, from, bytes);
            }
        }
    }

    [Theory]
    [InlineData(-1, true)]
    [InlineData(257, true)]
    [InlineData(0, false)]
    public void A_row_that_cannot_be_is_refused(int dim, bool linear) =>
        Assert.Equal(VlpsProblem.Option, Assert.Throws<VlpsException>(() => new RowLayout(dim, Precision.Float32, RowOptimizer.Adagrad, linear)).Problem);

    private static IEnumerable<RowLayout> Layouts() =>
        from dim in Dims
        from precision in Enum.GetValues<Precision>()
        from optimizer in Enum.GetValues<RowOptimizer>()
        from linear in WithOrWithout
        where dim > 0 || linear
        select new RowLayout(dim, precision, optimizer, linear);
}
