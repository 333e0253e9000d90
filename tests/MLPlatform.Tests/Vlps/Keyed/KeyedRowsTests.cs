using MLPlatform.Tests.Vlps.Tables;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Keyed;
using MLPlatform.Vlps.Tables;
using Xunit;
using static MLPlatform.Tests.Vlps.Tables.SmallTables;

namespace MLPlatform.Tests.Vlps.Keyed;

public sealed class KeyedRowsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-keyed-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(Precision.Float32, true)]
    [InlineData(Precision.BFloat16, true)]
    [InlineData(Precision.BFloat16, false)]
    public void Every_row_is_found_with_its_values_and_no_other(Precision precision, bool linear)
    {
        var layout = new RowLayout(5, precision, RowOptimizer.AdagradFull, linear);
        using var table = new EmbeddingTable(Options() with { Layout = layout });
        ulong[] ids = Ids(1, 20_000);
        uint[] rows = table.Add(ids, stamp: 1);
        KeyedFile.Write(table, At("rows"), stamp: 1);
        using KeyedRows keyed = KeyedRows.Open(At("rows"));
        keyed.Verify();
        float[] values = new float[ids.Length * keyed.Layout.Values];
        Assert.Equal(ids.Length, keyed.Find(ids, values));
        float[] one = new float[keyed.Layout.Values];
        for (int i = 0; i < ids.Length; i += 371)
        {
            Assert.True(keyed.Find(ids[i], one));
            Assert.Equal(Expected(table, rows[i]), one);
            Assert.Equal(one, values[(i * one.Length)..][..one.Length]);
        }
        Assert.False(keyed.Find(20_001, one));
        Assert.All(one, value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(100)]
    public void Small_tables_make_files_too(int count)
    {
        using var table = new EmbeddingTable(Options());
        table.Add(Ids(1, count), stamp: 1);
        KeyedFile.Write(table, At("rows"), stamp: 1);
        using KeyedRows keyed = KeyedRows.Open(At("rows"));
        Assert.Equal(count, keyed.Find(Ids(0, 200), new float[200 * keyed.Layout.Values]));
    }

    [Fact]
    public void The_same_rows_make_the_same_bytes_in_any_number_of_partitions()
    {
        foreach (int bits in new[] { 0, 4 })
        {
            using var table = new EmbeddingTable(Options(bits));
            table.Add(bits == 0 ? Ids(1, 9000) : [.. Ids(1, 9000).Reverse()], stamp: 1);
            KeyedFile.Write(table, At($"{bits}"), stamp: 1);
        }
        Assert.Equal(File.ReadAllBytes(At("0")), File.ReadAllBytes(At("4")));
    }

    [Fact]
    public void Deltas_show_changed_new_and_evicted_rows()
    {
        using EmbeddingTable table = Written();
        uint[] changed = table.Add(Ids(9990, 20), stamp: 2);
        foreach (uint row in changed)
            table.Linear(row) = 7;
        KeyedFile.WriteDelta(table, At("d2"), since: 1, stamp: 2);
        table.Add(Ids(1, 5000), stamp: 4);
        table.Evict(new EvictionRule { MaxAge = 2 }, stamp: 4);
        KeyedFile.WriteDelta(table, At("d4"), since: 2, stamp: 4);

        using KeyedRows keyed = KeyedRows.Open(At("rows"));
        float[] values = new float[keyed.Layout.Values];
        Assert.Contains("apply the delta between them first", Assert.Throws<VlpsException>(() => keyed.Apply(At("d4"))).Message, StringComparison.Ordinal);
        keyed.Apply(At("d2"));
        keyed.Apply(At("d2"));
        Assert.Equal((2u, 20), (keyed.Stamp, keyed.ChangedRows));
        Assert.True(keyed.Find(10_005, values));
        Assert.Equal(7, values[0]);
        Assert.True(keyed.Find(6000, values));
        keyed.Apply(At("d4"));
        Assert.False(keyed.Find(6000, values));
        Assert.True(keyed.Find(10_005, values));
        for (ulong id = 1; id < 10_020; id++)
            Assert.Equal(table.Rows(id)[0] != EmbeddingTable.NoRow, keyed.Find(id, values));
    }

    [Fact]
    public void A_batch_never_sees_a_part_of_a_delta()
    {
        using EmbeddingTable table = Written();
        const int Deltas = 20;
        for (uint stamp = 2; stamp < 2 + Deltas; stamp++)
        {
            foreach (uint row in table.Add(Ids(1, 10_000), stamp))
                table.Linear(row) = stamp;
            KeyedFile.WriteDelta(table, At($"d{stamp}"), stamp - 1, stamp);
        }
        using KeyedRows keyed = KeyedRows.Open(At("rows"));
        keyed.Apply(At("d2"));
        ulong[] ids = Ids(1, 10_000);
        int mixed = 0, looks = 0;
        using var done = new ManualResetEventSlim();
        var reader = new Thread(() =>
        {
            float[] values = new float[ids.Length * keyed.Layout.Values];
            do
            {
                keyed.Find(ids, values);
                looks++;
                for (int i = 0; i < ids.Length; i++)
                    mixed += values[i * keyed.Layout.Values] != values[0] ? 1 : 0;
            }
            while (!done.IsSet);
        });
        reader.Start();
        for (int stamp = 3; stamp < 2 + Deltas; stamp++)
            keyed.Apply(At($"d{stamp}"));
        done.Set();
        reader.Join();
        Assert.Equal(0, mixed);
        Assert.True(looks > 0);
    }

    [Fact]
    public void Damage_is_noticed_and_a_damaged_delta_changes_nothing()
    {
        using EmbeddingTable table = Written();
        table.Add(Ids(1, 40_000), stamp: 2);
        KeyedFile.WriteDelta(table, At("delta"), since: 1, stamp: 2);
        byte[] delta = File.ReadAllBytes(At("delta")), rows = File.ReadAllBytes(At("rows"));
        delta[^40] ^= 1;
        File.WriteAllBytes(At("bad-delta"), delta);
        using (KeyedRows keyed = KeyedRows.Open(At("rows")))
        {
            Assert.Equal(VlpsProblem.BadFile, Assert.Throws<VlpsException>(() => keyed.Apply(At("bad-delta"))).Problem);
            Assert.Equal((1u, 0), (keyed.Stamp, keyed.ChangedRows));
        }
        foreach (int at in new[] { 0, 9, 20, 60, 4100, rows.Length - 3 })
        {
            byte[] damaged = [.. rows];
            damaged[at] ^= 1;
            File.WriteAllBytes(At("bad"), damaged);
            Assert.Equal(VlpsProblem.BadFile, Assert.Throws<VlpsException>(OpenAndVerify).Problem);
        }
        foreach (int length in new[] { 0, 50, 4096, rows.Length - 1 })
        {
            File.WriteAllBytes(At("bad"), rows[..length]);
            Assert.Equal(VlpsProblem.BadFile, Assert.Throws<VlpsException>(OpenAndVerify).Problem);
        }

        void OpenAndVerify()
        {
            using KeyedRows keyed = KeyedRows.Open(At("bad"));
            keyed.Verify();
        }
    }

    private string At(string name) => Path.Combine(_folder, name);

    private EmbeddingTable Written()
    {
        var table = new EmbeddingTable(Options());
        table.Add(Ids(1, 10_000), stamp: 1);
        KeyedFile.Write(table, At("rows"), stamp: 1);
        return table;
    }

    private static float[] Expected(EmbeddingTable table, uint row)
    {
        byte[] bytes = table.Bytes(row);
        RowLayout layout = table.Layout;
        IEnumerable<float> factors = Enumerable.Range(0, layout.Dim).Select(i => layout.Precision == Precision.Float32
            ? BitConverter.ToSingle(bytes, layout.FactorsOffset + 4 * i)
            : BFloat.ToFloat(BitConverter.ToUInt16(bytes, layout.FactorsOffset + 2 * i)));
        return [.. layout.Linear ? [BitConverter.ToSingle(bytes, layout.LinearOffset)] : Array.Empty<float>(), .. factors];
    }
}
