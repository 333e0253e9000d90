using MLPlatform.Vlps.Tables;
using Xunit;
using static MLPlatform.Tests.Vlps.Tables.SmallTables;

namespace MLPlatform.Tests.Vlps.Tables;

public sealed class TableSizeTests
{
    [Theory]
    [InlineData(150_000)]
    [InlineData(210_000)]
    [InlineData(300_000)]
    [InlineData(430_000)]
    public void What_a_table_takes_is_known_before_to_a_few_per_cent(int features)
    {
        using var table = new EmbeddingTable(Options());
        table.Add(Ids(1, features), 1);
        var size = new TableSize(table.Layout, features, partitionBits: 1);
        Assert.InRange(table.Bytes, size.MemoryBytes * 0.97, size.MemoryBytes * 1.03);
        Assert.InRange(size.BytesAFeature - table.Layout.Bytes, 12, 14);
    }

    [Fact]
    public void A_feature_of_dim_16_takes_less_than_80_bytes_with_its_state_and_index()
    {
        var layout = new RowLayout(16, Precision.BFloat16, RowOptimizer.Adagrad, linear: true);
        Assert.InRange(new TableSize(layout, 200_000_000).BytesAFeature, 64, 80);
        Assert.Equal(11, TableSize.Machines(layout, 30_000_000_000, 256L << 30, 0.8));
    }
}
