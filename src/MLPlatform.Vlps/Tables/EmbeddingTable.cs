using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MLPlatform.Vlps.Tables;

/// <summary>
/// Rows by id, without collisions: an index of 8-byte slots and rows in native memory that never move. It grows a segment at
/// a time, so there is no long pause. All that happens is a function of the calls and their order. Threads need no locks as
/// long as no two are in one partition (<see cref="PartitionOf"/>) at the same time; finding is safe from any number of
/// threads while nobody adds or evicts; in a spilling table, where rows change places, they take turns.
/// </summary>
public sealed unsafe partial class EmbeddingTable : IDisposable
{
    /// <summary>In place of a row: there is none.</summary>
    public const uint NoRow = uint.MaxValue;

    /// <summary>Rows that a table can have; more need several tables or shards.</summary>
    public const uint MaxRows = 0x8000_0000;

    // In place of a row while looking: a count or a cold row has the id's tag, and a row behind it may have the id.
    private const uint Unsure = NoRow - 1;

    /// <summary>How many lookups are under way at once: enough to hide that memory is slow, few enough to stay in the first cache.</summary>
    internal const int Block = 64;

    private readonly TablePartition[] _partitions;
    private readonly RowChunks _chunks;
    private readonly PageSlabs _segments = new(Segment.Bytes, SegmentIndex.SlabSegments);
    private readonly IndexEntry* _entries;
    private readonly int _partitionShift;
    private bool _disposed;

    public EmbeddingTable(TableOptions options)
    {
        options.Validate();
        Options = options;
        _partitionShift = IdHash.TagBits - options.PartitionBits;
        _chunks = new RowChunks(options);
        var first = new FirstRow(options);
        _cold = options.Spill is { } spill ? new Spill.ColdFile(spill, Layout.Bytes, options.PartitionBits) : null;
        _entries = (IndexEntry*)NativeMemory.AllocZeroed((nuint)1 << options.PartitionBits, (nuint)sizeof(IndexEntry));
        _partitions = [.. Enumerable.Range(0, 1 << options.PartitionBits).Select(i => new TablePartition(options, _chunks, _segments, _entries + i, first, _cold, i))];
    }

    ~EmbeddingTable() => Free();

    public TableOptions Options { get; }

    public RowLayout Layout => Options.Layout;

    /// <summary>Live rows, in memory and spilled.</summary>
    public long Count => _partitions.Sum(p => p.Count);

    /// <summary>Memory of rows and index in use.</summary>
    public long Bytes => _partitions.Sum(p => p.Bytes);

    public int Partitions => _partitions.Length;

    /// <summary>Which partition an id belongs to.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int PartitionOf(ulong id) => NumberOf(IdHash.Of(id));

    /// <summary>Which partition an id with this hash belongs to.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal int NumberOf(ulong hash) => (int)(IdHash.Tag(hash) >> _partitionShift);

    /// <summary>
    /// The row's bytes, as <see cref="Layout"/> says. They stay where they are until the row is evicted; in a spilling table
    /// until the next call.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte* Row(uint row) => _chunks.Row(row);

    /// <summary>Brings rows near, for callers that walk them soon; <see cref="NoRow"/> is passed over.</summary>
    public void Prefetch(ReadOnlySpan<uint> rows)
    {
        if (!Sse.IsSupported)
            return;
        int bytes = Layout.Bytes;
        foreach (uint row in rows)
        {
            if (row == NoRow)
                continue;
            byte* at = _chunks.Row(row);
            for (int line = 0; line < bytes; line += 64)
                Sse.Prefetch0(at + line);
        }
    }

