using MLPlatform.Vlps.Tables;
using Xunit;
using static MLPlatform.Tests.Vlps.Tables.SmallTables;

namespace MLPlatform.Tests.Vlps.Tables;

/// <summary>Checkpoints that are larger than the table which evicts that they are loaded into.</summary>
public sealed class CrowdedLoadTests : IDisposable
{
    private const int Each = 4000;
    private const uint Stamps = 10;

    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-crowded-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(4, 4, false)]
    [InlineData(4, 4, true)]
    [InlineData(1, 1, true)]
    [InlineData(0, 3, false)]
    [InlineData(1, 0, true)]
    public void The_newest_rows_stay_and_all_others_are_named(int savedBits, int bits, bool settled)
    {
        using EmbeddingTable table = Filled(savedBits);
        Save(table, settled);
        long ceiling = table.Bytes / 2;
        using EmbeddingTable loaded = Load(ceiling, bits);
        Assert.InRange(loaded.Bytes, 0, ceiling);
        Assert.InRange(loaded.Count, MostIn(loaded) * 75 / 100, MostIn(loaded));
        Assert.Equal(Gone(table, loaded), loaded.TombstonesAfter(Stamps).Select(t => t.Id).Order());
        Assert.Equal(table.Count, loaded.Count + loaded.TombstonesAfter(0).Count());
        // In each partition all of the newest, none of the oldest, and a part of one age between them.
        uint[] ages = [.. Enumerable.Range(1, (int)Stamps).Select(stamp => (uint)stamp)];
        foreach (IGrouping<int, (ulong Id, uint Stamp)> part in ages.SelectMany(stamp => IdsOf(stamp).Select(id => (id, stamp))).GroupBy(row => loaded.PartitionOf(row.id)))
        {
            bool[] kept = [.. part.Select(row => loaded.Rows(row.Id)[0] != EmbeddingTable.NoRow)];
            uint oldest = part.Where((_, i) => kept[i]).Min(row => row.Stamp);
            Assert.Empty(part.Where((row, i) => !kept[i] && row.Stamp > oldest));
        }
        Assert.All(Enumerable.Range(1, (int)Stamps), stamp => Assert.All(loaded.Rows(IdsOf((uint)stamp)).Where(r => r != EmbeddingTable.NoRow), row => Assert.Equal(stamp, loaded.Linear(row))));
    }

    [Fact]
    public void What_stays_is_not_a_matter_of_the_order_in_the_file()
    {
        using EmbeddingTable table = Filled(4);
        Save(table, settled: false);
        using EmbeddingTable one = Load(table.Bytes / 3, 4);
        Save(table, settled: true);
        using EmbeddingTable other = Load(table.Bytes / 3, 4);
        Assert.Equal((one.Count, one.Digest()), (other.Count, other.Digest()));
    }

    [Fact]
    public void A_full_table_comes_back_whole_also_from_a_delta()
    {
        using var table = new EmbeddingTable(Options(4) with { MaxBytes = 2 << 20, WhenFull = WhenFull.Evict });
        for (uint stamp = 1; stamp <= Stamps; stamp++)
            table.Add(IdsOf(stamp), stamp);
        TableCheckpoint.SaveFull(table, At("full"), Stamps);
        for (uint stamp = 11; stamp <= 14; stamp++)
            table.Add([.. IdsOf(stamp), .. IdsOf(10)], stamp);
        TableCheckpoint.SaveDelta(table, At("delta"), Stamps, 14);
        (EmbeddingTable loaded, uint at) = TableCheckpoint.Load(At("full"), _ => table.Options);
        using EmbeddingTable back = loaded;
        TableCheckpoint.Apply(back, at, At("delta"));
        Assert.Equal((table.Count, table.Digest()), (back.Count, back.Digest()));
        Assert.Equal(table.TombstonesAfter(0).OrderBy(t => (t.Id, t.Stamp)), back.TombstonesAfter(0).OrderBy(t => (t.Id, t.Stamp)));
    }

    [Fact]
    public void Parts_and_deltas_push_out_what_is_older_whichever_came_first()
    {
        using EmbeddingTable table = Filled(4);
        TableCheckpoint.SaveFull(table, At("full"), Stamps);
        foreach (uint row in table.Add([.. IdsOf(1), .. IdsOf(11)], 11))
            table.Linear(row) = 11;
        TableCheckpoint.SaveDelta(table, At("delta"), Stamps, 11);
        for (int shard = 0; shard < 2; shard++)
        {
            int own = shard;
            using EmbeddingTable part = TableCheckpoint.Load(At("full"), keep: id => IdHash.Shard(id, 2) == own).Table;
            TableCheckpoint.SaveFull(part, At($"part-{shard}"), Stamps);
        }
        using var loaded = new EmbeddingTable(Options(4) with { MaxBytes = table.Bytes / 2, WhenFull = WhenFull.Evict });
        TableCheckpoint.Merge(loaded, At("part-0"), goneAt: 12);
        TableCheckpoint.Merge(loaded, At("part-1"), goneAt: 12);
        TableCheckpoint.Apply(loaded, Stamps, At("delta"), goneAt: 12);
        Assert.InRange(loaded.Bytes, 0, table.Bytes / 2);
        Assert.All(loaded.Rows([.. IdsOf(1), .. IdsOf(11)]), row => Assert.Equal(11, loaded.Linear(row)));
        Assert.All(loaded.Rows(IdsOf(2)), row => Assert.Equal(EmbeddingTable.NoRow, row));
        Assert.Superset(Gone(table, loaded).ToHashSet(), loaded.TombstonesAfter(11).Select(t => t.Id).ToHashSet());
    }

    private void Save(EmbeddingTable table, bool settled)
    {
        if (settled)
            TableCheckpoint.SaveSettled(table, At("a"), Stamps);
        else
            TableCheckpoint.SaveFull(table, At("a"), Stamps);
    }

    private EmbeddingTable Load(long ceiling, int bits)
    {
        (EmbeddingTable table, uint stamp) = TableCheckpoint.Load(At("a"), o => o with { PartitionBits = bits, MaxBytes = ceiling, WhenFull = WhenFull.Evict });
        Assert.Equal(Stamps, stamp);
        return table;
    }

    // As many new ids at each stamp, whose rows tell it.
    private static EmbeddingTable Filled(int partitionBits)
    {
        var table = new EmbeddingTable(Options(partitionBits));
        for (uint stamp = 1; stamp <= Stamps; stamp++)
        {
            foreach (uint row in table.Add(IdsOf(stamp), stamp))
                table.Linear(row) = stamp;
        }
        return table;
    }

    // How many rows the table would have, had it been filled one by one.
    private static long MostIn(EmbeddingTable table)
    {
        using var full = new EmbeddingTable(table.Options with { WhenFull = WhenFull.Refuse });
        full.Add([.. Enumerable.Range(1, (int)Stamps).SelectMany(stamp => IdsOf((uint)stamp))], 1);
        return full.Count;
    }

    private static ulong[] IdsOf(uint stamp) => Ids((int)stamp * 100_000, Each);

    private static IEnumerable<ulong> Gone(EmbeddingTable before, EmbeddingTable after)
    {
        ulong[] all = [.. Enumerable.Range(1, (int)Stamps + 1).SelectMany(stamp => IdsOf((uint)stamp))];
        return all.Where((_, i) => i < Each * (before.Count / Each)).Zip(after.Rows(all)).Where(r => r.Second == EmbeddingTable.NoRow).Select(r => r.First).Order();
    }

    private string At(string name) => Path.Combine(_folder, name);
}
