using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MLPlatform.Vlps.Tables;

/// <summary>
/// The index of one partition: a directory of segments, each of which splits when it is full (extendible hashing). So it
/// grows by 16 KiB at a time and the longest pause is a split, some microseconds, whatever its size.
/// </summary>
internal sealed unsafe class SegmentIndex : IDisposable
{
    /// <summary>Segments of a slab that partitions share.</summary>
    public const int SlabSegments = 128;

    private readonly PageSlabs _slabs;
    private readonly int _partitionBits;
    private readonly ulong* _slots = (ulong*)NativeMemory.Alloc(Segment.Slots, sizeof(ulong));
    private readonly byte* _homes = (byte*)NativeMemory.Alloc(Segment.Slots);
    private readonly IndexEntry* _entry;
    private uint* _directory = (uint*)NativeMemory.AllocZeroed(1, sizeof(uint));
    private int _depth;
    private nint[] _bases = [];
    private int[] _used = [];
    private byte[] _depths = [];

    /// <param name="slabs">Where segments get their memory, which lives as long.</param>
    /// <param name="entry">Says where searches begin; lives as long.</param>
    public SegmentIndex(int partitionBits, PageSlabs slabs, IndexEntry* entry)
    {
        (_partitionBits, _slabs) = (partitionBits, slabs);
        _entry = entry;
        *_entry = new IndexEntry { Segments = (ulong**)NativeMemory.Alloc((nuint)sizeof(ulong*)), Shift = IdHash.TagBits };
        _entry->Segments[0] = Base(NewSegment(depth: 0));
    }

    public int Segments { get; private set; }

    public long Bytes => (long)Segments * Segment.Bytes + ((sizeof(uint) + (long)sizeof(ulong*)) << _depth);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint SegmentOf(uint tag) => _directory[IdHash.Position(tag, _partitionBits) >> (IdHash.TagBits - _depth)];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong* Base(uint segment) => (ulong*)_bases[segment];

    public ulong* BaseOf(ulong hash) => Base(SegmentOf(IdHash.Tag(hash)));

    /// <summary>Whether the next slot for this hash makes a segment split.</summary>
    public bool MustSplitFor(ulong hash) => _used[SegmentOf(IdHash.Tag(hash))] >= Segment.MaxLoad;

    public uint SegmentFor(ulong hash) => SegmentOf(IdHash.Tag(hash));

    /// <summary>Adds a slot; the caller knows that there is none for it yet.</summary>
    public void Add(ulong hash, uint link)
    {
        uint tag = IdHash.Tag(hash);
        while (true)
        {
            uint segment = SegmentOf(tag);
            if (_used[segment] < Segment.MaxLoad && Segment.Place(Base(segment), IdHash.Line(hash), tag, link))
            {
                _used[segment]++;
                return;
            }
            Split(segment, tag);
        }
    }

    /// <summary>Whether a slot may be added where the search for it ended, without a split.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool HasRoom(uint segment, SlotPlace end) => end.Slot != null && _used[segment] < Segment.MaxLoad;

    /// <summary>Adds a slot where the search for it ended, which <see cref="HasRoom"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(uint segment, SlotPlace end, uint tag, uint link)
    {
        *end.Slot = Segment.Slot(link, Segment.Low(tag, end.Distance));
        _used[segment]++;
    }

    private void Split(uint segment, uint tag)
    {
        int depth = _depths[segment];
        if (depth == IdHash.TagBits)
            throw new VlpsException(VlpsProblem.Memory, "a table's index cannot grow further: too many ids share their hash");
        if (depth == _depth)
            DoubleDirectory();
        uint fresh = NewSegment(depth + 1);
        _depths[segment] = (byte)(depth + 1);
        int wide = _depth - depth;
        uint first = IdHash.Position(tag, _partitionBits) >> (IdHash.TagBits - depth) << wide;
        uint upper = first + (1u << wide >> 1);
        new Span<uint>(_directory + upper, 1 << wide >> 1).Fill(fresh);
        new Span<nint>(_entry->Segments + upper, 1 << wide >> 1).Fill((nint)Base(fresh));

        int count = Segment.Gather(Base(segment), _slots, _homes);
        NativeMemory.Clear(Base(segment), Segment.Bytes);
        _used[segment] = 0;
        for (int i = 0; i < count; i++)
        {
            uint moved = Segment.TagOf(_slots[i]);
            bool up = ((IdHash.Position(moved, _partitionBits) >> (IdHash.TagBits - 1 - depth)) & 1) != 0;
            PutBack(up ? fresh : segment, _slots[i], _homes[i]);
        }
    }

