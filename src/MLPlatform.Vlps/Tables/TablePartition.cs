using System.Numerics;
using System.Runtime.CompilerServices;
using MLPlatform.Vlps.Spill;

namespace MLPlatform.Vlps.Tables;

/// <summary>One part of the hash space: its index, its rows, its share of the memory. One thread at a time.</summary>
internal sealed unsafe partial class TablePartition(TableOptions options, RowChunks chunks, PageSlabs segments, IndexEntry* entry, FirstRow first, ColdFile? cold, int number) : IDisposable
{
    /// <summary>What a row's place in the index takes, as a rule; 12.3 on average.</summary>
    private const int IndexBytesARow = 13;

    private readonly long _budget = options.MaxBytes >> options.PartitionBits;
    private readonly int _rowBytes = options.Layout.Bytes;
    private uint _free = EmbeddingTable.NoRow;

    public SegmentIndex Index { get; } = new(options.PartitionBits, segments, entry);

    /// <summary>Live rows, hot and cold.</summary>
    public long Count { get; private set; }

    /// <summary>Rows that were ever in use; some may be free now.</summary>
    public uint Extent { get; private set; }

    public long Bytes => Index.Bytes + (long)Extent * _rowBytes;

    /// <summary>Rows that there can ever be room for.</summary>
    public long MostRows => _budget / (_rowBytes + IndexBytesARow);

    public uint NumberOf(uint n) => chunks.Number(number, options.PartitionBits, n);

    /// <summary>The slot of an id, or null. A counter stands for all ids with its hash's 37 bits; a row only for its own.</summary>
    public ulong* Probe(ulong id, ulong hash) => Probe(Index.BaseOf(hash), id, hash, out _);

    // Where a search ends without success is where the slot would be put: see Segment.Place.
    private ulong* Probe(ulong* segment, ulong id, ulong hash, out SlotPlace end)
    {
        ulong* counter = null;
        int home = IdHash.Line(hash);
        end = default;
        uint tag = IdHash.Tag(hash);
        for (int distance = 0; distance <= Segment.MaxDistance; distance++)
        {
            ulong* line = segment + ((home + distance) & (Segment.Lines - 1)) * Segment.LineSlots;
            uint hits = LineMatch.Find(line, Segment.Low(tag, distance), out uint empty);
            for (; hits != 0; hits &= hits - 1)
            {
                ulong* slot = line + BitOperations.TrailingZeroCount(hits);
                uint link = Segment.LinkOf(*slot);
                if (Link.IsCount(link))
                    counter = slot;
                else if (Link.IsRow(link) && RowHead.Id(chunks.Row(Link.Row(link))) == id)
                    return slot;
            }
            if (empty == 0)
                continue;
            end = new SlotPlace(line + BitOperations.TrailingZeroCount(empty), distance);
            break;
        }
        return counter;
    }

    /// <summary>The row of an id, or <see cref="EmbeddingTable.NoRow"/>.</summary>
    public uint Find(ulong id, ulong hash)
    {
        ulong* slot = Probe(id, hash);
        return slot != null && Link.IsRow(Segment.LinkOf(*slot)) ? Link.Row(Segment.LinkOf(*slot)) : EmbeddingTable.NoRow;
    }

    /// <summary>Counts an id, and gives it a row once it was counted often enough and there is room.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public uint FindOrAdd(ulong id, ulong hash, int count, uint stamp)
    {
        uint segment = Index.SegmentFor(hash);
        ulong* slot = Probe(Index.Base(segment), id, hash, out SlotPlace end);
        if (slot == null)
        {
            if (count < options.MinCount)
                return AddCounter(hash, count);
            return Index.HasRoom(segment, end) && TakeHotRow() is var row and not EmbeddingTable.NoRow
                ? AddRow(id, hash, count, stamp, row, segment, end)
                : AddRow(id, hash, count, stamp, counted: false);
        }
        uint link = Segment.LinkOf(*slot);
        if (Link.IsRow(link))
        {
            RowHead.Touch(chunks.Row(Link.Row(link)), stamp, count);
            return Link.Row(link);
        }
        int total = Math.Min(Link.Count(link) + count, ushort.MaxValue);
        if (total >= options.MinCount)
            return AddRow(id, hash, total, stamp, counted: true);
        *slot = Segment.Slot(Link.ToCount(total), (uint)*slot);
        return EmbeddingTable.NoRow;
    }

    // The common case: nothing needs to move, so the slot goes where the search for it ended.
    private uint AddRow(ulong id, ulong hash, int count, uint stamp, uint row, uint segment, SlotPlace end)
    {
        first.Write(chunks.Row(row), id, stamp, count);
        chunks.AskForNext(row);
        Count++;
        Index.Add(segment, end, IdHash.Tag(hash), Link.ToRow(row));
        return row;
    }

