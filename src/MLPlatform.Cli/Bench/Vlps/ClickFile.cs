using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Rows;
using ParquetSharp;

namespace MLPlatform.Cli.Bench.Vlps;

/// <summary>Made-up clicks as raw rows: the categories, hashed as features, and the label. Numbers are left out.</summary>
internal sealed class ClickFile(ulong seed)
{
    private const int GroupRows = 100_000;

    private readonly ClickData _data = new(seed);
    private readonly FieldBlock _block = new(new BlockShape([.. Enumerable.Repeat((false, false), ClickData.Categories)], ClickData.Numbers, 1));
    private float[] _chances = [];

    public static FeatureSpec Features { get; } = new()
    {
        Rows = 0,
        Columns = [.. Names().Select(n => new FittedColumn(n, ColumnKind.Whole, 0))],
        Features = [.. Names().Select(n => new FittedFeature.Hashed(n, n))],
    };

    /// <summary>Writes the first rows as one Parquet file.</summary>
    public void Write(string path, int rows)
    {
        ParquetSharp.Column[] columns = [.. Names().Select(n => new Column<long>(n)), new Column<long>("label")];
        using var file = new ParquetFileWriter(path, columns, Compression.Snappy);
        for (int first = 0; first < rows; first += GroupRows)
        {
            int count = Math.Min(GroupRows, rows - first);
            Make(first, count);
            using RowGroupWriter group = file.AppendRowGroup();
            long[] cells = new long[count];
            for (int f = 0; f < ClickData.Categories; f++)
                Write(group, cells, row => Id(f, row));
            Write(group, cells, row => (long)_block.Labels(0)[row]);
        }
        file.Close();
    }

    /// <summary>Rows as a request brings them.</summary>
    public ColumnBatch Batch(int first, int rows)
    {
        Make(first, rows);
        var batch = new ColumnBatch(Names()) { Rows = rows };
        for (int f = 0; f < ClickData.Categories; f++)
        {
            batch.Columns[f].Reset(ColumnKind.Whole);
            for (int row = 0; row < rows; row++)
                batch.Columns[f].Add(Id(f, row));
        }
        return batch;
    }

    private static IEnumerable<string> Names() => Enumerable.Range(1, ClickData.Categories).Select(i => $"C{i}");

    private void Make(int first, int rows)
    {
        if (_chances.Length < rows)
            _chances = new float[rows];
        _data.Fill(_block, rows, _chances, first);
    }

    // As wide as ids are in practice, and no negative ones.
    private long Id(int field, int row) => (long)(_block.Fields[field].Ids[row] >> 24);

    private static void Write(RowGroupWriter group, long[] cells, Func<int, long> value)
    {
        for (int row = 0; row < cells.Length; row++)
            cells[row] = value(row);
        using LogicalColumnWriter<long> writer = group.NextColumn().LogicalWriter<long>();
        writer.WriteBatch(cells);
    }
}
