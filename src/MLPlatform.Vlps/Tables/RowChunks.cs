using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace MLPlatform.Vlps.Tables;

/// <summary>
/// The rows of a table, in chunks that never move. Chunk i of a partition is chunk i × partitions + partition of the table,
/// so the number of a row does not depend on what other partitions did meanwhile. Where its memory is, does.
/// </summary>
internal sealed unsafe class RowChunks : IDisposable
{
    /// <summary>Rows of a chunk, in bits: few enough that a small table takes little memory, enough that the chunks of a large one are soon found.</summary>
    private const int MostBits = 12;

    /// <summary>Chunks of a slab: with rows of a multiple of 16 bytes, a multiple of 2 MiB.</summary>
    private const int SlabChunks = 32;

    private readonly byte** _chunks;
    private readonly PageSlabs _slabs;
    private readonly int _rowBytes;
    private readonly int _bits;
    private readonly uint _mask;
    private readonly long _capacity;

    public RowChunks(TableOptions options)
    {
        _rowBytes = options.Layout.Bytes;
        _bits = MostBits;
        while (_bits > 6 && (long)_rowBytes << _bits << (options.PartitionBits + 5) > options.MaxBytes)
            _bits--;
        _mask = (1u << _bits) - 1;
        long rows = Math.Min(EmbeddingTable.MaxRows, options.MaxBytes / _rowBytes);
        _capacity = Math.Min((rows >> _bits) + (2L << options.PartitionBits), EmbeddingTable.MaxRows >> _bits);
        _chunks = (byte**)NativeMemory.AllocZeroed((nuint)_capacity, (nuint)sizeof(byte*));
        _slabs = new PageSlabs((long)_rowBytes << _bits, SlabChunks);
    }

    /// <summary>Rows of a chunk.</summary>
    public int ChunkRows => 1 << _bits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Row(uint row) => Places.Row(row);

    /// <summary>What finds rows, for loops: a value that stays in registers.</summary>
    public RowPlaces Places => new(_chunks, _bits, _rowBytes);

    /// <summary>The number of the n-th row of a partition, or <see cref="EmbeddingTable.NoRow"/> beyond the most that there can be.</summary>
    public uint Number(int partition, int partitionBits, uint n)
    {
        ulong chunk = ((ulong)(n >> _bits) << partitionBits) + (uint)partition;
        return chunk >= (ulong)_capacity ? EmbeddingTable.NoRow : (uint)(chunk << _bits) | (n & _mask);
    }

    /// <summary>Makes sure that the memory of a row is there.</summary>
    public void Touch(uint row)
    {
        ref byte* chunk = ref _chunks[row >> _bits];
        if (chunk == null)
            chunk = _slabs.Next();
    }

    /// <summary>
    /// Brings the memory near where a partition's next row will be: partitions take rows in turns, so none of them is written to
    /// often enough for the processor to see that it goes on.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AskForNext(uint row)
    {
        byte* next = Row(row) + _rowBytes;
        if (!Sse.IsSupported)
            return;
        Sse.Prefetch0(next);
        Sse.Prefetch0(next + _rowBytes - 1);
    }

    public void Dispose()
    {
        _slabs.Dispose();
        NativeMemory.Free(_chunks);
    }
}
