using System.Buffers.Binary;

namespace MLPlatform.Activities.Data.Stores.Postgres;

/// <summary>Reads PostgreSQL's binary COPY format tuple by tuple; a field is the bytes the server sent.</summary>
internal sealed class PgCopyReader(Stream stream, int columns)
{
    private static readonly byte[] Signature = [.. "PGCOPY\n"u8, 0xFF, .. "\r\n\0"u8];

    private readonly (int Start, int Length)[] _fields = new (int, int)[columns];
    private byte[] _buffer = new byte[1 << 17];
    private int _start;
    private int _end;
    private int _tuple;
    private bool _begun;

    /// <summary>Moves to the next tuple; false at the end, which the server marks.</summary>
    public bool Read()
    {
        if (!_begun)
            Begin();
        _tuple = _start;
        Need(2);
        short count = BinaryPrimitives.ReadInt16BigEndian(_buffer.AsSpan(_start));
        _start += 2;
        if (count == -1)
            return false;
        if (count != columns)
            throw new InvalidDataException($"a tuple of {count} fields came instead of {columns}");
        for (int i = 0; i < columns; i++)
        {
            Need(4);
            int length = BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_start));
            _start += 4;
            if (length > 0)
                Need(length);
            _fields[i] = (_start - _tuple, length);
            _start += Math.Max(0, length);
        }
        return true;
    }

    public bool IsMissing(int column) => _fields[column].Length < 0;

    public ReadOnlySpan<byte> Field(int column) => _buffer.AsSpan(_tuple + _fields[column].Start, _fields[column].Length);

    public long Int64(int column) => BinaryPrimitives.ReadInt64BigEndian(Field(column));

    public double Double(int column) => BinaryPrimitives.ReadDoubleBigEndian(Field(column));

    private void Begin()
    {
        _begun = true;
        Need(19);
        if (!_buffer.AsSpan(_start, Signature.Length).SequenceEqual(Signature))
            throw new InvalidDataException("the server sent no binary copy");
        int extension = BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_start + 15));
        _start += 19;
        _tuple = _start;
        Need(extension);
        _start += extension;
    }

    /// <summary>Has that many bytes more in the buffer, together with the whole tuple so far.</summary>
    private void Need(int bytes)
    {
        if (_end - _start >= bytes)
            return;
        if (_tuple > 0)
        {
            _buffer.AsSpan(_tuple, _end - _tuple).CopyTo(_buffer);
            (_start, _end, _tuple) = (_start - _tuple, _end - _tuple, 0);
        }
        if (_start + bytes > _buffer.Length)
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _start + bytes));
        while (_end - _start < bytes)
        {
            int read = stream.Read(_buffer, _end, _buffer.Length - _end);
            if (read == 0)
                throw new EndOfStreamException("the copy ended in the middle");
            _end += read;
        }
    }
}
