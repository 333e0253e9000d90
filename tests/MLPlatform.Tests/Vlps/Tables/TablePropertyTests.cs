using CsCheck;
using MLPlatform.Vlps.Tables;
using Xunit;
using static MLPlatform.Tests.Vlps.Tables.SmallTables;

namespace MLPlatform.Tests.Vlps.Tables;

/// <summary>Whatever happens to a table in whatever order, it holds what a dictionary would.</summary>
public sealed class TablePropertyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-table-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static readonly Gen<ulong[]> Batch =
        Gen.OneOf(Gen.ULong[0, 300], Gen.ULong[0, 20_000], Gen.ULong).Array[0, 400].Select(ids => ids.Distinct().ToArray());

    private static readonly Gen<Step> Steps = Gen.Frequency(
        (6, Batch.Select(ids => (Step)new Step.Add(ids))),
        (3, Gen.Int[1, 4000].Select(count => (Step)new Step.AddMany(count))),
        (2, Gen.Select(Gen.UInt[0, 4], Gen.Long[0, 2000]).Select(r => (Step)new Step.Evict(r.Item1, r.Item2))),
        (1, Gen.Int[0, 4].Select(bits => (Step)new Step.Reload(bits))),
        (1, Gen.Const((Step)new Step.Full())),
        (2, Gen.Const((Step)new Step.Delta())));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_table_is_a_dictionary(int minCount) =>
        Steps.Array[1, 25].Sample(steps => Follow(steps, minCount), iter: 60, threads: 1, print: steps => string.Join("; ", steps.AsEnumerable()));

    private void Follow(Step[] steps, int minCount)
    {
        var table = new EmbeddingTable(Options() with { MinCount = minCount });
        var model = new Dictionary<ulong, Known>();
        (uint stamp, uint copied) = (1, 0);
        EmbeddingTable? copy = null;
        ulong next = 1_000_000;
        foreach (Step step in steps)
        {
            switch (step)
            {
                case Step.Add add:
                    AddBoth(table, model, add.Ids, ++stamp, minCount);
                    break;
                case Step.AddMany many:
                    AddBoth(table, model, Ids((int)next, many.Count), ++stamp, minCount);
                    next += (ulong)many.Count;
                    break;
                case Step.Evict evict:
                    EvictBoth(table, model, evict, ++stamp);
                    break;
                case Step.Reload reload:
                    TableCheckpoint.SaveFull(table, At("reload"), stamp);
                    table.Dispose();
                    table = TableCheckpoint.Load(At("reload"), o => o with { PartitionBits = reload.PartitionBits }).Table;
                    break;
                case Step.Full:
                    TableCheckpoint.SaveFull(table, At("full"), stamp);
                    copy?.Dispose();
                    (copy, copied) = TableCheckpoint.Load(At("full"));
                    break;
                case Step.Delta when copy is not null:
                    TableCheckpoint.SaveDelta(table, At("delta"), copied, stamp);
                    copied = TableCheckpoint.Apply(copy, copied, At("delta"));
                    Assert.Equal((table.Count, table.Digest()), (copy.Count, copy.Digest()));
                    break;
            }
            Same(table, model);
        }
        table.Dispose();
        copy?.Dispose();
    }

    private static void AddBoth(EmbeddingTable table, Dictionary<ulong, Known> model, ulong[] ids, uint stamp, int minCount)
    {
        uint[] rows = table.Add(ids, stamp, [.. ids.Select(id => (ushort)(1 + id % 2))]);
        foreach ((ulong id, uint row) in ids.Zip(rows))
        {
            model.TryGetValue(id, out Known? known);
            int seen = (known?.Seen ?? 0) + 1 + (int)(id % 2);
            bool has = known?.HasRow == true || seen >= minCount;
            Assert.Equal(has, row != EmbeddingTable.NoRow);
            model[id] = new Known(seen, has, stamp, has ? stamp : 0f);
            if (has)
                table.Linear(row) = stamp;
        }
    }

    private static void EvictBoth(EmbeddingTable table, Dictionary<ulong, Known> model, Step.Evict rule, uint stamp)
    {
        ulong[] gone = [.. model.Where(k => k.Value.HasRow && stamp - k.Value.Stamp > Math.Max(rule.MaxAge, 1)).Select(k => k.Key)];
        int held = model.Values.Count(k => k.HasRow);
        long expected = Math.Min(gone.Length, Math.Max(0, held - rule.MinRows));
        Assert.Equal(expected, table.Evict(new EvictionRule { MaxAge = rule.MaxAge, MinRows = rule.MinRows }, stamp));
        ulong[] dropped = [.. table.TombstonesAfter(stamp - 1).Select(t => t.Id)];
        Assert.Equal(expected, dropped.Length);
        Assert.Empty(dropped.Except(gone));
        if (dropped.Length > 0 && dropped.Length < gone.Length)
            Assert.True(dropped.Max(id => model[id].Stamp) <= gone.Except(dropped).Min(id => model[id].Stamp), "a younger row went before an older one");
        foreach (ulong id in dropped)
            model.Remove(id);
    }

    private static void Same(EmbeddingTable table, Dictionary<ulong, Known> model)
    {
        Assert.Equal(model.Values.Count(k => k.HasRow), table.Count);
        ulong[] ids = [.. model.Keys];
        foreach ((ulong id, uint row) in ids.Zip(table.Rows(ids)))
        {
            Known known = model[id];
            Assert.Equal(known.HasRow, row != EmbeddingTable.NoRow);
            if (known.HasRow)
                Assert.Equal((known.Seen, known.Stamp, known.Weight), (table.Seen(row), table.Stamp(row), table.Linear(row)));
        }
    }

    private string At(string name) => Path.Combine(_folder, name);

    private sealed record Known(int Seen, bool HasRow, uint Stamp, float Weight);

    private abstract record Step
    {
        public sealed record Add(ulong[] Ids) : Step;

        public sealed record AddMany(int Count) : Step;

        public sealed record Evict(uint MaxAge, long MinRows) : Step;

        public sealed record Reload(int PartitionBits) : Step;

        public sealed record Full : Step;

        public sealed record Delta : Step;
    }
}
