using System.Runtime.CompilerServices;
using ParquetSharp;

namespace MLPlatform.Activities.Tables;

/// <summary>The values of one column of one row group, gathered before they are written.</summary>
internal abstract class ColumnBuffer
{
    private short[] _levels = new short[64];

    /// <summary>Rows appended so far, missing values included.</summary>
    public int Rows { get; private set; }

    /// <summary>Values that are not missing.</summary>
    protected int Values { get; private set; }

    /// <summary>Roughly how much memory the rows take.</summary>
    public abstract long Bytes { get; }

    /// <summary>Parquet's definition levels: 1 for a value, 0 for a missing one.</summary>
    protected ReadOnlySpan<short> Levels => _levels.AsSpan(0, Rows);

    public static ColumnBuffer Create(ColumnType type) => type switch
    {
        ColumnType.String => new TextBuffer(),
        ColumnType.Double => new ValueBuffer<double>(),
        ColumnType.Bool => new ValueBuffer<bool>(),
        ColumnType.Int64 or ColumnType.Timestamp => new ValueBuffer<long>(),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "no such column type"),
    };

    public void AppendMissing() => Count(0);

    /// <summary>Takes back the rows after the first <paramref name="rows"/>.</summary>
    public void Truncate(int rows)
    {
        while (Rows > rows)
            Values -= _levels[--Rows];
        Truncated();
    }

    public void Clear() => Truncate(0);

    public abstract void WriteTo(ColumnWriter writer);

    protected void CountValue() => Count(1);

    protected virtual void Truncated() { }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Count(short level)
    {
        if (Rows == _levels.Length)
            Array.Resize(ref _levels, Rows * 2);
        _levels[Rows++] = level;
        Values += level;
    }
}

internal sealed class ValueBuffer<T> : ColumnBuffer
    where T : unmanaged
{
    private T[] _values = new T[64];

    public override long Bytes => Rows * (long)(2 + Unsafe.SizeOf<T>());

    public void Append(T value)
    {
        if (Values == _values.Length)
            Array.Resize(ref _values, Values * 2);
        _values[Values] = value;
        CountValue();
    }

    public override void WriteTo(ColumnWriter writer) =>
        ((ColumnWriter<T>)writer).WriteBatch(Rows, Levels, [], _values.AsSpan(0, Values));
}

/// <summary>Text stays UTF-8 from the source file to the Parquet file; no string is made on the way.</summary>
internal sealed class TextBuffer : ColumnBuffer
{
    private byte[] _bytes = new byte[1024];
    private int[] _ends = new int[64];

    public override long Bytes => Used + Rows * 6L;

    private int Used => Values == 0 ? 0 : _ends[Values - 1];

    public void Append(ReadOnlySpan<byte> utf8)
    {
        int used = Used;
        if (used + utf8.Length > _bytes.Length)
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, used + utf8.Length));
        if (Values == _ends.Length)
            Array.Resize(ref _ends, Values * 2);
        utf8.CopyTo(_bytes.AsSpan(used));
        _ends[Values] = used + utf8.Length;
        CountValue();
    }

    public override unsafe void WriteTo(ColumnWriter writer)
    {
        fixed (byte* bytes = _bytes)
        {
            ByteArray[] values = new ByteArray[Values];
            for (int i = 0, start = 0; i < values.Length; start = _ends[i++])
                values[i] = new ByteArray((nint)(bytes + start), _ends[i] - start);
            ((ColumnWriter<ByteArray>)writer).WriteBatch(Rows, Levels, [], values);
        }
    }
}
