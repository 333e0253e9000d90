using MLPlatform.Activities.Tables;
using MLPlatform.Core.Bees;

namespace MLPlatform.Activities.Bees;

/// <summary>Where a batch stands.</summary>
/// <param name="Segment">The segment's file.</param>
/// <param name="Bytes">Of its frame.</param>
internal sealed record LandedPart(string Segment, long Offset, int Bytes);

/// <summary>A channel's records as the file they were: each followed by a line end.</summary>
internal sealed class LandedStream(IReadOnlyList<LandedPart> parts) : Stream
{
    private readonly Queue<Mark> _marks = new();
    private byte[] _frame = [];
    private byte[] _text = [];
    private int _start;
    private int _end;
    private int _next;
    private long _made;
    private long _read;
    private Mark _mark;
    private FileStream? _segment;

    /// <summary>What is known of the record that holds a byte of the stream. Ask for bytes in rising order.</summary>
    /// <returns>Its position in the channel, and when it arrived in microseconds since 1970.</returns>
    public (long Position, long Arrived) At(long offset)
    {
        while (_marks.TryPeek(out Mark next) && next.Offset <= offset)
            _mark = _marks.Dequeue();
        return (_mark.Position, _mark.Arrived);
    }

    /// <summary>The byte of the stream behind the record that holds a byte: its line end. Ask as for <see cref="At"/>.</summary>
    public long EndAt(long offset)
    {
        At(offset);
        return _mark.Offset + _mark.Bytes;
    }

    public override int Read(Span<byte> buffer)
    {
        while (_start == _end)
        {
            if (_next == parts.Count)
                return 0;
            Load(parts[_next++]);
        }
        int count = Math.Min(buffer.Length, _end - _start);
        _text.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    private void Load(LandedPart part)
    {
        if (_segment?.Name != part.Segment)
        {
            _segment?.Dispose();
            _segment = new FileStream(part.Segment, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
        }
        if (_frame.Length < part.Bytes)
            _frame = new byte[part.Bytes];
        _segment.Position = part.Offset;
        _segment.ReadExactly(_frame, 0, part.Bytes);
        if (BatchReading.Read(_frame.AsMemory(0, part.Bytes)) is not BatchReading.Whole { Batch: var batch })
            throw DataErrors.Bad("BEES-061", $"The segment '{Path.GetFileName(part.Segment)}' changed at byte {part.Offset} while it was being read. Run again.");
        if (_text.Length < batch.RecordBytes.Length)
            _text = new byte[batch.RecordBytes.Length]; // A record takes two bytes more in a frame than here, or as many.
        (_start, _end, _read) = (0, 0, _read + part.Bytes);
        long arrived = ((batch.Header.ArrivedAt ?? batch.Header.ReadAt).UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;
        foreach (BatchRecord record in batch.Records)
        {
            _marks.Enqueue(new Mark(_made, record.Bytes.Length, record.Position, arrived));
            record.Bytes.CopyTo(_text.AsSpan(_end));
            _end += record.Bytes.Length;
            _text[_end++] = (byte)'\n';
            _made += record.Bytes.Length + 1;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _segment?.Dispose();
        base.Dispose(disposing);
    }

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();

    /// <summary>Bytes of segments read.</summary>
    public override long Position { get => _read; set => throw new NotSupportedException(); }
    public override void Flush() { }
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private readonly record struct Mark(long Offset, int Bytes, long Position, long Arrived);
}
