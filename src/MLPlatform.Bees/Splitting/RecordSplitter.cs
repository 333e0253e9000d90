using MLPlatform.Core.Bees;

namespace MLPlatform.Bees.Splitting;

/// <summary>What one stretch of a file gave.</summary>
/// <param name="Consumed">Bytes that are in records, or counted as cut or skipped.</param>
/// <param name="InLongLine">The stretch ended within a line that is too long: the next one begins with the rest of it.</param>
internal readonly record struct SplitResult(int Consumed, bool InLongLine, long CutRecords, long CutBytes, long SkippedRecords);

/// <summary>A stretch of a file, read in one go.</summary>
/// <param name="Offset">Where it begins in the file: at the start of a record, or within a long line.</param>
/// <param name="Full">More could not be read at once: what has no end in it is too long.</param>
/// <param name="EndRecord">The last record is complete although no other begins: nothing came for long enough.</param>
/// <param name="EndLine">The last line is complete although its end is missing: the file is finished.</param>
internal readonly record struct Stretch(long Offset, bool Full, bool EndRecord, bool EndLine, bool InLongLine);

/// <summary>Cuts bytes into records. Makes nothing for each record; the bytes go straight into the batch.</summary>
internal sealed class RecordSplitter(RecordRules rules)
{
    private const int LongestStart = 512;
    private readonly Transcoder _transcoder = new();
    private long _cut, _cutBytes, _skipped;

    public SplitResult Split(ReadOnlySpan<byte> bytes, Stretch stretch, BatchWriter to)
    {
        (_cut, _cutBytes, _skipped) = (0, 0, 0);
        if (!stretch.EndLine)
            bytes = bytes[..(bytes.Length - bytes.Length % LineEnds.Unit(rules.Encoding))];
        TextEncoding encoding = EncodingOf(bytes, stretch.Offset, out int at);
        int record = 0; // Where the open record begins: at the mark before the first line, so that no byte is left out.
        bool inLong = stretch.InLongLine;
        if (inLong)
        {
            int end = LineEnds.Next(bytes, encoding);
            _cutBytes += rules.LongLines == LongLines.Skip ? 0 : end < 0 ? bytes.Length : end;
            if (end < 0)
                return Result(bytes.Length, !stretch.EndLine);
            (at, record, inLong) = (end, end, false);
        }
        int text = at; // Where the text of the open record begins.
        int recordEnd = at; // Behind its last complete line.
        while (LineEnds.Next(bytes[at..], encoding) is > 0 and int length)
        {
            ReadOnlySpan<byte> line = bytes.Slice(at, length);
            bool tooLong = length > rules.MostBytes;
            if (recordEnd > text && (rules.Start is null || tooLong || recordEnd - text + length > rules.MostBytes || Starts(line, encoding)))
            {
                Add(to, stretch.Offset + record, bytes[text..recordEnd], encoding);
                (record, text) = (at, at);
            }
            at += length;
            recordEnd = at;
            if (tooLong)
            {
                AddLong(to, stretch.Offset + record, line, encoding);
                (record, text) = (at, at);
            }
        }

        // What has no end yet: the open record, and a line of which only the beginning is there.
        int rest = bytes.Length - at;
        bool endOpen = rules.Start is null || stretch.EndLine || (stretch.EndRecord && rest == 0) || (stretch.Full && record == 0);
        bool joined = stretch.EndLine && rest > 0 && recordEnd > text && rules.Start is not null
            && recordEnd - text + rest <= rules.MostBytes && !Starts(bytes[at..], encoding);
        if (joined)
        {
            Add(to, stretch.Offset + record, bytes[text..], encoding);
            return Result(bytes.Length, false);
        }
        if (recordEnd > text && (endOpen || rest > rules.MostBytes))
        {
            Add(to, stretch.Offset + record, bytes[text..recordEnd], encoding);
            (record, text) = (at, at);
        }
        if (recordEnd == text && rest > rules.MostBytes)
        {
            AddLong(to, stretch.Offset + record, bytes[at..], encoding);
            return Result(bytes.Length, !stretch.EndLine);
        }
        if (recordEnd == text && rest > 0 && stretch.EndLine)
        {
            Add(to, stretch.Offset + record, bytes[at..], encoding);
            return Result(bytes.Length, false);
        }
        return Result(stretch.EndLine && rest == 0 ? at : record, false); // A mark alone is no record, but it is read.
    }

    private SplitResult Result(int consumed, bool inLong) => new(consumed, inLong, _cut, _cutBytes, _skipped);

    private void Add(BatchWriter to, long offset, ReadOnlySpan<byte> record, TextEncoding encoding) =>
        to.Add(offset, _transcoder.ToUtf8(LineEnds.Trim(record, encoding), encoding));

    private void AddLong(BatchWriter to, long offset, ReadOnlySpan<byte> line, TextEncoding encoding)
    {
        if (rules.LongLines == LongLines.Skip)
        {
            _skipped++;
            return;
        }
        int keep = Characters.Whole(line, rules.MostBytes, encoding);
        _cut++;
        _cutBytes += line.Length - keep;
        Add(to, offset, line[..keep], encoding);
    }

    private bool Starts(ReadOnlySpan<byte> line, TextEncoding encoding)
    {
        line = LineEnds.Trim(line, encoding);
        int cut = Math.Min(line.Length, LongestStart);
        return rules.Start!.IsMatch(_transcoder.ToText(line[..cut], encoding));
    }

    // A byte order mark is no text. In UTF-16 it also says which half comes first.
    private TextEncoding EncodingOf(ReadOnlySpan<byte> bytes, long offset, out int mark)
    {
        mark = 0;
        if (offset > 0)
            return BigEndian && rules.Encoding == TextEncoding.Utf16 ? TextEncoding.Utf16BigEndian : rules.Encoding;
        switch (rules.Encoding)
        {
            case TextEncoding.Utf8 when bytes.StartsWith("\uFEFF"u8):
                mark = 3;
                break;
            case TextEncoding.Utf16:
                BigEndian = bytes is [0xFE, 0xFF, ..];
                mark = bytes is [0xFE, 0xFF, ..] or [0xFF, 0xFE, ..] ? 2 : 0;
                return BigEndian ? TextEncoding.Utf16BigEndian : TextEncoding.Utf16;
            case TextEncoding.Utf16BigEndian when bytes is [0xFE, 0xFF, ..]:
                mark = 2;
                break;
            case TextEncoding.Gbk or TextEncoding.Utf8 or TextEncoding.Utf16BigEndian:
                break;
        }
        return rules.Encoding;
    }

    /// <summary>For UTF-16: what the mark at the start of the file said; whoever goes on in the middle sets it.</summary>
    public bool BigEndian { get; set; }
}
