namespace MLPlatform.Activities.Tables;

/// <summary>
/// The rows of one row group before they are written. A row is appended column by column and then ended, or taken
/// back when one of its values turns out to be bad.
/// </summary>
internal sealed class RowBuffer
{
    private readonly ColumnBuffer[] _columns;

    public RowBuffer(IReadOnlyList<TableColumn> columns) =>
        _columns = [.. columns.Select(c => ColumnBuffer.Create(c.Type))];

    public int Rows { get; private set; }

    /// <summary>Roughly how much memory the rows take.</summary>
    public long Bytes { get; private set; }

    public IReadOnlyList<ColumnBuffer> Columns => _columns;

    public void Missing(int column) => _columns[column].AppendMissing();

    public void Text(int column, ReadOnlySpan<byte> utf8) => ((TextBuffer)_columns[column]).Append(utf8);

    public void Text(int column, string text) => Text(column, System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>Appends a whole number, or a timestamp in microseconds since 1970 UTC.</summary>
    public void Int64(int column, long value) => ((ValueBuffer<long>)_columns[column]).Append(value);

    public void Double(int column, double value) => ((ValueBuffer<double>)_columns[column]).Append(value);

    public void Bool(int column, bool value) => ((ValueBuffer<bool>)_columns[column]).Append(value);

    public void EndRow()
    {
        Rows++;
        Bytes = 0;
        foreach (ColumnBuffer column in _columns)
            Bytes += column.Bytes;
    }

    /// <summary>Takes back what was appended since the last whole row.</summary>
    public void TakeBack()
    {
        foreach (ColumnBuffer column in _columns)
            column.Truncate(Rows);
    }

    public void Clear()
    {
        foreach (ColumnBuffer column in _columns)
            column.Clear();
        (Rows, Bytes) = (0, 0);
    }
}
