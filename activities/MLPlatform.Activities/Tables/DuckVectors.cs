using System.Globalization;
using DuckDB.NET.Native;
using MLPlatform.Core.Features;

namespace MLPlatform.Activities.Tables;

/// <summary>Copies DuckDB's column vectors into row buffers. Types narrow to those of tables: dates become timestamps,
/// decimals become doubles, 128-bit whole numbers (sums) become 64-bit ones or fail.</summary>
internal static unsafe class DuckVectors
{
    public static IReadOnlyList<TableColumn> Columns(ref DuckDBResult result)
    {
        List<TableColumn> columns = [];
        int count = (int)NativeMethods.Query.DuckDBColumnCount(ref result);
        for (int i = 0; i < count; i++)
        {
            string name = NativeMethods.Query.DuckDBColumnName(ref result, i);
            columns.Add(new TableColumn(name, TypeOf(name, NativeMethods.Query.DuckDBColumnType(ref result, i))));
        }
        if (columns.GroupBy(c => c.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw DataErrors.Bad("DATA-023", $"The query returns two columns called '{twice.Key}'. Name one of them otherwise with AS.");
        return columns;
    }

    /// <summary>Whether the result is to be partitioned: it has a date column named <c>day</c>.</summary>
    public static int DayColumn(ref DuckDBResult result)
    {
        int count = (int)NativeMethods.Query.DuckDBColumnCount(ref result);
        for (int i = 0; i < count; i++)
        {
            if (NativeMethods.Query.DuckDBColumnName(ref result, i) == TableWriter.DayColumn
                && NativeMethods.Query.DuckDBColumnType(ref result, i) == DuckDBType.Date)
                return i;
        }
        return -1;
    }

    /// <summary>The vectors of a chunk, by column.</summary>
    public static Vector[] Vectors(DuckDBDataChunk chunk, IReadOnlyList<TableColumn> columns) =>
        [.. columns.Select((column, i) => Vector.Of(NativeMethods.DataChunks.DuckDBDataChunkGetVector(chunk, i), column.Name))];

    public static int Rows(DuckDBDataChunk chunk) => (int)NativeMethods.DataChunks.DuckDBDataChunkGetSize(chunk);

    /// <summary>Appends one value, or its absence.</summary>
    public static void AppendValue(in Vector vector, int row, RowBuffer buffer, int column, ColumnType type)
    {
        if (vector.IsMissing(row))
            buffer.Missing(column);
        else
            Append(vector, row, buffer, column, type);
    }

    /// <summary>One value as JSON would say it: instants in ISO 8601, numbers that JSON lacks and missing values as null.</summary>
    public static object? Value(in Vector vector, int row, ColumnType type)
    {
        if (vector.IsMissing(row))
            return null;
        return type switch
        {
            ColumnType.String => System.Text.Encoding.UTF8.GetString(vector.Text(row)),
            ColumnType.Double => double.IsFinite(vector.Double(row)) ? vector.Double(row) : null,
            ColumnType.Bool => ((byte*)vector.Data)[row] != 0,
            ColumnType.Timestamp => DateTime.UnixEpoch.AddMicroseconds(vector.Int64(row)).ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFZ", CultureInfo.InvariantCulture),
            _ => vector.Int64(row),
        };
    }

    /// <summary>One value as features hold it.</summary>
    public static FeatureValue Feature(in Vector vector, int row, ColumnType type)
    {
        if (vector.IsMissing(row))
            return FeatureValue.Missing;
        return type switch
        {
            ColumnType.String => FeatureValue.Of(System.Text.Encoding.UTF8.GetString(vector.Text(row))),
            ColumnType.Double => FeatureValue.Of(vector.Double(row)),
            ColumnType.Bool => FeatureValue.Of(((byte*)vector.Data)[row] != 0),
            ColumnType.Timestamp => FeatureValue.Instant(vector.Int64(row)),
            _ => FeatureValue.Of(vector.Int64(row)),
        };
    }

    /// <summary>Whether a value is this text.</summary>
    public static bool IsText(in Vector vector, int row, string text)
    {
        Span<byte> bytes = text.Length <= 80 ? stackalloc byte[256] : new byte[System.Text.Encoding.UTF8.GetMaxByteCount(text.Length)];
        int length = System.Text.Encoding.UTF8.GetBytes(text, bytes);
        return vector.Text(row).SequenceEqual(bytes[..length]);
    }

    private static void Append(in Vector vector, int row, RowBuffer buffer, int column, ColumnType type)
    {
        switch (type)
        {
            case ColumnType.String:
                buffer.Text(column, vector.Text(row));
                break;
            case ColumnType.Double:
                buffer.Double(column, vector.Double(row));
                break;
            case ColumnType.Bool:
                buffer.Bool(column, ((byte*)vector.Data)[row] != 0);
                break;
            default:
                buffer.Int64(column, vector.Int64(row));
                break;
        }
    }

    private static ColumnType TypeOf(string name, DuckDBType type) => type switch
    {
        DuckDBType.Boolean => ColumnType.Bool,
        DuckDBType.TinyInt or DuckDBType.SmallInt or DuckDBType.Integer or DuckDBType.BigInt or DuckDBType.HugeInt
            or DuckDBType.UnsignedTinyInt or DuckDBType.UnsignedSmallInt or DuckDBType.UnsignedInteger or DuckDBType.UnsignedBigInt => ColumnType.Int64,
        DuckDBType.Float or DuckDBType.Double or DuckDBType.Decimal => ColumnType.Double,
        DuckDBType.Varchar or DuckDBType.SqlNull => ColumnType.String,
        DuckDBType.Date or DuckDBType.Timestamp or DuckDBType.TimestampTz or DuckDBType.TimestampS or DuckDBType.TimestampMs
            or DuckDBType.TimestampNs => ColumnType.Timestamp,
        _ => throw DataErrors.Bad("DATA-023", $"The column '{name}' is of type {type}, which tables do not have. Turn it into text, for example with CAST({name} AS VARCHAR) or to_json({name})::VARCHAR."),
    };

    /// <summary>One column of a chunk.</summary>
    internal readonly struct Vector
    {
        private readonly ulong* _valid;
        private readonly DuckDBType _type;
        private readonly double _scale;
        private readonly string _name;

        private Vector(void* data, ulong* valid, DuckDBType type, double scale, string name)
        {
            Data = data;
            _valid = valid;
            (_type, _scale, _name) = (type, scale, name);
        }

        public void* Data { get; }

        public static Vector Of(nint vector, string name)
        {
            using DuckDBLogicalType logical = NativeMethods.Vectors.DuckDBVectorGetColumnType(vector);
            DuckDBType type = NativeMethods.LogicalType.DuckDBGetTypeId(logical);
            double scale = 1;
            if (type == DuckDBType.Decimal)
            {
                scale = Math.Pow(10, NativeMethods.LogicalType.DuckDBDecimalScale(logical));
                type = NativeMethods.LogicalType.DuckDBDecimalInternalType(logical);
            }
            return new Vector(NativeMethods.Vectors.DuckDBVectorGetData(vector), NativeMethods.Vectors.DuckDBVectorGetValidity(vector), type, scale, name);
        }

        public bool IsMissing(int row) => _type == DuckDBType.SqlNull || (_valid != null && (_valid[row >> 6] & (1UL << (row & 63))) == 0);

        public ReadOnlySpan<byte> Text(int row)
        {
            // DuckDB keeps short strings in place and a pointer to longer ones.
            byte* text = (byte*)Data + 16L * row;
            int length = *(int*)text;
            return new ReadOnlySpan<byte>(length <= 12 ? text + 4 : *(byte**)(text + 8), length);
        }

        public bool Bool(int row) => ((byte*)Data)[row] != 0;

        public double Double(int row) => _type switch
        {
            DuckDBType.Double => ((double*)Data)[row],
            DuckDBType.Float => ((float*)Data)[row],
            DuckDBType.HugeInt => (double)((Int128*)Data)[row] / _scale,
            _ => Int64(row) / _scale,
        };

        /// <summary>A whole number, or an instant in microseconds since 1970.</summary>
        public long Int64(int row) => _type switch
        {
            DuckDBType.TinyInt => ((sbyte*)Data)[row],
            DuckDBType.SmallInt => ((short*)Data)[row],
            DuckDBType.Integer => ((int*)Data)[row],
            DuckDBType.UnsignedTinyInt => ((byte*)Data)[row],
            DuckDBType.UnsignedSmallInt => ((ushort*)Data)[row],
            DuckDBType.UnsignedInteger => ((uint*)Data)[row],
            DuckDBType.UnsignedBigInt => Narrow(((ulong*)Data)[row]),
            DuckDBType.HugeInt => Narrow(((Int128*)Data)[row]),
            DuckDBType.Date => ((int*)Data)[row] * 86_400_000_000L,
            DuckDBType.TimestampS => ((long*)Data)[row] * 1_000_000,
            DuckDBType.TimestampMs => ((long*)Data)[row] * 1_000,
            DuckDBType.TimestampNs => (long)Math.Floor(((long*)Data)[row] / 1000m),
            _ => ((long*)Data)[row],
        };

        private long Narrow(Int128 value) => value >= long.MinValue && value <= long.MaxValue
            ? (long)value
            : throw DataErrors.Bad("DATA-023", string.Create(CultureInfo.InvariantCulture, $"A value of the column '{_name}' ({value}) does not fit in 64 bits. Cast the column to DOUBLE."));
    }
}
