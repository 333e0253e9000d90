using CsCheck;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Keyed;
using MLPlatform.Vlps.Spill;
using MLPlatform.Vlps.Tables;
using Xunit;
using static MLPlatform.Tests.Vlps.Tables.SmallTables;

namespace MLPlatform.Tests.Vlps.Tables;

public sealed class SpillTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-spill-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Far_more_rows_than_fit_into_memory_keep_their_weights()
    {
        using EmbeddingTable table = Spilling();
        for (uint stamp = 1; stamp <= 100; stamp++)
        {
            foreach (uint row in table.Add(Ids((int)stamp * 1000, 1000), stamp))
                table.Linear(row) = stamp;
        }
        Assert.Equal(100_000, table.Count);
        Assert.InRange(table.ColdRows, 97_000, 98_000);
        for (uint stamp = 1; stamp <= 100; stamp += 7)
            Assert.All(table.Add(Ids((int)stamp * 1000, 1000), 101 + stamp), row => Assert.Equal(stamp, table.Linear(row)));
        Assert.Equal(100_000, table.Count);
        Assert.All(table.Rows(Ids(50_000, 900)), row => Assert.Equal(50, table.Linear(row)));
        Assert.All(table.Rows(Ids(1, 900)), row => Assert.Equal(EmbeddingTable.NoRow, row));
    }

    [Fact]
    public void What_is_used_often_stays_in_memory()
    {
        using EmbeddingTable table = Spilling();
        uint[] often = table.Add(Ids(1, 200), 1);
        for (uint stamp = 2; stamp <= 60; stamp++)
        {
            Assert.Equal(often, table.Add(Ids(1, 200), stamp));
            table.Add(Ids((int)stamp * 1000, 500), stamp);
        }
    }

    [Fact]
    public unsafe void Rows_stay_where_they_are_until_they_are_released_where_that_is_asked_for()
    {
        using var table = new EmbeddingTable(Options() with { WhenFull = WhenFull.Spill, Spill = new SpillOptions { Path = At("cold"), HotRows = 1024, UntilReleased = true } });
        ulong[] held = Ids(1, 100), found = Ids(200, 100);
        ReleaseAll(table, table.Add(found, 1));
        Fill(2);
        uint[] rows = [.. table.Add(held, 20), .. table.Rows(found)];
        Fill(21);
        Assert.Equal([.. held, .. found], rows.Select(row => RowHead.Id(table.Row(row))));
        ReleaseAll(table, rows);
        Fill(40);
        Assert.NotEqual([.. held, .. found], rows.Select(row => RowHead.Id(table.Row(row))));

        void Fill(uint stamp)
        {
            for (int i = 0; i < 10; i++)
                ReleaseAll(table, table.Add(Ids((int)stamp * 1000 + i * 500, 500), stamp + (uint)i));
        }
    }

    private static unsafe void ReleaseAll(EmbeddingTable table, uint[] rows)
    {
        Assert.DoesNotContain(EmbeddingTable.NoRow, rows);
        table.Release([.. rows.Select(row => (nint)table.Row(row))], 0);
    }

    [Fact]
    public void A_batch_beyond_the_rows_in_memory_is_refused_in_part_and_loses_nothing()
    {
        using EmbeddingTable table = Spilling();
        ulong[] ids = Ids(1, 5000);
        foreach (ulong[] part in ids.Chunk(500))
            table.Add(part, stamp: (uint)part[0]);
        Assert.Contains(EmbeddingTable.NoRow, table.Add(ids, stamp: 9000));
        Assert.Equal(5000, table.Count);
        Assert.All(ids.Chunk(500), part => Assert.DoesNotContain(EmbeddingTable.NoRow, table.Add(part, stamp: 9001 + (uint)part[0])));
        Assert.Equal(5000, table.Count);
    }

    [Fact]
    public void Checkpoints_deltas_and_keyed_files_have_the_cold_rows_too()
    {
        using EmbeddingTable table = Spilling();
        using var memory = new EmbeddingTable(Options());
        Both(table, memory, 1, 20_000);
        TableCheckpoint.SaveFull(table, At("full"), stamp: 20);
        (EmbeddingTable loaded, uint stamp) = TableCheckpoint.Load(At("full"), o => o with { WhenFull = WhenFull.Spill, Spill = new SpillOptions { Path = At("other"), HotRows = 1024 } });
        using EmbeddingTable back = loaded;
        Assert.Equal((memory.Digest(), memory.Digest()), (table.Digest(), back.Digest()));

        Both(table, memory, 21, 3000);
        TableCheckpoint.SaveDelta(table, At("delta"), since: 20, stamp: 40);
        TableCheckpoint.Apply(back, stamp, At("delta"));
        Assert.Equal((memory.Digest(), memory.Digest()), (table.Digest(), back.Digest()));

        KeyedFile.Write(table, At("keyed"), stamp: 40);
        KeyedFile.Write(memory, At("keyed-memory"), stamp: 40);
        Assert.Equal(File.ReadAllBytes(At("keyed-memory")), File.ReadAllBytes(At("keyed")));
    }

    [Fact]
    public void A_sweep_drops_cold_rows_as_well()
    {
        using EmbeddingTable table = Spilling();
        using var memory = new EmbeddingTable(Options());
        Both(table, memory, 1, 20_000);
        var rule = new EvictionRule { MaxAge = 7, MinRows = 100 };
        Assert.Equal(memory.Evict(rule, 21), table.Evict(rule, 21));
        Assert.Equal((memory.Count, memory.Digest()), (table.Count, table.Digest()));
        Assert.Equal(memory.TombstonesAfter(0).OrderBy(t => t.Id), table.TombstonesAfter(0).OrderBy(t => t.Id));
    }

    [Fact]
    public void A_spilling_table_holds_what_one_in_memory_holds() =>
        Gen.Int[1, 9000].Array[1, 300].Array[1, 40].Sample(batches =>
        {
            using EmbeddingTable table = Spilling(minCount: 2);
            using var memory = new EmbeddingTable(Options() with { MinCount = 2 });
            uint stamp = 0;
            foreach (int[] batch in batches)
            {
                ulong[] ids = [.. batch.Distinct().Select(i => (ulong)i)];
                stamp++;
                foreach (EmbeddingTable each in new[] { table, memory })
                {
                    foreach (uint row in each.Add(ids, stamp).Where(r => r != EmbeddingTable.NoRow))
                        each.Linear(row) += stamp;
                }
            }
            Assert.Equal((memory.Count, memory.Digest()), (table.Count, table.Digest()));
        }, iter: 30, threads: 1);

    [Fact]
    public void The_file_goes_with_its_table()
    {
        using (Spilling())
            Assert.True(File.Exists(At("cold")));
        Assert.False(File.Exists(At("cold")));
    }

    [Fact]
    public void A_spilling_table_needs_a_file_and_a_file_a_spilling_table()
    {
        Assert.Throws<VlpsException>(() => new EmbeddingTable(Options() with { WhenFull = WhenFull.Spill }));
        Assert.Throws<VlpsException>(() => new EmbeddingTable(Options() with { Spill = new SpillOptions { Path = At("x"), HotRows = 5000 } }));
    }

    private string At(string name) => Path.Combine(_folder, name);

    private EmbeddingTable Spilling(int minCount = 1) => new(Options() with
    {
        MinCount = minCount,
        WhenFull = WhenFull.Spill,
        Spill = new SpillOptions { Path = At("cold"), HotRows = 2048, InFlight = 4 },
    });

    private static void Both(EmbeddingTable table, EmbeddingTable memory, uint stamp, int ids)
    {
        foreach (ulong[] part in Ids(1, ids).Chunk(1000))
        {
            foreach (EmbeddingTable each in new[] { table, memory })
            {
                foreach (uint row in each.Add(part, stamp))
                    each.Linear(row) = stamp + part[0];
            }
            stamp++;
        }
    }
}
