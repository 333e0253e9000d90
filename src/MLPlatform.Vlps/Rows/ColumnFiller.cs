using ParquetSharp;

namespace MLPlatform.Vlps.Rows;

/// <summary>Moves values of one Parquet column chunk into a <see cref="Column"/>, many at a time.</summary>
internal abstract class ColumnFiller : IDisposable
{
    public abstract void Fill(Column into, int rows);

    /// <summary>Passes over rows.</summary>
    public abstract void Skip(long rows);

    public abstract void Dispose();

    public static ColumnFiller For(ColumnReader reader, int batchRows)
    {
        ColumnDescriptor column = reader.ColumnDescriptor;
        if (column.MaxRepetitionLevel > 0)
            throw Unfit(column, "is a list; only plain columns can be used");
        double scale = Math.Pow(10, -Scale(column));
        bool isDecimal = Scale(column) != 0;
        return reader switch
        {
            ColumnReader<ByteArray> r => new TextFiller(r, batchRows),
            ColumnReader<long> r when isDecimal => new RealFiller<long>(r, batchRows, (from, to) => Scaled(from, to, v => v * scale)),
            ColumnReader<int> r when isDecimal => new RealFiller<int>(r, batchRows, (from, to) => Scaled(from, to, v => v * scale)),
            ColumnReader<long> r => new LongFiller(r, batchRows),
            ColumnReader<int> r => new WholeFiller<int>(r, ColumnKind.Whole, batchRows, Widen),
            ColumnReader<double> r => new DoubleFiller(r, batchRows),
            ColumnReader<float> r => new RealFiller<float>(r, batchRows, (from, to) => Scaled(from, to, v => v)),
            ColumnReader<bool> r => new WholeFiller<bool>(r, ColumnKind.Boolean, batchRows, Widen),
            _ => throw Unfit(column, $"has the type {column.PhysicalType}, which cannot be used; cast it in a data.sql step"),
        };
    }

    private static void Scaled<T>(ReadOnlySpan<T> from, Span<double> to, Func<T, double> scaled)
    {
        for (int i = 0; i < from.Length; i++)
            to[i] = scaled(from[i]);
    }

    private static void Widen(ReadOnlySpan<int> from, Span<long> to)
    {
        for (int i = 0; i < from.Length; i++)
            to[i] = from[i];
    }

    private static void Widen(ReadOnlySpan<bool> from, Span<long> to)
    {
        for (int i = 0; i < from.Length; i++)
            to[i] = from[i] ? 1 : 0;
    }

    private static int Scale(ColumnDescriptor column)
    {
        using LogicalType type = column.LogicalType;
        return type is DecimalLogicalType d ? d.Scale : 0;
    }

    private static VlpsException Unfit(ColumnDescriptor column, string why) =>
        new(VlpsProblem.ColumnType, $"column '{column.Path.ToDotString()}' {why}");
}

internal delegate void Convert<TFrom, TTo>(ReadOnlySpan<TFrom> from, Span<TTo> to);

/// <typeparam name="T">What the file holds.</typeparam>
internal abstract class ColumnFiller<T>(ColumnReader<T> reader, ColumnKind kind, int batchRows) : ColumnFiller
    where T : unmanaged
{
    private readonly short[] _repetitions = new short[batchRows];

    /// <summary>Of each row that was read, how deep it is defined.</summary>
    protected short[] Levels { get; } = new short[batchRows];

    /// <summary>The level of a row that is there; 0: all are.</summary>
    protected short Defined { get; } = reader.ColumnDescriptor.MaxDefinitionLevel;

    public override void Fill(Column into, int rows)
    {
        into.Reset(kind);
        while (into.Count < rows)
            Append(into, Math.Min(batchRows, rows - into.Count));
    }

    /// <summary>Reads up to so many rows and adds them.</summary>
    protected abstract void Append(Column into, int rows);

    /// <summary>Reads up to so many rows.</summary>
    /// <returns>How many rows, and how many of them are there.</returns>
    protected (int Rows, int Values) Read(Column into, int rows, Span<T> values)
    {
        int read = (int)reader.ReadBatch(rows, Levels.AsSpan(0, rows), _repetitions.AsSpan(0, rows), values[..rows], out long present);
        if (read == 0 && present == 0)
            throw new VlpsException(VlpsProblem.BadFile, $"column '{into.Name}' ends before its row group does");
        return (Defined == 0 ? (int)present : read, (int)present);
    }

    public override void Skip(long rows)
    {
        while (rows > 0)
        {
            long skipped = reader.Skip(rows);
            if (skipped == 0)
                throw new VlpsException(VlpsProblem.BadFile, $"column '{reader.ColumnDescriptor.Path.ToDotString()}' ends before its row group does");
            rows -= skipped;
        }
    }

    public override void Dispose() => reader.Dispose();
}

/// <summary>Whole numbers as they are, with nothing in between.</summary>
internal sealed class LongFiller(ColumnReader<long> reader, int batchRows) : ColumnFiller<long>(reader, ColumnKind.Whole, batchRows)
{
    protected override void Append(Column into, int rows)
    {
        (int read, int values) = Read(into, rows, into.WholeRoom(rows));
        into.Take(read, values, Levels, Defined);
    }
}

/// <summary>Reals as they are, with nothing in between.</summary>
internal sealed class DoubleFiller(ColumnReader<double> reader, int batchRows) : ColumnFiller<double>(reader, ColumnKind.Real, batchRows)
{
    protected override void Append(Column into, int rows)
    {
        (int read, int values) = Read(into, rows, into.RealRoom(rows));
        into.Take(read, values, Levels, Defined);
    }
}

internal sealed class WholeFiller<T>(ColumnReader<T> reader, ColumnKind kind, int batchRows, Convert<T, long> convert) : ColumnFiller<T>(reader, kind, batchRows)
    where T : unmanaged
{
    private readonly T[] _values = new T[batchRows];

    protected override void Append(Column into, int rows)
    {
        (int read, int values) = Read(into, rows, _values);
        convert(_values.AsSpan(0, values), into.WholeRoom(read));
        into.Take(read, values, Levels, Defined);
    }
}

internal sealed class RealFiller<T>(ColumnReader<T> reader, int batchRows, Convert<T, double> convert) : ColumnFiller<T>(reader, ColumnKind.Real, batchRows)
    where T : unmanaged
{
    private readonly T[] _values = new T[batchRows];

    protected override void Append(Column into, int rows)
    {
        (int read, int values) = Read(into, rows, _values);
        convert(_values.AsSpan(0, values), into.RealRoom(read));
        into.Take(read, values, Levels, Defined);
    }
}

internal sealed class TextFiller(ColumnReader<ByteArray> reader, int batchRows) : ColumnFiller<ByteArray>(reader, ColumnKind.Text, batchRows)
{
    private readonly ByteArray[] _values = new ByteArray[batchRows];

    protected override unsafe void Append(Column into, int rows)
    {
        (int read, _) = Read(into, rows, _values);
        for (int row = 0, value = 0; row < read; row++)
        {
            if (Defined > 0 && Levels[row] != Defined)
                into.AddMissing();
            else
                into.Add(new ReadOnlySpan<byte>((void*)_values[value].Pointer, _values[value++].Length));
        }
    }
}
