using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace MLPlatform.Vlps.Tables;

internal sealed unsafe partial class TablePartition
{
    private readonly List<(uint Stamp, int At)> _candidates = [];
    private readonly List<Tombstone> _tombstones = [];
    private uint _hand;
    private uint? _nothingAt;

    /// <summary>Ids whose rows were evicted, in that order.</summary>
    public ReadOnlySpan<Tombstone> Tombstones => CollectionsMarshal.AsSpan(_tombstones);

    public void Lose(ulong id, uint stamp) => _tombstones.Add(new Tombstone(id, stamp));

    public void ForgetTombstones(uint through) => _tombstones.RemoveAll(t => t.Stamp <= through);

    /// <summary>
    /// Frees an eighth of the rows of the next segment that has any old enough, oldest first. So a full table pauses for a
    /// segment at a time, and what is dropped is old, if not the oldest of all.
    /// </summary>
    private bool MakeRoom(uint stamp)
    {
        if (_nothingAt == stamp)
            return false;
        for (int looked = 0; looked < Index.Segments; looked++)
        {
            if (EvictFrom(_hand++ % (uint)Index.Segments, stamp))
                return true;
        }
        _nothingAt = stamp;
        return false;
    }

    private bool EvictFrom(uint segment, uint stamp)
    {
        Span<ulong> slots = Index.Take(segment);
        FindOld(slots, stamp);
        if (_candidates.Count == 0)
            return false;
        _candidates.Sort();
        foreach ((_, int at) in CollectionsMarshal.AsSpan(_candidates)[..((_candidates.Count + 7) / 8)])
            Bury(ref slots[at], stamp);
        Index.Refill(segment, slots.Length);
        return true;
    }

    /// <summary>Makes room in a full segment that must not split: by counters first, by old rows where those are to go.</summary>
    private bool ThinOut(uint segment, uint stamp) => Fade(segment) || (options.WhenFull == WhenFull.Evict && EvictFrom(segment, stamp));

    /// <summary>Drops what the sweep says, and halves counters if asked to.</summary>
    public long Evict(EvictionSweep sweep, bool fade, uint stamp)
    {
        long before = Count;
        for (uint segment = 0; segment < Index.Segments; segment++)
        {
            Span<ulong> slots = Index.Take(segment);
            Prefetch(slots);
            bool changed = false;
            foreach (ref ulong slot in slots)
            {
                uint link = Segment.LinkOf(slot);
                if (Link.IsRow(link) && sweep.Goes(chunks.Row(Link.Row(link))))
                    Bury(ref slot, stamp);
                else if (fade && Link.IsCount(link))
                    slot = Halved(slot);
                else
                    continue;
                changed = true;
            }
            if (changed)
                Index.Refill(segment, slots.Length);
        }
        EvictCold(sweep, stamp);
        return before - Count;
    }

    /// <summary>Halves the counters of a full segment and drops those that come to nothing; false if that made no room.</summary>
    private bool Fade(uint segment)
    {
        Span<ulong> slots = Index.Take(segment);
        bool dropped = false;
        foreach (ref ulong slot in slots)
        {
            if (!Link.IsCount(Segment.LinkOf(slot)))
                continue;
            slot = Halved(slot);
            dropped |= slot == 0;
        }
        Index.Refill(segment, slots.Length);
        return dropped;
    }

    private static ulong Halved(ulong counter)
    {
        int half = Link.Count(Segment.LinkOf(counter)) / 2;
        return half == 0 ? 0 : Segment.Slot(Link.ToCount(half), (uint)counter);
    }

    /// <summary>Drops a row without a trace; false if there is none.</summary>
    public bool Remove(ulong id, ulong hash)
    {
        Fetch(id, hash);
        ulong* slot = Probe(id, hash);
        if (slot == null || !Link.IsRow(Segment.LinkOf(*slot)))
            return false;
        Release(Link.Row(Segment.LinkOf(*slot)));
        Index.Remove(hash, slot);
        return true;
    }

    private void FindOld(ReadOnlySpan<ulong> slots, uint stamp)
    {
        _candidates.Clear();
        Prefetch(slots);
        for (int i = 0; i < slots.Length; i++)
        {
            if (!Link.IsRow(Segment.LinkOf(slots[i])))
                continue;
            uint touched = RowHead.Stamp(chunks.Row(Link.Row(Segment.LinkOf(slots[i]))));
            if (Age(touched, stamp) > options.MinAge)
                _candidates.Add((touched, i));
        }
    }

    private void Prefetch(ReadOnlySpan<ulong> slots)
    {
        if (!Sse.IsSupported)
            return;
        foreach (ulong slot in slots)
        {
            if (Link.IsRow(Segment.LinkOf(slot)))
                Sse.Prefetch0(chunks.Row(Link.Row(Segment.LinkOf(slot))));
        }
    }

    private void Bury(ref ulong slot, uint stamp)
    {
        uint row = Link.Row(Segment.LinkOf(slot));
        _tombstones.Add(new Tombstone(RowHead.Id(chunks.Row(row)), stamp));
        Release(row);
        slot = 0;
    }

    private static uint Age(uint touched, uint now) => now > touched ? now - touched : 0;
}

/// <summary>An id whose row was evicted.</summary>
/// <param name="Id">The id.</param>
/// <param name="Stamp">The stamp at which it went.</param>
public readonly record struct Tombstone(ulong Id, uint Stamp);
