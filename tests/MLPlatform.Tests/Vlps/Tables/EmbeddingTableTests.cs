using MLPlatform.Vlps;
using MLPlatform.Vlps.Tables;
using Xunit;
using static MLPlatform.Tests.Vlps.Tables.SmallTables;

namespace MLPlatform.Tests.Vlps.Tables;

public sealed class EmbeddingTableTests
{
    [Fact]
    public void Every_id_keeps_a_row_of_its_own_however_far_the_table_grows()
    {
        using var table = new EmbeddingTable(Options());
        ulong[] ids = Ids(1, 200_000);
        uint[] first = table.Add(ids, stamp: 1);
        Assert.Equal(ids.Length, first.Distinct().Count());
        Assert.Equal(first, table.Rows(ids));
        Assert.Equal(first, table.Add(ids, stamp: 2));
        Assert.Equal(ids.Length, table.Count);
        Assert.Equal([EmbeddingTable.NoRow], table.Rows(0));
        Assert.Equal(2u, table.Stamp(first[77]));
        Assert.Equal(2, table.Seen(first[77]));
    }

    [Fact]
    public void What_a_row_begins_as_depends_on_seed_and_id_alone()
    {
        using var table = new EmbeddingTable(Options());
        using var other = new EmbeddingTable(Options(partitionBits: 3));
        using var reseeded = new EmbeddingTable(Options() with { Seed = 2 });
        ulong[] ids = Ids(1, 5000);
        uint[] rows = table.Add(ids, 1), backwards = other.Add([.. ids.Reverse()], 1), seeded = reseeded.Add(ids, 1);
        Assert.Equal(table.Bytes(rows[10]), other.Bytes(backwards[^11]));
        Assert.NotEqual(table.Bytes(rows[10]), reseeded.Bytes(seeded[10]));
    }

    [Fact]
    public void First_factors_fill_the_scale_evenly_and_sums_begin_as_declared()
    {
        var layout = new RowLayout(16, Precision.Float32, RowOptimizer.AdagradFull, linear: true);
        using var table = new EmbeddingTable(Options() with { Layout = layout, FactorScale = 0.5f, FirstSquares = 0.25f });
        float[][] rows = [.. table.Add(Ids(1, 2000), 1).Select(r => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(table.Bytes(r)).ToArray())];
        float[] factors = [.. rows.SelectMany(r => r[(layout.FactorsOffset / 4)..][..16])];
        Assert.InRange(factors.Min(), -0.5f, -0.499f);
        Assert.InRange(factors.Max(), 0.499f, 0.5f);
        Assert.InRange(factors.Average(), -0.01, 0.01);
        Assert.All(rows[7][(layout.FactorStateOffset / 4)..], square => Assert.Equal(0.25f, square));
        Assert.Equal((0f, 0.25f), (rows[7][layout.LinearOffset / 4], rows[7][layout.LinearStateOffset / 4]));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(21)]
    public void First_factors_in_16_bits_are_those_in_32_rounded(int dim)
    {
        using var narrow = new EmbeddingTable(Options() with { Layout = new RowLayout(dim, Precision.BFloat16, RowOptimizer.Adagrad, linear: true) });
        using var wide = new EmbeddingTable(Options() with { Layout = new RowLayout(dim, Precision.Float32, RowOptimizer.Adagrad, linear: true) });
        ulong[] ids = Ids(1, 500);
        foreach ((uint a, uint b) in narrow.Add(ids, 1).Zip(wide.Add(ids, 1)))
        {
            byte[] shorts = narrow.Bytes(a)[narrow.Layout.FactorsOffset..], floats = wide.Bytes(b)[wide.Layout.FactorsOffset..];
            for (int i = 0; i < dim; i++)
                Assert.Equal(BFloat.Nearest(BitConverter.ToSingle(floats, 4 * i)), BitConverter.ToUInt16(shorts, 2 * i));
        }
    }

    [Fact]
    public void An_id_gets_its_row_when_it_was_counted_often_enough()
    {
        using var table = new EmbeddingTable(Options() with { MinCount = 5 });
        Assert.Equal([EmbeddingTable.NoRow, EmbeddingTable.NoRow], table.Add([1, 2], 1, [4, 1]));
        Assert.Equal([EmbeddingTable.NoRow], table.Rows(1));
        uint[] rows = table.Add([1, 2, 3], 2, [1, 3, 9]);
        Assert.Equal([true, false, true], rows.Select(r => r != EmbeddingTable.NoRow));
        Assert.Equal(5, table.Seen(rows[0]));
        Assert.Equal(9, table.Seen(rows[2]));
        Assert.Equal(2, table.Count);
    }

    [Fact]
    public void A_full_table_that_refuses_keeps_to_its_ceiling_and_goes_on_with_the_ids_it_has()
    {
        const long Ceiling = 3 << 20;
        using var table = new EmbeddingTable(Options() with { MaxBytes = Ceiling });
        uint[] rows = table.Add(Ids(1, 200_000), 1);
        Assert.InRange(table.Bytes, Ceiling * 9 / 10, Ceiling);
        Assert.Equal(table.Count, rows.Count(r => r != EmbeddingTable.NoRow));
        Assert.Equal(rows, table.Add(Ids(1, 200_000), 2));
    }

    [Fact]
    public void Counters_of_rare_ids_fade_where_a_full_table_has_no_room_for_them()
    {
        const long Ceiling = 1 << 20;
        using var table = new EmbeddingTable(Options() with { MaxBytes = Ceiling, MinCount = 3 });
        table.Add(Ids(1, 1_000_000), 1);
        Assert.Equal(0, table.Count);
        Assert.InRange(table.Bytes, 0, Ceiling);
        table.Add([5], 2, [3]);
        Assert.NotEqual(EmbeddingTable.NoRow, table.Rows(5)[0]);
    }

    [Fact]
    public void Threads_with_partitions_of_their_own_make_the_same_table_as_one()
    {
        using var alone = new EmbeddingTable(Options(partitionBits: 3));
        using var shared = new EmbeddingTable(Options(partitionBits: 3));
        ulong[] ids = Ids(1, 100_000);
        uint[] rows = alone.Add(ids, 1);
        var found = new Dictionary<ulong, uint>[4];
        Parallel.For(0, 4, thread =>
        {
            ulong[] own = [.. ids.Where(id => shared.PartitionOf(id) % 4 == thread)];
            found[thread] = own.Zip(shared.Add(own, 1)).ToDictionary(p => p.First, p => p.Second);
        });
        Dictionary<ulong, uint> all = found.SelectMany(f => f).ToDictionary();
        Assert.Equal(rows, ids.Select(id => all[id]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1001)]
    public void An_option_out_of_range_is_refused_by_name(int minCount)
    {
        VlpsException problem = Assert.Throws<VlpsException>(() => new EmbeddingTable(Options() with { MinCount = minCount }));
        Assert.Equal(VlpsProblem.Option, problem.Problem);
        Assert.Contains("MinCount", problem.Message, StringComparison.Ordinal);
    }
}