    private uint AddRow(ulong id, ulong hash, int count, uint stamp, bool counted)
    {
        if (!counted && Index.MustSplitFor(hash) && !MayGrow && !ThinOut(Index.SegmentFor(hash), stamp))
            return EmbeddingTable.NoRow;
        uint row = TakeRow(stamp);
        if (row == EmbeddingTable.NoRow)
            return row;
        first.Write(chunks.Row(row), id, stamp, count);
        Attach(id, hash, row, counted);
        return row;
    }

    // Making room may have moved slots, so the counter is looked up again.
    private void Attach(ulong id, ulong hash, uint row, bool counted)
    {
        Count++;
        ulong* slot = counted ? Probe(id, hash) : null;
        if (slot != null)
            *slot = Segment.Slot(Link.ToRow(row), (uint)*slot);
        else
            Index.Add(hash, Link.ToRow(row));
    }

    /// <summary>Puts a row in as it was saved, whatever its count; null if there is no room, or if it is new and must not be added.</summary>
    public byte* Put(ulong id, ulong hash, uint stamp, bool add)
    {
        Fetch(id, hash);
        ulong* slot = Probe(id, hash);
        if (slot != null && Link.IsRow(Segment.LinkOf(*slot)))
            return chunks.Row(Link.Row(Segment.LinkOf(*slot)));
        // What a file has is no reason for a row to go: its own may be older. See CrowdedLoad.
        uint row = !add ? EmbeddingTable.NoRow : _cold is null ? TakeHotRow() : TakeRow(Ever);
        if (row == EmbeddingTable.NoRow)
            return null;
        RowHead.Set(chunks.Row(row), id, stamp, 0);
        Attach(id, hash, row, counted: slot != null);
        return chunks.Row(row);
    }

    private uint AddCounter(ulong hash, int count)
    {
        // Counts of rare ids must not take the memory of the rows that they are kept for: half of it at most.
        if (Index.MustSplitFor(hash) && !(MayGrow && Index.Bytes + Segment.Bytes <= _budget / 2) && !Fade(Index.SegmentFor(hash)))
            return EmbeddingTable.NoRow;
        Index.Add(hash, Link.ToCount(count));
        return EmbeddingTable.NoRow;
    }

    /// <summary>Whether the index may take another segment.</summary>
    private bool MayGrow => Index.Bytes + Segment.Bytes + Math.Max(Extent, options.Spill is null ? 0 : _hotRows) * _rowBytes <= _budget;

    private uint TakeRow(uint stamp)
    {
        uint row = TakeHotRow();
        if (row != EmbeddingTable.NoRow)
            return row;
        bool madeRoom = options.WhenFull switch
        {
            WhenFull.Evict => MakeRoom(stamp),
            WhenFull.Spill => SpillOne(stamp),
            _ => false,
        };
        return madeRoom ? TakeHotRow() : EmbeddingTable.NoRow;
    }

    private uint TakeHotRow()
    {
        uint row = _free;
        if (row != EmbeddingTable.NoRow)
        {
            _free = (uint)*(ulong*)chunks.Row(row);
            return row;
        }
        if (!HasRoom())
            return row;
        row = NumberOf(Extent);
        chunks.Touch(row);
        Extent++;
        return row;
    }

    /// <summary>Rows that there is room for beside its counters, whichever ids they are of.</summary>
    public long SureRows()
    {
        long counters = 0;
        ForEachCounter(_ => counters++);
        double room = _budget - (2.0 * Segment.Bytes);
        double many = (room - Segment.Bytes - (counters * IndexBytesARow)) / (_rowBytes + IndexBytesARow); // Segments split one by one: one more than the average.
        double few = Math.Min(room / _rowBytes, (Segment.Bytes / IndexBytesARow) - counters); // What one segment has a place for.
        return (long)Math.Max(0, Math.Max(many, few));
    }

    private bool HasRoom()
    {
        long rows = Extent + 1L;
        return rows <= _hotRows && rows * _rowBytes + Math.Max(Index.Bytes + Segment.Bytes, rows * IndexBytesARow) <= _budget && NumberOf(Extent) != EmbeddingTable.NoRow;
    }

    /// <summary>Calls with each live hot row, in the order in which they were made.</summary>
    public void ForEach(RowAction action)
    {
        for (uint n = 0; n < Extent; n++)
        {
            byte* row = chunks.Row(NumberOf(n));
            if (RowHead.IsLive(row))
                action(row);
        }
    }

    private void Release(uint row)
    {
        RowHead.Free(chunks.Row(row), _free);
        _free = row;
        Count--;
    }

    public void Dispose()
    {
        Index.Dispose();
        _cold?.Dispose();
    }
}

/// <summary>What is done with a row.</summary>
internal unsafe delegate void RowAction(byte* row);
