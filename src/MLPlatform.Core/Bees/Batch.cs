namespace MLPlatform.Core.Bees;

/// <summary>A batch as it was read from a frame whose checksum and content hold.</summary>
/// <param name="RecordBytes">The records in the frame's form.</param>
/// <param name="Count">How many they are.</param>
public readonly record struct Batch(BatchHeader Header, ReadOnlyMemory<byte> RecordBytes, int Count)
{
    /// <summary>The records in order.</summary>
    public BatchRecords Records => new(RecordBytes.Span, Header.From);
}

/// <summary>One record.</summary>
/// <param name="position">Where it begins in its channel: with the channel, its identity.</param>
/// <param name="bytes">Its bytes, without a line end.</param>
public readonly ref struct BatchRecord(long position, ReadOnlySpan<byte> bytes)
{
    public long Position { get; } = position;

    public ReadOnlySpan<byte> Bytes { get; } = bytes;
}

/// <summary>Walks the records of a batch without making anything.</summary>
public ref struct BatchRecords(ReadOnlySpan<byte> records, long from)
{
    private readonly ReadOnlySpan<byte> _records = records;
    private long _position = from;
    private int _next;
    private int _begin;
    private int _length;

    public readonly BatchRecord Current => new(_position, _records.Slice(_begin, _length));

    /// <summary>Where the current record's entry ends in the records area.</summary>
    internal readonly int End => _next;

    public readonly BatchRecords GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_next >= _records.Length)
            return false;
        return TryMoveNext() ? true : throw new InvalidDataException("the records of a batch are malformed");
    }

    /// <summary>As <see cref="MoveNext"/> where there is more; false where it is malformed.</summary>
    internal bool TryMoveNext()
    {
        int at = _next;
        if (!BatchFormat.TryReadVarint(_records, ref at, out long delta) || !BatchFormat.TryReadVarint(_records, ref at, out long length)
            || delta > long.MaxValue - _position || length > _records.Length - at)
            return false;
        (_position, _begin, _length, _next) = (_position + delta, at, (int)length, at + (int)length);
        return true;
    }
}
