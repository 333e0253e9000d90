using System.Text;

namespace MLPlatform.Activities.Bees;

/// <summary>How a delimited file is written.</summary>
internal sealed record DelimitedFormat(byte Separator, byte? Quote, string? Comment, int SkipLines, bool Trim, bool Header);

/// <summary>
/// Reads delimited text as RFC 4180 describes it: quoted fields may hold separators, line ends and doubled quotes.
/// Beyond the RFC: other separators, no quoting at all, comments, LF, CRLF or CR line ends, and blank lines, which are skipped.
/// A quote inside a field that does not begin with one is an ordinary character.
/// </summary>
internal sealed class DelimitedReader : RecordReader
{
    private readonly DelimitedFormat _format;
    private readonly byte[] _comment;
    private (int Start, int Length, bool Quoted, bool Unescaped)[] _fields = new (int, int, bool, bool)[16];
    private int _count;
    private byte[] _scratch = new byte[256];
    private int _scratchUsed;
    private int? _expected;

    /// <param name="names">The names of the fields where the file has no header, or null to take them from the header or to number them.</param>
    public DelimitedReader(LineBuffer lines, DelimitedFormat format, IReadOnlyList<string>? names)
        : base(lines)
    {
        _format = format;
        _comment = Encoding.UTF8.GetBytes(format.Comment ?? "");
        lines.Open();
        for (int i = 0; i < format.SkipLines; i++)
            lines.SkipLine();
        if (format.Header)
            Names = Read() && Problem is null ? HeaderNames() : [];
        else
            Names = names ?? [];
        _expected = Names.Count == 0 ? null : Names.Count;
    }

    public override IReadOnlyList<string> Names { get; }

    /// <summary>Fields of the current record.</summary>
    public int Count => _count;

    public override ReadOnlySpan<byte> Field(int index, out FieldKind kind)
    {
        (int start, int length, bool quoted, bool unescaped) = _fields[index];
        kind = quoted ? FieldKind.Quoted : FieldKind.Bare;
        return (unescaped ? _scratch : Lines.Window).Slice(start, length);
    }

    protected override bool IsComment(ReadOnlySpan<byte> line) => _comment.Length > 0 && line.StartsWith(_comment);

    protected override bool Next()
    {
        if (!NextLine())
            return false;
        if (Problem is null)
        {
            (_count, _scratchUsed) = (0, 0);
            if (_format.Quote is not { } quote || !Raw.Contains(quote))
                SplitLine();
            else
                SplitQuoted(quote);
        }
        if (Problem is null && _expected is { } expected && _count != expected)
            Problem = BadRecord.FieldCount(_count, expected);
        return true;
    }

    private void SplitLine()
    {
        ReadOnlySpan<byte> line = Raw;
        int start = 0;
        while (true)
        {
            int at = line[start..].IndexOf(_format.Separator);
            int end = at < 0 ? line.Length : start + at;
            AddBare(start, end);
            if (at < 0)
                return;
            start = end + 1;
        }
    }

    /// <summary>Splits a record that has quotes, which may go on over several lines.</summary>
    private void SplitQuoted(byte quote)
    {
        (int firstLineBytes, int firstLines) = Length;
        int firstRaw = RawLength;
        int start = 0;
        while (Problem is null)
        {
            int open = _format.Trim ? SkipBlanks(start) : start;
            if (open < RawLength && Lines.Window[open] == quote)
            {
                if (!TakeQuoted(open + 1, quote, out start))
                    break;
            }
            else
            {
                int at = Raw[start..].IndexOf(_format.Separator);
                int end = at < 0 ? RawLength : start + at;
                AddBare(start, end);
                start = end;
            }
            if (start == RawLength)
                return;
            start++;
        }
        // The record makes no sense: only its first line is given up, the next line is a fresh start.
        (Length, RawLength) = ((firstLineBytes, firstLines), firstRaw);
    }

    /// <summary>Takes one quoted field; <paramref name="next"/> is the separator or the record's end behind it.</summary>
    private bool TakeQuoted(int start, byte quote, out int next)
    {
        bool doubled = false;
        int from = start;
        while (true)
        {
            int at = Raw[from..].IndexOf(quote);
            if (at < 0)
            {
                from = RawLength;
                if (!TakeAnotherLine())
                {
                    next = from;
                    Problem = BadRecord.OpenQuote;
                    return false;
                }
                continue;
            }
            int close = from + at;
            if (close + 1 < RawLength && Lines.Window[close + 1] == quote)
            {
                doubled = true;
                from = close + 2;
                continue;
            }
            next = _format.Trim ? SkipBlanks(close + 1) : close + 1;
            if (next < RawLength && Lines.Window[next] != _format.Separator)
            {
                Problem = BadRecord.TextAfterQuote;
                return false;
            }
            AddQuoted(start, close, doubled, quote);
            return true;
        }
    }

    /// <summary>Adds the next line to the record; false where the file ends or the record grows too long.</summary>
    private bool TakeAnotherLine()
    {
        if (Length.Bytes >= Lines.Window.Length && !Lines.More())
            return false;
        int end = Lines.FindLineEnd(Length.Bytes);
        if (end < 0 && (Lines.Full || Lines.Window.Length == Length.Bytes))
            return false;
        int length = end < 0 ? Lines.Window.Length : end;
        if (length > Lines.LongestRecord)
            return false;
        Length = end < 0 ? (length, Length.Lines) : (end + 1, Length.Lines + 1);
        RawLength = length > 0 && Lines.Window[length - 1] == '\r' && length > RawLength ? length - 1 : length;
        return true;
    }

    private int SkipBlanks(int from)
    {
        while (from < RawLength && Lines.Window[from] is (byte)' ' or (byte)'\t' && Lines.Window[from] != _format.Separator)
            from++;
        return from;
    }

    private void AddBare(int start, int end)
    {
        if (_format.Trim)
        {
            while (start < end && Lines.Window[start] is (byte)' ' or (byte)'\t')
                start++;
            while (end > start && Lines.Window[end - 1] is (byte)' ' or (byte)'\t')
                end--;
        }
        Add((start, end - start, false, false));
    }

    private void AddQuoted(int start, int end, bool doubled, byte quote)
    {
        if (!doubled)
        {
            Add((start, end - start, true, false));
            return;
        }
        if (_scratch.Length < _scratchUsed + end - start)
            Array.Resize(ref _scratch, Math.Max(_scratch.Length * 2, _scratchUsed + end - start));
        int first = _scratchUsed;
        for (int i = start; i < end; i++)
        {
            _scratch[_scratchUsed++] = Lines.Window[i];
            if (Lines.Window[i] == quote)
                i++;
        }
        Add((first, _scratchUsed - first, true, true));
    }

    private void Add((int, int, bool, bool) field)
    {
        if (_count == _fields.Length)
            Array.Resize(ref _fields, _count * 2);
        _fields[_count++] = field;
    }

    private List<string> HeaderNames()
    {
        List<string> names = [];
        for (int i = 0; i < _count; i++)
        {
            string name = Encoding.UTF8.GetString(Field(i, out _)).Trim();
            names.Add(name.Length == 0 ? $"column_{i + 1}" : name);
        }
        return names;
    }
}
