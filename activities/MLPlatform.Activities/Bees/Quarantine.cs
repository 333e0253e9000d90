using System.Text;
using MLPlatform.Activities.Tables;

namespace MLPlatform.Activities.Bees;

/// <summary>Keeps bad records: where each one stands, why it is bad, and its text.</summary>
internal sealed class Quarantine(string folder) : IDisposable
{
    private static readonly IReadOnlyList<TableColumn> Columns =
    [
        new("file", ColumnType.String), new("line", ColumnType.Int64), new("offset", ColumnType.Int64),
        new("reason", ColumnType.String), new("detail", ColumnType.String), new("text", ColumnType.String),
    ];

    private readonly TableWriter _writer = new(folder, Columns);
    private readonly SortedDictionary<string, long> _reasons = new(StringComparer.Ordinal);

    public long Rows => _writer.Rows;

    /// <summary>How many records there are by reason.</summary>
    public IReadOnlyDictionary<string, long> Reasons => _reasons;

    /// <param name="line">The line the record starts on, from 1; the row number in a Parquet file.</param>
    /// <param name="offset">Bytes of the decompressed file before it; null where that has no meaning.</param>
    /// <param name="text">The record; what is not UTF-8 is shown as U+FFFD, and NUL as U+2400.</param>
    public void Add(string file, long line, long? offset, BadRecord problem, ReadOnlySpan<byte> text)
    {
        RowBuffer rows = _writer.RowsFor(null);
        rows.Text(0, file);
        rows.Int64(1, line);
        if (offset is { } at)
            rows.Int64(2, at);
        else
            rows.Missing(2);
        rows.Text(3, problem.Reason);
        rows.Text(4, problem.Detail);
        rows.Text(5, Encoding.UTF8.GetString(text[..Math.Min(text.Length, BadRecord.LongestText)]).Replace('\0', '\u2400'));
        _writer.EndRow();
        _reasons[problem.Reason] = _reasons.GetValueOrDefault(problem.Reason) + 1;
    }

    public void Complete() => _writer.Complete();

    public void Dispose() => _writer.Dispose();
}
