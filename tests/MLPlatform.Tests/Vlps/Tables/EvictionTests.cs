using MLPlatform.Vlps.Tables;
using Xunit;
using static MLPlatform.Tests.Vlps.Tables.SmallTables;

namespace MLPlatform.Tests.Vlps.Tables;

public sealed class EvictionTests
{
    [Fact]
    public void A_sweep_by_age_drops_what_was_not_touched_and_leaves_tombstones()
    {
        using var table = new EmbeddingTable(Options());
        table.Add(Ids(1, 10_000), stamp: 1);
        uint[] kept = table.Add(Ids(1, 4000), stamp: 10);
        Assert.Equal(6000, table.Evict(new EvictionRule { MaxAge = 5 }, stamp: 12));
        Assert.Equal(4000, table.Count);
        Assert.Equal(kept, table.Rows(Ids(1, 4000)));
        Assert.All(table.Rows(Ids(4001, 6000)), row => Assert.Equal(EmbeddingTable.NoRow, row));
        Assert.Equal(Ids(4001, 6000), table.TombstonesAfter(11).Select(t => t.Id).Order());
        Assert.Empty(table.TombstonesAfter(12));
        table.ForgetTombstones(12);
        Assert.Empty(table.TombstonesAfter(0));
    }

    [Fact]
    public void Freed_rows_are_used_again()
    {
        using var table = new EmbeddingTable(Options());
        table.Add(Ids(1, 10_000), stamp: 1);
        long bytes = table.Bytes;
        table.Evict(new EvictionRule { MaxAge = 1 }, stamp: 9);
        table.Add(Ids(50_000, 9000), stamp: 10);
        Assert.Equal(9000, table.Count);
        Assert.InRange(table.Bytes, bytes, bytes * 21 / 20);
    }

    [Fact]
    public void A_sweep_by_norm_spares_the_young()
    {
        using var table = new EmbeddingTable(Options() with { FactorScale = 0, MinAge = 3 });
        uint[] rows = table.Add(Ids(1, 100), stamp: 1);
        for (int i = 0; i < 50; i++)
            table.Linear(rows[i]) = 0.5f;
        table.Add(Ids(200, 20), stamp: 8);
        Assert.Equal(50, table.Evict(new EvictionRule { MinNorm = 0.1f }, stamp: 10));
        Assert.Equal(rows[..50], table.Rows(Ids(1, 50)));
        Assert.DoesNotContain(EmbeddingTable.NoRow, table.Rows(Ids(200, 20)));
    }

    [Fact]
    public void The_floor_holds_and_the_oldest_go_first()
    {
        using var table = new EmbeddingTable(Options());
        for (uint stamp = 1; stamp <= 10; stamp++)
            table.Add(Ids((int)stamp * 1000, 100), stamp);
        Assert.Equal(350, table.Evict(new EvictionRule { MaxAge = 0, MinRows = 650 }, stamp: 100));
        Assert.Equal(650, table.Count);
        for (int stamp = 1; stamp <= 10; stamp++)
            Assert.Equal(stamp <= 3 ? 100 : stamp == 4 ? 50 : 0, table.Rows(Ids(stamp * 1000, 100)).Count(r => r == EmbeddingTable.NoRow));
    }

    [Fact]
    public void A_full_table_drops_old_rows_for_new_ids_but_none_of_the_call_under_way()
    {
        const long Ceiling = 2 << 20;
        using var table = new EmbeddingTable(Options() with { MaxBytes = Ceiling, WhenFull = WhenFull.Evict });
        for (uint stamp = 1; stamp <= 60; stamp++)
        {
            ulong[] ids = Ids((int)stamp * 10_000, 2000);
            uint[] rows = table.Add(ids, stamp);
            Assert.DoesNotContain(EmbeddingTable.NoRow, rows);
            Assert.Equal(rows, table.Rows(ids));
            Assert.InRange(table.Bytes, 0, Ceiling);
        }
        Assert.DoesNotContain(EmbeddingTable.NoRow, table.Rows(Ids(600_000, 2000)));
        Assert.Equal(60 * 2000 - table.Count, table.TombstonesAfter(0).Count());
        Assert.Contains(EmbeddingTable.NoRow, table.Rows(Ids(10_000, 2000)));
    }

    [Fact]
    public void A_full_table_whose_rows_are_all_young_refuses()
    {
        using var table = new EmbeddingTable(Options() with { MaxBytes = 1 << 20, WhenFull = WhenFull.Evict });
        uint[] rows = table.Add(Ids(1, 100_000), stamp: 1);
        Assert.Contains(EmbeddingTable.NoRow, rows);
        Assert.Equal(rows, table.Rows(Ids(1, 100_000)));
    }

    [Fact]
    public void Counters_fade_when_asked_to()
    {
        using var table = new EmbeddingTable(Options() with { MinCount = 4 });
        table.Add([1, 2], 1, [3, 1]);
        table.Evict(new EvictionRule { FadeCounters = true }, 1);
        Assert.Equal([EmbeddingTable.NoRow], table.Add([1], 2, [2]));
        Assert.NotEqual([EmbeddingTable.NoRow], table.Add([1], 2, [1]));
    }
}