    /// <summary>The rows of ids, <see cref="NoRow"/> where there is none.</summary>
    public void Find(ReadOnlySpan<ulong> ids, Span<uint> rows)
    {
        if (_cold is not null)
        {
            lock (_turn)
                FindSpilled(ids, [], stamp: null, rows);
            return;
        }
        ulong* hashes = stackalloc ulong[Block];
        for (int from = 0; from < ids.Length; from += Block)
        {
            ReadOnlySpan<ulong> block = ids.Slice(from, Math.Min(Block, ids.Length - from));
            Span<uint> found = rows.Slice(from, block.Length);
            Approach(block, hashes, found);
            for (int i = 0; i < block.Length; i++)
            {
                if (found[i] == Unsure || (found[i] != NoRow && RowHead.Id(_chunks.Row(found[i])) != block[i]))
                    found[i] = PartitionOfHash(hashes[i]).Find(block[i], hashes[i]);
            }
        }
    }

    /// <summary>Whether an id has a row in memory, or was counted.</summary>
    internal bool Knows(ulong id)
    {
        ulong hash = IdHash.Of(id);
        return PartitionOfHash(hash).Probe(id, hash) != null;
    }

    /// <summary>
    /// Counts ids and finds their rows, which are made where there are none; <see cref="NoRow"/> for an id that was not yet
    /// counted <see cref="TableOptions.MinCount"/> times, or for which a full table has no room. Found rows bear the stamp
    /// afterwards, and none of them is evicted in this call.
    /// </summary>
    /// <param name="ids">No id twice.</param>
    /// <param name="counts">How often each occurs; empty for once.</param>
    /// <param name="stamp">Says when, in steps or batches of the caller's; never lower than before.</param>
    /// <param name="rows">As long as the ids.</param>
    public void FindOrAdd(ReadOnlySpan<ulong> ids, ReadOnlySpan<ushort> counts, uint stamp, Span<uint> rows)
    {
        if (_cold is not null)
        {
            FindSpilled(ids, counts, stamp, rows);
            return;
        }
        ulong* hashes = stackalloc ulong[Block];
        for (int from = 0; from < ids.Length; from += Block)
        {
            ReadOnlySpan<ulong> block = ids.Slice(from, Math.Min(Block, ids.Length - from));
            Span<uint> found = rows.Slice(from, block.Length);
            Approach(block, hashes, found);
            for (int i = 0; i < block.Length; i++)
            {
                int count = counts.IsEmpty ? 1 : counts[from + i];
                byte* row = found[i] >= MaxRows ? null : _chunks.Row(found[i]);
                // What was seen from afar still holds if the row is the id's own: rows never move, and one that was given
                // to another id meanwhile shows it.
                if (row != null && RowHead.Id(row) == block[i] && RowHead.IsLive(row))
                    RowHead.Touch(row, stamp, count);
                else
                    found[i] = PartitionOfHash(hashes[i]).FindOrAdd(block[i], hashes[i], count, stamp);
            }
        }
    }

    /// <summary>Adds ids that the table did not have when they were looked up: as <see cref="FindOrAdd"/>, with less to search for.</summary>
    /// <param name="absents">No id twice; at most <see cref="Block"/>.</param>
    /// <param name="stamp">Says when; never lower than before.</param>
    /// <param name="rows">As long as the ids.</param>
    internal void Add(ReadOnlySpan<AbsentId> absents, uint stamp, Span<uint> rows)
    {
        if (_cold is not null)
        {
            AddSpilled(absents, stamp, rows);
            return;
        }
        if (Sse.IsSupported)
        {
            foreach (ref readonly AbsentId absent in absents)
                Sse.Prefetch0(LineOf(absent.Hash));
        }
        for (int i = 0; i < absents.Length; i++)
        {
            ref readonly AbsentId absent = ref absents[i];
            rows[i] = PartitionOfHash(absent.Hash).FindOrAdd(absent.Id, absent.Hash, absent.Count, stamp);
        }
    }

