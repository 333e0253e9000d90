using MLPlatform.Vlps;
using MLPlatform.Vlps.Tables;
using Xunit;
using static MLPlatform.Tests.Vlps.Tables.SmallTables;

namespace MLPlatform.Tests.Vlps.Tables;

public sealed class CheckpointTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-checkpoint-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_table_comes_back_to_the_same_bytes(int minCount)
    {
        using EmbeddingTable table = Trained(minCount);
        CheckpointSummary saved = TableCheckpoint.SaveFull(table, At("a"), stamp: 3);
        (EmbeddingTable loaded, uint stamp) = TableCheckpoint.Load(At("a"));
        using (loaded)
        {
            Assert.Equal((3u, table.Count, table.Digest()), (stamp, loaded.Count, loaded.Digest()));
            TableCheckpoint.SaveFull(loaded, At("b"), stamp);
            Assert.Equal(File.ReadAllBytes(At("a")), File.ReadAllBytes(At("b")));
        }
        Assert.Equal(saved, TableCheckpoint.Inspect(At("a")));
        Assert.Equal(minCount > 1, saved.Counters > 0);
        Assert.True(saved.Tombstones > 0);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void A_table_comes_back_into_another_number_of_partitions(int partitionBits)
    {
        using EmbeddingTable table = Trained(minCount: 3);
        TableCheckpoint.SaveFull(table, At("a"), stamp: 3);
        (EmbeddingTable loaded, _) = TableCheckpoint.Load(At("a"), o => o with { PartitionBits = partitionBits });
        using EmbeddingTable other = loaded;
        Assert.Equal(1 << partitionBits, other.Partitions);
        Assert.Equal(table.Digest(), other.Digest());
        // Counted once more, the ids that were seen twice are admitted in both.
        ulong[] ids = Ids(1, 60_000);
        Assert.Equal(table.Add(ids, 9).Count(r => r != EmbeddingTable.NoRow), other.Add(ids, 9).Count(r => r != EmbeddingTable.NoRow));
        Assert.Equal(table.Digest(), other.Digest());
    }

    [Fact]
    public void Shards_add_up_to_the_whole_and_merge_into_other_shards()
    {
        using EmbeddingTable table = Trained(minCount: 1);
        TableCheckpoint.SaveFull(table, At("whole"), stamp: 3);
        ulong digests = 0;
        for (int shard = 0; shard < 3; shard++)
        {
            int own = shard;
            (EmbeddingTable part, _) = TableCheckpoint.Load(At("whole"), keep: id => IdHash.Shard(id, 3) == own);
            using (part)
            {
                Assert.InRange(part.Count, table.Count / 3 * 9 / 10, table.Count / 3 * 11 / 10);
                digests += part.Digest();
                TableCheckpoint.SaveFull(part, At($"shard-{shard}"), stamp: 3);
            }
        }
        Assert.Equal(table.Digest(), digests);

        using var merged = new EmbeddingTable(table.Options);
        for (int shard = 0; shard < 3; shard++)
            TableCheckpoint.Merge(merged, At($"shard-{shard}"));
        Assert.Equal(table.Digest(), merged.Digest());
    }

    [Fact]
    public void A_full_checkpoint_and_the_deltas_after_it_lead_to_the_state_of_now()
    {
        using EmbeddingTable table = Trained(minCount: 2);
        TableCheckpoint.SaveFull(table, At("full"), stamp: 3);
        uint[] rows = table.Add(Ids(59_000, 3000), stamp: 4, [.. Enumerable.Repeat((ushort)2, 3000)]);
        for (int i = 0; i < rows.Length; i++)
            table.Linear(rows[i]) = -i;
        table.Evict(new EvictionRule { MaxAge = 2 }, stamp: 4);
        CheckpointSummary first = TableCheckpoint.SaveDelta(table, At("d4"), since: 3, stamp: 4);
        table.Add(Ids(1, 500), stamp: 5);
        TableCheckpoint.SaveDelta(table, At("d5"), since: 4, stamp: 5);
        Assert.Equal(3000, first.Rows);

        (EmbeddingTable loaded, uint stamp) = TableCheckpoint.Load(At("full"));
        using EmbeddingTable back = loaded;
        VlpsException gap = Assert.Throws<VlpsException>(() => TableCheckpoint.Apply(back, stamp, At("d5")));
        Assert.Contains("apply the delta between them first", gap.Message, StringComparison.Ordinal);
        stamp = TableCheckpoint.Apply(back, stamp, At("d4"));
        Assert.Equal(5u, TableCheckpoint.Apply(back, stamp, At("d5")));
        Assert.Equal((table.Count, table.Digest()), (back.Count, back.Digest()));
        Assert.Equal(table.TombstonesAfter(0).OrderBy(t => t.Id), back.TombstonesAfter(0).OrderBy(t => t.Id));
        Assert.Equal(table.Add(Ids(1, 90_000), 6).Count(r => r != EmbeddingTable.NoRow), back.Add(Ids(1, 90_000), 6).Count(r => r != EmbeddingTable.NoRow));
    }

    [Fact]
    public void One_changed_bit_is_noticed_and_a_damaged_delta_changes_nothing()
    {
        using EmbeddingTable table = Trained(minCount: 2);
        TableCheckpoint.SaveDelta(table, At("delta"), since: 2, stamp: 3);
        byte[] bytes = File.ReadAllBytes(At("delta"));
        ulong digest = table.Digest();
        var random = new Random(1);
        foreach (int at in Enumerable.Range(0, 60).Select(i => i < 40 ? i : random.Next(bytes.Length)))
        {
            byte[] damaged = [.. bytes];
            damaged[at] ^= 4;
            File.WriteAllBytes(At("damaged"), damaged);
            Assert.Equal(VlpsProblem.BadFile, Assert.Throws<VlpsException>(() => TableCheckpoint.Apply(table, 2, At("damaged"))).Problem);
        }
        Assert.Equal(digest, table.Digest());
    }

    [Fact]
    public void A_file_cut_short_or_with_more_behind_it_is_noticed()
    {
        using EmbeddingTable table = Trained(minCount: 1);
        TableCheckpoint.SaveFull(table, At("a"), stamp: 3);
        byte[] bytes = File.ReadAllBytes(At("a"));
        int blockAfterBlock = 1 << 20;
        foreach (byte[] torn in new[] { [], bytes[..7], bytes[..30], bytes[..blockAfterBlock], bytes[..^1], bytes[..^32], [.. bytes, 0] })
        {
            File.WriteAllBytes(At("torn"), torn);
            Assert.Equal(VlpsProblem.BadFile, Assert.Throws<VlpsException>(() => TableCheckpoint.Load(At("torn"))).Problem);
        }
    }

    [Fact]
    public void What_cannot_be_loaded_says_why()
    {
        using EmbeddingTable table = Trained(minCount: 1);
        TableCheckpoint.SaveDelta(table, At("delta"), since: 1, stamp: 3);
        TableCheckpoint.SaveFull(table, At("full"), stamp: 3);
        Assert.Contains("load the full checkpoint before it first", Assert.Throws<VlpsException>(() => TableCheckpoint.Load(At("delta"))).Message, StringComparison.Ordinal);
        VlpsException full = Assert.Throws<VlpsException>(() => TableCheckpoint.Load(At("full"), o => o with { MaxBytes = 1 << 20 }));
        Assert.Equal(VlpsProblem.Memory, full.Problem);
        Assert.Contains("higher ceiling", full.Message, StringComparison.Ordinal);
        using var other = new EmbeddingTable(Options() with { Layout = new RowLayout(8, Precision.BFloat16, RowOptimizer.Adagrad, linear: true) });
        Assert.Contains("dim 8", Assert.Throws<VlpsException>(() => TableCheckpoint.Apply(other, 3, At("delta"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_save_that_fails_leaves_the_file_that_was_there()
    {
        using EmbeddingTable table = Trained(minCount: 1);
        TableCheckpoint.SaveFull(table, At("a"), stamp: 3);
        byte[] before = File.ReadAllBytes(At("a"));
        Directory.CreateDirectory(At("a.partial"));
        Assert.ThrowsAny<UnauthorizedAccessException>(() => TableCheckpoint.SaveFull(table, At("a"), stamp: 4));
        Assert.Equal(before, File.ReadAllBytes(At("a")));
    }

    private string At(string name) => Path.Combine(_folder, name);

    /// <summary>60 000 ids over three stamps, changed weights, some evicted, some counted only.</summary>
    private static EmbeddingTable Trained(int minCount)
    {
        var table = new EmbeddingTable(Options() with { MinCount = minCount });
        for (uint stamp = 1; stamp <= 3; stamp++)
        {
            ulong[] ids = Ids((int)stamp * 15_000 - 14_999, 30_000);
            uint[] rows = table.Add(ids, stamp, [.. ids.Select(id => (ushort)(1 + id % 3))]);
            foreach (uint row in rows.Where(r => r != EmbeddingTable.NoRow))
                table.Linear(row) += row * 0.25f + stamp;
        }
        table.Evict(new EvictionRule { MaxAge = 1 }, stamp: 3);
        return table;
    }
}
