using System.Runtime.InteropServices;

namespace MLPlatform.Vlps.Batches;

/// <summary>
/// The ids of one field for the samples of a block: exactly one for each sample, or as many as there are (a sequence
/// that is pooled). The arrays are pinned, so that the arithmetic may point into them.
/// </summary>
public sealed class FieldColumn
{
    private ulong[] _ids = [];
    private float[] _values = [];
    private int[] _ends = [];

    /// <param name="many">Whether a sample may have several ids, or none.</param>
    /// <param name="weighted">Whether ids have values, which their rows are multiplied by.</param>
    public FieldColumn(bool many, bool weighted) => (Many, Weighted) = (many, weighted);

    public bool Many { get; }

    public bool Weighted { get; }

    /// <summary>Ids of all samples.</summary>
    public int Count { get; private set; }

    /// <summary>Room for so many ids and samples; what is there is kept.</summary>
    public void Reserve(int rows, int ids)
    {
        Grow(ref _ids, ids);
        if (Weighted)
            Grow(ref _values, ids);
        if (Many)
            Grow(ref _ends, rows);
    }

    public void Clear() => Count = 0;

    /// <summary>Adds an id to the sample that is being written.</summary>
    public void Add(ulong id, float value = 1)
    {
        if (Count == _ids.Length)
            Reserve(0, Math.Max(1024, Count * 2));
        _ids[Count] = id;
        if (Weighted)
            _values[Count] = value;
        Count++;
    }

    /// <summary>Ends the ids of a sample of a field with many.</summary>
    public void EndRow(int row)
    {
        if (row >= _ends.Length)
            Grow(ref _ends, Math.Max(1024, row * 2));
        _ends[row] = Count;
    }

    /// <summary>The ids of all samples, to fill at once; for fields with one id.</summary>
    public Span<ulong> Fill(int rows)
    {
        Reserve(rows, rows);
        Count = rows;
        return _ids.AsSpan(0, rows);
    }

    /// <summary>Room for the ids of so many more samples, to be filled; for fields with one id.</summary>
    internal Span<ulong> Extend(int rows)
    {
        int first = Count;
        if (_ids.Length < first + rows)
            Reserve(0, Math.Max(first + rows, first * 2));
        Count += rows;
        return _ids.AsSpan(first, rows);
    }

    /// <summary>Forgets the samples from this one on.</summary>
    internal void Truncate(int row) => Count = Start(row);

    /// <summary>Sets the id of a sample of a field that was filled.</summary>
    public void Set(int row, ulong id) => _ids[row] = id;

    /// <summary>The first id of a sample.</summary>
    public int Start(int row) => Many ? row == 0 ? 0 : _ends[row - 1] : row;

    public ReadOnlySpan<ulong> Ids => _ids.AsSpan(0, Count);

    public ReadOnlySpan<float> Values => _values.AsSpan(0, Weighted ? Count : 0);

    internal ulong[] IdArray => _ids;

    internal float[] ValueArray => _values;

    internal int[] EndArray => _ends;

    /// <summary>Adds samples of another column, of the same kind.</summary>
    /// <param name="from">The other column.</param>
    /// <param name="row">The first of them there.</param>
    /// <param name="rows">How many.</param>
    /// <param name="at">Which sample the first one becomes.</param>
    internal void Append(FieldColumn from, int row, int rows, int at)
    {
        int start = from.Start(row), count = from.Start(row + rows) - start;
        if (_ids.Length < Count + count)
            Reserve(0, Math.Max(Count + count, Count * 2));
        from._ids.AsSpan(start, count).CopyTo(_ids.AsSpan(Count));
        if (Weighted)
            from._values.AsSpan(start, count).CopyTo(_values.AsSpan(Count));
        if (Many)
        {
            if (_ends.Length < at + rows)
                Grow(ref _ends, Math.Max(1024, Math.Max(at + rows, at * 2)));
            for (int i = 0; i < rows; i++)
                _ends[at + i] = from._ends[row + i] - start + Count;
        }
        Count += count;
    }

    internal void Write(BinaryWriter to, int rows)
    {
        to.Write(Count);
        to.Write(MemoryMarshal.AsBytes(Ids));
        to.Write(MemoryMarshal.AsBytes(Values));
        if (Many)
            to.Write(MemoryMarshal.AsBytes(_ends.AsSpan(0, rows)));
    }

    internal void Read(BinaryReader from, int rows)
    {
        int count = from.ReadInt32();
        Reserve(rows, count);
        Count = count;
        from.BaseStream.ReadExactly(MemoryMarshal.AsBytes(_ids.AsSpan(0, count)));
        from.BaseStream.ReadExactly(MemoryMarshal.AsBytes(_values.AsSpan(0, Weighted ? count : 0)));
        if (Many)
            from.BaseStream.ReadExactly(MemoryMarshal.AsBytes(_ends.AsSpan(0, rows)));
    }

    private static void Grow<T>(ref T[] array, int length)
        where T : unmanaged
    {
        if (array.Length >= length)
            return;
        T[] grown = GC.AllocateUninitializedArray<T>(Math.Max(64, length), pinned: true);
        array.AsSpan().CopyTo(grown);
        array = grown;
    }
}
