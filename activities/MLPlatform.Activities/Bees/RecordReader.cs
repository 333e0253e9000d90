using System.Text.Unicode;

namespace MLPlatform.Activities.Bees;

/// <summary>What a field is before it gets its column's type.</summary>
internal enum FieldKind
{
    /// <summary>There is no value.</summary>
    Missing,

    /// <summary>Text that may stand for a number, a truth value or an instant.</summary>
    Bare,

    /// <summary>Text in quotes: never a missing-value marker.</summary>
    Quoted,

    /// <summary>A JSON number, truth value, list or object, as its JSON text.</summary>
    Json,
}

/// <summary>
/// Reads the records of one file one by one. A record that cannot be read is not an end: it is handed out with its
/// <see cref="Problem"/>, and reading goes on with the next line.
/// </summary>
internal abstract class RecordReader(LineBuffer lines)
{
    /// <summary>The names of the fields, by position.</summary>
    public abstract IReadOnlyList<string> Names { get; }

    /// <summary>Why the record cannot be used, or null.</summary>
    public BadRecord? Problem { get; protected set; }

    /// <summary>The line the record starts on, from 1.</summary>
    public long Line { get; private set; }

    /// <summary>Bytes of the (decompressed) file before the record.</summary>
    public long Offset { get; private set; }

    /// <summary>Bytes of the (decompressed) file that were read: its length, once <see cref="Read"/> was false.</summary>
    public long Position => lines.Offset;

    /// <summary>Lines that hold no record: blank ones and comments.</summary>
    public long Skipped { get; protected set; }

    /// <summary>The record as it stands in the file, without its line end; of a too long one the beginning.</summary>
    public ReadOnlySpan<byte> Raw => lines.Window[..RawLength];

    protected LineBuffer Lines => lines;

    protected int RawLength { get; set; }

    /// <summary>Bytes and lines that the current record takes, its line end included.</summary>
    protected (int Bytes, int Lines) Length { get; set; }

    /// <summary>Moves to the next record, good or bad; false at the end of the file.</summary>
    public bool Read()
    {
        lines.Advance(Length.Bytes, Length.Lines);
        Problem = null;
        if (_skipLine)
            lines.SkipLine();
        _skipLine = false;
        if (!Next())
            return false;
        (Line, Offset) = (lines.Line, lines.Offset);
        if (Problem is null && !Utf8.IsValid(Raw))
            Problem = BadRecord.Encoding;
        else if (Problem is null && Raw.Contains((byte)0))
            Problem = BadRecord.Nul;
        return true;
    }

    /// <summary>A field of the current record, by position.</summary>
    public abstract ReadOnlySpan<byte> Field(int index, out FieldKind kind);

    protected abstract bool Next();

    private bool _skipLine;

    /// <summary>Whether a line without anything on it is a record.</summary>
    protected virtual bool TakesBlank => false;

    /// <summary>Takes the next line that holds a record; false at the end of the file.</summary>
    protected bool NextLine()
    {
        Length = (0, 0);
        while (true)
        {
            int end = lines.FindLineEnd(0);
            if (end < 0 && lines.Full)
            {
                TooLong();
                return true;
            }
            int length = end < 0 ? lines.Window.Length : end;
            Length = end < 0 ? (length, 0) : (end + 1, 1);
            if (end > 0 && lines.Window[end - 1] == '\r')
                length--;
            else if (end < 0 && length > 0 && lines.Window[length - 1] == '\r')
                length--;
            RawLength = length;
            if (length > lines.LongestRecord)
            {
                Problem = BadRecord.TooLong;
                RawLength = Math.Min(length, BadRecord.LongestText);
                return true;
            }
            if ((length > 0 || (TakesBlank && Length.Bytes > 0)) && !IsComment(lines.Window[..length]))
                return true;
            if (Length.Bytes == 0)
                return false;
            Skipped++;
            lines.Advance(Length.Bytes, Length.Lines);
            Length = (0, 0);
        }
    }

    protected virtual bool IsComment(ReadOnlySpan<byte> line) => false;

    /// <summary>Gives the record up as too long: its beginning is kept, the rest of its line is dropped on the next read.</summary>
    protected void TooLong()
    {
        Problem = BadRecord.TooLong;
        RawLength = Math.Min(lines.Window.Length, BadRecord.LongestText);
        Length = (0, 0);
        _skipLine = true;
    }
}
