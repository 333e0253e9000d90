using ParquetSharp;

namespace MLPlatform.Vlps.Rows;

/// <summary>Moves values of one Parquet column chunk into a <see cref="Column"/>.</summary>
internal abstract class ColumnFiller : IDisposable
{
    public abstract void Fill(Column into, int rows);

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
            ColumnReader<ByteArray> r => new ColumnFiller<ByteArray>(r, ColumnKind.Text, batchRows, AddText),
            ColumnReader<long> r when isDecimal => new ColumnFiller<long>(r, ColumnKind.Real, batchRows, (c, v) => c.Add(v * scale)),
            ColumnReader<int> r when isDecimal => new ColumnFiller<int>(r, ColumnKind.Real, batchRows, (c, v) => c.Add(v * scale)),
            ColumnReader<long> r => new ColumnFiller<long>(r, ColumnKind.Whole, batchRows, (c, v) => c.Add(v)),
            ColumnReader<int> r => new ColumnFiller<int>(r, ColumnKind.Whole, batchRows, (c, v) => c.Add((long)v)),
            ColumnReader<double> r => new ColumnFiller<double>(r, ColumnKind.Real, batchRows, (c, v) => c.Add(v)),
            ColumnReader<float> r => new ColumnFiller<float>(r, ColumnKind.Real, batchRows, (c, v) => c.Add((double)v)),
            ColumnReader<bool> r => new ColumnFiller<bool>(r, ColumnKind.Boolean, batchRows, (c, v) => c.Add(v ? 1L : 0L)),
            _ => throw Unfit(column, $"has the type {column.PhysicalType}, which cannot be used; cast it in a data.sql step"),
        };
    }

    private static unsafe void AddText(Column column, ByteArray value) =>
        column.Add(new ReadOnlySpan<byte>((void*)value.Pointer, value.Length));

    private static int Scale(ColumnDescriptor column)
    {
        using LogicalType type = column.LogicalType;
        return type is DecimalLogicalType d ? d.Scale : 0;
    }

    private static VlpsException Unfit(ColumnDescriptor column, string why) =>
        new(VlpsProblem.ColumnType, $"column '{column.Path.ToDotString()}' {why}");
}

internal sealed class ColumnFiller<T>(ColumnReader<T> reader, ColumnKind kind, int batchRows, Action<Column, T> add) : ColumnFiller
    where T : unmanaged
{
    private readonly short[] _levels = new short[batchRows];
    private readonly short[] _repetitions = new short[batchRows];
    private readonly T[] _values = new T[batchRows];
    private readonly short _maxLevel = reader.ColumnDescriptor.MaxDefinitionLevel;

    public override void Fill(Column into, int rows)
    {
        into.Reset(kind);
        while (into.Count < rows)
        {
            int wanted = rows - into.Count;
            int read = (int)reader.ReadBatch(
                wanted, _levels.AsSpan(0, wanted), _repetitions.AsSpan(0, wanted), _values.AsSpan(0, wanted), out long present);
            if (read == 0 && present == 0)
                throw new VlpsException(VlpsProblem.BadFile, $"column '{into.Name}' ends before its row group does");
            Append(into, _maxLevel == 0 ? (int)present : read);
        }
    }

    private void Append(Column into, int rows)
    {
        int value = 0;
        for (int i = 0; i < rows; i++)
        {
            if (_maxLevel == 0 || _levels[i] == _maxLevel)
                add(into, _values[value++]);
            else
                into.AddMissing();
        }
    }

    public override void Dispose() => reader.Dispose();
}
