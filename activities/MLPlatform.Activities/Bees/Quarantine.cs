using System.Globalization;
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
    // So few records may be bad by chance, so many are not.
    private const long Many = 1000;
    private const double UsualFraction = 0.1;

    private string? _first;
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
        _first ??= string.Create(CultureInfo.InvariantCulture, $"'{file}', line {line}: {problem.Detail}");
        _reasons[problem.Reason] = _reasons.GetValueOrDefault(problem.Reason) + 1;
    }

    /// <summary>Fails where more records are bad than may be.</summary>
    /// <param name="limit">The largest fraction; null where nobody said one.</param>
    /// <param name="whole">Whether the records are all there are: a slice of a source may be one bad record, and must not stand in the way of the next.</param>
    public void Judge(double? limit, long good, bool whole = true)
    {
        long read = good + Rows;
        bool tooMany = limit is { } most ? Rows > most * read : Rows > 0 && ((good == 0 && whole) || (read >= Many && Rows > UsualFraction * read));
        if (!tooMany)
            return;
        string reasons = string.Join(", ", _reasons.Select(r => $"{r.Key} {r.Value}"));
        throw DataErrors.Bad("DATA-012", limit is null && good == 0 && whole
            ? $"All {read} records are bad ({reasons}). The first is in {_first}. With maxRejectedFraction 1 that would be no failure."
            : string.Create(CultureInfo.InvariantCulture, $"{Rows} of {read} records are bad ({reasons}), more than maxRejectedFraction ({limit ?? UsualFraction}{(limit is null ? ", as nobody set it" : "")}) allows. The first is in {_first}."));
    }

    public void Complete() => _writer.Complete();

    public void Dispose() => _writer.Dispose();
}