    /// <summary>All slots of a segment, to be changed (0 drops one) and given to <see cref="Refill"/>; valid until the next split.</summary>
    public Span<ulong> Take(uint segment) => new(_slots, Segment.Gather(Base(segment), _slots, _homes));

    /// <summary>The lines that the slots of the last <see cref="Take"/> belong to.</summary>
    public ReadOnlySpan<byte> TakenLines => new(_homes, Segment.Slots);

    /// <summary>Puts what <see cref="Take"/> gave back, without what was set to 0.</summary>
    public void Refill(uint segment, int count)
    {
        NativeMemory.Clear(Base(segment), Segment.Bytes);
        _used[segment] = 0;
        for (int i = 0; i < count; i++)
        {
            if (_slots[i] != 0)
                PutBack(segment, _slots[i], _homes[i]);
        }
    }

    /// <summary>Takes a slot out. Where its line was full, others may have been pushed past it, and the segment is put together anew.</summary>
    public void Remove(ulong hash, ulong* slot)
    {
        ulong* line = (ulong*)((nuint)slot & ~(nuint)63);
        LineMatch.Find(line, 0, out uint empty);
        uint segment = SegmentFor(hash);
        if (empty != 0)
        {
            *slot = 0;
            _used[segment]--;
            return;
        }
        ulong gone = *slot;
        Span<ulong> slots = Take(segment);
        slots[slots.IndexOf(gone)] = 0;
        Refill(segment, slots.Length);
    }

    /// <summary>The segments in the order of their hashes.</summary>
    public IEnumerable<uint> InOrder()
    {
        for (uint at = 0; at < 1u << _depth; at += 1u << (_depth - _depths[EntryAt(at)]))
            yield return EntryAt(at);
    }

    private uint EntryAt(uint at) => _directory[at];

    private void PutBack(uint segment, ulong slot, int home)
    {
        if (!Segment.Place(Base(segment), home, Segment.TagOf(slot), Segment.LinkOf(slot)))
            throw new InvalidOperationException("a slot found no room in the segment that it came from");
        _used[segment]++;
    }

    private void DoubleDirectory()
    {
        uint* twice = (uint*)NativeMemory.Alloc(sizeof(uint), (nuint)2 << _depth);
        ulong** segments = (ulong**)NativeMemory.Alloc((nuint)sizeof(ulong*), (nuint)2 << _depth);
        for (uint i = 0; i < 2u << _depth; i++)
        {
            twice[i] = _directory[i >> 1];
            segments[i] = _entry->Segments[i >> 1];
        }
        NativeMemory.Free(_directory);
        NativeMemory.Free(_entry->Segments);
        _directory = twice;
        _depth++;
        *_entry = new IndexEntry { Segments = segments, Shift = IdHash.TagBits - _depth };
    }

    private uint NewSegment(int depth)
    {
        if (Segments == _used.Length)
        {
            int room = Math.Max(8, Segments * 2);
            Array.Resize(ref _bases, room);
            Array.Resize(ref _used, room);
            Array.Resize(ref _depths, room);
        }
        _bases[Segments] = (nint)_slabs.Next();
        _depths[Segments] = (byte)depth;
        return (uint)Segments++;
    }

    public void Dispose()
    {
        NativeMemory.Free(_directory);
        NativeMemory.Free(_slots);
        NativeMemory.Free(_homes);
        NativeMemory.Free(_entry->Segments);
        _entry->Segments = null;
        _directory = null;
    }
}

