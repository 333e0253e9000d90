using MLPlatform.Activities.Training;
using MLPlatform.Vlps.Rows;
using ParquetSharp;
using Column = MLPlatform.Vlps.Rows.Column;

namespace MLPlatform.Activities.Evaluation;

/// <summary>Writes predictions as a table: row number, key columns, label, score; one row for each row that was read, in order.</summary>
internal sealed class PredictionsWriter(string folder, IReadOnlyList<string> keys) : IDisposable
{
    public const string RowColumn = "row", LabelColumn = "label", ScoreColumn = "score";

    private ParquetFileWriter? _file;
    private long _rows;

    public static void CheckKeys(IReadOnlyList<string> keys)
    {
        if (keys.FirstOrDefault(k => k is RowColumn or LabelColumn or ScoreColumn) is { } taken)
            throw MlErrors.Bad("ML-006", $"A key column cannot be named '{taken}': predictions have a column of that name. Rename it in a data.sql step.");
    }

    public void Write(ColumnBatch batch, float[] scores, byte[] labels)
    {
        _file ??= Open(batch);
        using RowGroupWriter group = _file.AppendRowGroup();
        int rows = batch.Rows;
        Write(group, [.. Enumerable.Range(0, rows).Select(i => _rows + i)]);
        foreach (string key in keys)
            WriteKey(group, batch[key], rows);
        Write(group, [.. labels.Take(rows).Select(l => (int)l)]);
        Write(group, scores[..rows]);
        _rows += rows;
    }

    public void Close()
    {
        _file?.Close();
        Dispose();
    }

    public void Dispose()
    {
        _file?.Dispose();
        _file = null;
    }

    private ParquetFileWriter Open(ColumnBatch batch)
    {
        ParquetSharp.Column[] columns =
        [
            new Column<long>(RowColumn),
            .. keys.Select(k => KeyColumn(batch[k])),
            new Column<int>(LabelColumn),
            new Column<float>(ScoreColumn),
        ];
        using WriterPropertiesBuilder builder = new();
        builder.Compression(Compression.Snappy).CreatedBy("MLPlatform");
        using WriterProperties properties = builder.Build();
        Directory.CreateDirectory(folder);
        return new ParquetFileWriter(Path.Combine(folder, "part-00000.parquet"), columns, properties);
    }

    private static ParquetSharp.Column KeyColumn(Column key) => key.Kind switch
    {
        ColumnKind.Text => new Column<string?>(key.Name),
        ColumnKind.Whole => new Column<long?>(key.Name),
        ColumnKind.Real => new Column<double?>(key.Name),
        _ => new Column<bool?>(key.Name),
    };

    private static void WriteKey(RowGroupWriter group, Column key, int rows)
    {
        T?[] Cells<T>(Func<int, T> read)
            where T : struct => [.. Enumerable.Range(0, rows).Select(i => key.IsPresent(i) ? read(i) : (T?)null)];

        switch (key.Kind)
        {
            case ColumnKind.Text:
                Write(group, [.. Enumerable.Range(0, rows).Select(i => key.IsPresent(i) ? System.Text.Encoding.UTF8.GetString(key.Text(i)) : null)]);
                break;
            case ColumnKind.Whole:
                Write(group, Cells(key.Whole));
                break;
            case ColumnKind.Real:
                Write(group, Cells(i => key.TryNumber(i, out double value) ? value : double.NaN));
                break;
            default:
                Write(group, Cells(i => key.Whole(i) != 0));
                break;
        }
    }

    private static void Write<T>(RowGroupWriter group, T[] values)
    {
        using LogicalColumnWriter<T> writer = group.NextColumn().LogicalWriter<T>();
        writer.WriteBatch(values);
    }
}
