using MLPlatform.Activities.Tables;
using MLPlatform.Activities.Training;
using MLPlatform.Vlps.Rows;
using ParquetSharp;

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
        _file ??= CellColumns.Open(
            folder, [new Column<long>(RowColumn), .. keys.Select(k => CellColumns.Declare(batch[k])), new Column<int>(LabelColumn), new Column<float>(ScoreColumn)]);
        using RowGroupWriter group = _file.AppendRowGroup();
        int[] rows = [.. Enumerable.Range(0, batch.Rows)];
        CellColumns.Write(group, [.. rows.Select(i => _rows + i)]);
        foreach (string key in keys)
            CellColumns.Write(group, batch[key], rows);
        CellColumns.Write(group, [.. labels.Take(rows.Length).Select(l => (int)l)]);
        CellColumns.Write(group, scores[..rows.Length]);
        _rows += rows.Length;
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
}
