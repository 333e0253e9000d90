using System.Buffers.Text;
using System.Globalization;
using System.Text;
using MLPlatform.Activities.Tables;

namespace MLPlatform.Activities.Data.Stores;

/// <summary>
/// Writes delimited text that bees.collect reads back as the same rows: a missing value is an empty field, an empty text is
/// two quotes, numbers are written so that they come back to the last bit, instants are ISO 8601 in UTC.
/// </summary>
internal sealed class DelimitedSink : IRowSink
{
    private readonly Stream _stream;
    private readonly IReadOnlyList<TableColumn> _columns;
    private readonly byte _separator;
    private readonly byte[] _special;
    private byte[] _buffer = new byte[1 << 16];
    private int _used;

    public DelimitedSink(Stream stream, IReadOnlyList<TableColumn> columns, char separator)
    {
        (_stream, _columns, _separator) = (stream, columns, (byte)separator);
        _special = [(byte)separator, (byte)'"', (byte)'\n', (byte)'\r'];
        for (int i = 0; i < columns.Count; i++)
        {
            Text(Encoding.UTF8.GetBytes(columns[i].Name));
            Byte(i == columns.Count - 1 ? (byte)'\n' : _separator);
        }
    }

    public void Write(DuckVectors.Vector[] vectors, int rows)
    {
        for (int row = 0; row < rows; row++)
        {
            // A lone missing value would be a blank line, which is no record.
            if (vectors.Length == 1 && vectors[0].IsMissing(row))
                throw StoreErrors.Unfit("A table of one column with missing values cannot be written as delimited text, where they would be blank lines. Write it as jsonl or parquet.");
            for (int i = 0; i < vectors.Length; i++)
            {
                if (!vectors[i].IsMissing(row))
                    Value(vectors[i], row, _columns[i].Type);
                Byte(i == vectors.Length - 1 ? (byte)'\n' : _separator);
            }
        }
    }

    public void Complete() => Send();

    public void Dispose() => _stream.Dispose();

    /// <summary>An instant as ISO 8601 in UTC, with as many digits as it needs.</summary>
    public static string Instant(long micros)
    {
        // Years that .NET lacks are written as microseconds would be lost otherwise; no table of ours has them by day.
        long ticks = checked(micros * TimeSpan.TicksPerMicrosecond + DateTime.UnixEpoch.Ticks);
        return ticks >= 0 && ticks <= DateTime.MaxValue.Ticks
            ? new DateTime(ticks, DateTimeKind.Utc).ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFZ", CultureInfo.InvariantCulture)
            : throw StoreErrors.Unfit(string.Create(CultureInfo.InvariantCulture, $"An instant of {micros} microseconds since 1970 is outside the years 1 to 9999. Clean the table first."));
    }

    private void Value(in DuckVectors.Vector vector, int row, ColumnType type)
    {
        switch (type)
        {
            case ColumnType.String:
                Text(vector.Text(row));
                break;
            case ColumnType.Bool:
                Bytes(vector.Bool(row) ? "true"u8 : "false"u8);
                break;
            case ColumnType.Double:
                double number = vector.Double(row);
                if (!double.IsFinite(number))
                    throw StoreErrors.Unfit("A number is not finite, which text cannot say so that it is read back. Clean the table first.");
                Room(40);
                number.TryFormat(_buffer.AsSpan(_used), out int written, "R", CultureInfo.InvariantCulture);
                _used += written;
                break;
            case ColumnType.Timestamp:
                Bytes(Encoding.UTF8.GetBytes(Instant(vector.Int64(row))));
                break;
            default:
                Room(24);
                Utf8Formatter.TryFormat(vector.Int64(row), _buffer.AsSpan(_used), out int digits);
                _used += digits;
                break;
        }
    }

    private void Text(ReadOnlySpan<byte> utf8)
    {
        // Blanks at the ends are quoted so that readers that trim keep them.
        bool plain = utf8.Length > 0 && utf8.IndexOfAny(_special) < 0 && utf8[0] is not ((byte)' ' or (byte)'\t' or (byte)'#') && utf8[^1] is not ((byte)' ' or (byte)'\t');
        if (plain)
        {
            Bytes(utf8);
            return;
        }
        Byte((byte)'"');
        while (utf8.IndexOf((byte)'"') is >= 0 and var quote)
        {
            Bytes(utf8[..(quote + 1)]);
            Byte((byte)'"');
            utf8 = utf8[(quote + 1)..];
        }
        Bytes(utf8);
        Byte((byte)'"');
    }

    private void Byte(byte value)
    {
        Room(1);
        _buffer[_used++] = value;
    }

    private void Bytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _buffer.Length)
        {
            Send();
            _stream.Write(bytes);
            return;
        }
        Room(bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_used));
        _used += bytes.Length;
    }

    private void Room(int bytes)
    {
        if (_used + bytes > _buffer.Length)
            Send();
    }

    private void Send()
    {
        _stream.Write(_buffer, 0, _used);
        _used = 0;
    }
}