    /// <summary>
    /// The first part of a search, step by step for a whole block, so that the waits for memory overlap: asks for the lines of the
    /// index, then for the rows that they point to. A row is a guess, which <see cref="Sure"/> decides; <see cref="NoRow"/> is certain.
    /// </summary>
    /// <param name="ids">At most <see cref="Block"/>.</param>
    /// <param name="hashes">Receives their hashes.</param>
    /// <param name="guesses">Receives the rows.</param>
    internal void Approach(ReadOnlySpan<ulong> ids, ulong* hashes, Span<uint> guesses)
    {
        ulong** lines = stackalloc ulong*[Block];
        fixed (ulong* first = ids)
        fixed (uint* to = guesses)
        {
            AskForLines(first, ids.Length, hashes, lines);
            AskForRows(ids.Length, hashes, lines, to);
        }
    }

    private void AskForLines(ulong* ids, int count, ulong* hashes, ulong** lines)
    {
        IndexEntry* entries = _entries;
        int shift = _partitionShift, bits = IdHash.TagBits - shift, i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            ulong* positions = stackalloc ulong[8], partitions = stackalloc ulong[8];
            for (; i <= count - 8; i += 8)
            {
                Vector512<ulong> hash = IdHash.Of(Vector512.Load(ids + i)), tag = Vector512.ShiftRightLogical(hash, 64 - IdHash.TagBits);
                hash.Store(hashes + i);
                IdHash.Position(tag, bits).Store(positions);
                Vector512.ShiftRightLogical(tag, shift).Store(partitions);
                for (int k = 0; k < 8; k++)
                    AskForLine(entries[partitions[k]].LineOf(positions[k], hashes[i + k]), lines + i + k);
            }
        }
        for (; i < count; i++)
        {
            hashes[i] = IdHash.Of(ids[i]);
            AskForLine(LineOf(hashes[i]), lines + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AskForLine(ulong* line, ulong** to)
    {
        *to = line;
        if (Sse.IsSupported)
            Sse.Prefetch0(line);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ulong* LineOf(ulong hash)
    {
        uint tag = IdHash.Tag(hash);
        return _entries[tag >> _partitionShift].LineOf(IdHash.Position(tag, IdHash.TagBits - _partitionShift), hash);
    }

    private void AskForRows(int count, ulong* hashes, ulong** lines, uint* guesses)
    {
        RowPlaces places = _chunks.Places;
        // What stands behind its own line, which is full, is looked for when all others are: by then the next line is there, too.
        int* late = stackalloc int[Block];
        int lates = 0;
        for (int i = 0; i < count; i++)
        {
            if (Segment.TryFirst(lines[i], hashes[i], out ulong slot))
                guesses[i] = Guess(places, slot);
            else
                late[lates++] = i;
        }
        for (int i = 0; i < lates; i++)
            guesses[late[i]] = Guess(places, Segment.FirstAfter(lines[late[i]], hashes[late[i]]));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Guess(RowPlaces places, ulong slot)
    {
        uint link = Segment.LinkOf(slot), guess = slot == 0 ? NoRow : Link.IsRow(link) ? Link.Row(link) : Unsure;
        if (Sse.IsSupported && guess < MaxRows)
            Sse.Prefetch0(places.Row(guess));
        return guess;
    }

    /// <summary>The row of an id, or null.</summary>
    /// <param name="id">The id.</param>
    /// <param name="hash">Its hash.</param>
    /// <param name="guess">What <see cref="Approach"/> guessed.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal byte* Sure(ulong id, ulong hash, uint guess)
    {
        if (guess == NoRow)
            return null;
        byte* row = guess == Unsure ? null : _chunks.Row(guess);
        return row != null && RowHead.Id(row) == id ? row : Search(id, hash);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private byte* Search(ulong id, ulong hash)
    {
        uint row = PartitionOfHash(hash).Find(id, hash);
        return row == NoRow ? null : _chunks.Row(row);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private TablePartition PartitionOfHash(ulong hash) => _partitions[NumberOf(hash)];

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
        foreach (TablePartition partition in _partitions ?? [])
            partition.Dispose();
        NativeMemory.Free(_entries);
        _chunks?.Dispose();
        _segments?.Dispose();
        foreach (Spill.PageBatch pages in _pages ?? [])
            pages.Dispose();
        _cold?.Dispose();
    }
}
