using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MLPlatform.Vlps.Models;

/// <summary>
/// 2^HashBits rows of weights with their optimizer state, in native memory; ids that fall on one row share it. A row is
/// <c>[v × Width][squares of v × Width][w][squares of w]</c>, or <c>[w][squares of w]</c> without factors. Zeroed memory
/// is committed by the system only where rows are touched, so an unused row costs nothing.
/// </summary>
public sealed unsafe class WeightTable : IDisposable
{
    public const int MaxDim = 256;

    private readonly void* _memory;
    private readonly float* _rows;
    private readonly int _shift;
    private bool _disposed;

    /// <param name="dim">Factors of a row; 0 for none.</param>
    /// <param name="hashBits">From 4 to 30.</param>
    public WeightTable(int dim, int hashBits)
    {
        if (dim is < 0 or > MaxDim)
            throw new VlpsException(VlpsProblem.Option, $"dim must be from 0 to {MaxDim}; it is {dim}");
        if (hashBits is < 4 or > 30)
            throw new VlpsException(VlpsProblem.Option, $"hashBits must be from 4 to 30; it is {hashBits}");
        Dim = dim;
        Width = WidthOf(dim);
        Stride = StrideOf(dim);
        HashBits = hashBits;
        _shift = 64 - hashBits;
        _memory = NativeMemory.AllocZeroed((nuint)Bytes + 64);
        _rows = (float*)(((nuint)_memory + 63) & ~(nuint)63);
    }

    ~WeightTable() => Free();

    public int Dim { get; }

    /// <summary>Factors of a row rounded up to whole vectors; those beyond <see cref="Dim"/> stay 0.</summary>
    public int Width { get; }

    public int HashBits { get; }

    public uint Rows => 1u << HashBits;

    /// <summary>Address space in bytes; memory is used only for touched rows.</summary>
    public long Bytes => BytesOf(Dim, HashBits);

    /// <summary>What a table can take at most, in bytes.</summary>
    public static long BytesOf(int dim, int hashBits) => (1L << hashBits) * StrideOf(dim) * sizeof(float);

    private static int WidthOf(int dim) => (dim + 7) & ~7;

    private static int StrideOf(int dim) => dim == 0 ? 2 : 2 * WidthOf(dim) + 8;

    /// <summary>Floats of a row.</summary>
    internal int Stride { get; }

    internal int WeightOffset => 2 * Width;

    /// <summary>The row that an id falls on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal uint RowOf(ulong id) => (uint)((id * 0x9E37_79B9_7F4A_7C15) >> _shift);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal float* Row(uint row) => _rows + (nuint)row * (nuint)Stride;

    /// <summary>A row that training has touched has a sum of squares; others are all zero.</summary>
    internal bool IsTouched(uint row) => Row(row)[WeightOffset + 1] != 0;

    internal long CountTouched()
    {
        long touched = 0;
        for (uint row = 0; row < Rows; row++)
            touched += IsTouched(row) ? 1 : 0;
        return touched;
    }

    /// <summary>A copy of what training has touched so far, to come back to.</summary>
    internal TableSnapshot Snapshot()
    {
        var snapshot = new TableSnapshot(new uint[CountTouched()], Stride);
        int at = 0;
        for (uint row = 0; row < Rows; row++)
        {
            if (!IsTouched(row))
                continue;
            new ReadOnlySpan<float>(Row(row), Stride).CopyTo(snapshot.Row(at));
            snapshot.Rows[at++] = row;
        }
        return snapshot;
    }

    internal void Restore(TableSnapshot snapshot)
    {
        for (uint row = 0; row < Rows; row++)
        {
            if (IsTouched(row))
                new Span<float>(Row(row), Stride).Clear();
        }
        for (int i = 0; i < snapshot.Rows.Length; i++)
            snapshot.Row(i).CopyTo(new Span<float>(Row(snapshot.Rows[i]), Stride));
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (_disposed)
            return;
        _disposed = true;
        NativeMemory.Free(_memory);
    }
}

/// <summary>Touched rows of a table, ascending.</summary>
internal sealed class TableSnapshot(uint[] rows, int stride)
{
    private readonly float[] _values = new float[rows.Length * (long)stride];

    public uint[] Rows => rows;

    public Span<float> Row(int index) => MemoryMarshal.CreateSpan(ref _values[index * (long)stride], stride);
}
