using System.Buffers.Binary;
using MLPlatform.Activities.Tables;

namespace MLPlatform.Activities.Data.Stores.Postgres;

/// <summary>Writes rows in PostgreSQL's binary COPY format: bigint, double precision, boolean, text and timestamp with time zone.</summary>
internal sealed class PgCopyWriter
{
    /// <summary>Microseconds from 1970 to 2000, where PostgreSQL counts from.</summary>
    public const long Epoch = 946_684_800_000_000;

    private readonly Stream _stream;
    private byte[] _buffer = new byte[1 << 17];
    private int _used;

    public PgCopyWriter(Stream stream)
    {
        _stream = stream;
        Bytes([.. "PGCOPY\n"u8, 0xFF, .. "\r\n\0"u8, 0, 0, 0, 0, 0, 0, 0, 0]);
    }

    public void Row(int fields) => BinaryPrimitives.WriteInt16BigEndian(Room(2), (short)fields);

    public void Missing() => BinaryPrimitives.WriteInt32BigEndian(Room(4), -1);

    public void Int64(long value)
    {
        Span<byte> field = Room(12);
        BinaryPrimitives.WriteInt32BigEndian(field, 8);
        BinaryPrimitives.WriteInt64BigEndian(field[4..], value);
    }

    public void Double(double value) => Int64(BitConverter.DoubleToInt64Bits(value));

    public void Bool(bool value)
    {
        Span<byte> field = Room(5);
        BinaryPrimitives.WriteInt32BigEndian(field, 1);
        field[4] = value ? (byte)1 : (byte)0;
    }

    public void Text(ReadOnlySpan<byte> utf8)
    {
        BinaryPrimitives.WriteInt32BigEndian(Room(4), utf8.Length);
        Bytes(utf8);
    }

    public void Value(in DuckVectors.Vector vector, int row, ColumnType type)
    {
        if (vector.IsMissing(row))
            Missing();
        else if (type == ColumnType.String)
            Text(vector.Text(row));
        else if (type == ColumnType.Double)
            Double(vector.Double(row));
        else if (type == ColumnType.Bool)
            Bool(vector.Bool(row));
        else
            Int64(type == ColumnType.Timestamp ? checked(vector.Int64(row) - Epoch) : vector.Int64(row));
    }

    /// <summary>Writes the end and sends what is left.</summary>
    public void Complete()
    {
        BinaryPrimitives.WriteInt16BigEndian(Room(2), -1);
        Send();
    }

    private void Bytes(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (_used == _buffer.Length)
                Send();
            int count = Math.Min(bytes.Length, _buffer.Length - _used);
            bytes[..count].CopyTo(_buffer.AsSpan(_used));
            _used += count;
            bytes = bytes[count..];
        }
    }

    private Span<byte> Room(int bytes)
    {
        if (_used + bytes > _buffer.Length)
            Send();
        _used += bytes;
        return _buffer.AsSpan(_used - bytes, bytes);
    }

    private void Send()
    {
        _stream.Write(_buffer, 0, _used);
        _used = 0;
    }
}
