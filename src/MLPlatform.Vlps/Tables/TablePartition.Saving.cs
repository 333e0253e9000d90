using MLPlatform.Vlps.Spill;

namespace MLPlatform.Vlps.Tables;

internal sealed unsafe partial class TablePartition
{
    public void ForEachCounter(Action<ulong> action)
    {
        List<ulong> counters = [];
        foreach (uint segment in Index.InOrder())
        {
            counters.Clear();
            ReadOnlySpan<ulong> slots = Index.Take(segment);
            for (int i = 0; i < slots.Length; i++)
            {
                uint link = Segment.LinkOf(slots[i]);
                if (Link.IsCount(link))
                    counters.Add(((((ulong)Segment.TagOf(slots[i]) << 8) | Index.TakenLines[i]) << 16) | (uint)Link.Count(link));
            }
            counters.Sort();
            counters.ForEach(action);
        }
    }

    public void ForgetCounters()
    {
        for (uint segment = 0; segment < Index.Segments; segment++)
        {
            Span<ulong> slots = Index.Take(segment);
            foreach (ref ulong slot in slots)
                slot = Link.IsCount(Segment.LinkOf(slot)) ? 0 : slot;
            Index.Refill(segment, slots.Length);
        }
    }

    /// <summary>
    /// Calls with each row stamped after <paramref name="since"/> in the order of hashes: segments follow each other in it, and
    /// within one the rows are sorted. Cold ones of the partition are brought into memory for it.
    /// </summary>
    public void ForEachByHash(uint since, RowAction action)
    {
        using var spilled = new RowCopies(_rowBytes, ColdCount);
        _cold?.ForEach(since, (at, row) =>
        {
            if (IsAfter((byte*)row, since))
                spilled.Add(at, (byte*)row);
        });
        List<(ulong Hash, nint Row)> rows = [];
        foreach (uint segment in Index.InOrder())
        {
            rows.Clear();
            ReadOnlySpan<ulong> slots = Index.Take(segment);
            Prefetch(slots);
            foreach (ulong slot in slots)
            {
                uint link = Segment.LinkOf(slot);
                byte* row = Link.IsRow(link) ? chunks.Row(Link.Row(link)) : Link.IsCold(link) ? spilled.Row(Link.Cold(link)) : null;
                if (row != null && IsAfter(row, since))
                    rows.Add((IdHash.Of(RowHead.Id(row)), (nint)row));
            }
            rows.Sort((a, b) => a.Hash.CompareTo(b.Hash));
            foreach ((_, nint row) in rows)
                action((byte*)row);
        }
    }

    // 0 is before all stamps, that of a row which was never stamped included.
    private static bool IsAfter(byte* row, uint since) => since == 0 || RowHead.Stamp(row) > since;

    public void SetCounter(ulong hash, int count)
    {
        ulong* counter = ProbeCounter(hash);
        if (counter != null)
            *counter = Segment.Slot(Link.ToCount(count), (uint)*counter);
        else
            AddCounter(hash, count);
    }

    private ulong* ProbeCounter(ulong hash)
    {
        ulong* segment = Index.BaseOf(hash);
        for (int distance = 0; distance <= Segment.MaxDistance; distance++)
        {
            ulong* line = segment + ((IdHash.Line(hash) + distance) & (Segment.Lines - 1)) * Segment.LineSlots;
            uint hits = LineMatch.Find(line, Segment.Low(IdHash.Tag(hash), distance), out uint empty);
            for (; hits != 0; hits &= hits - 1)
            {
                ulong* slot = line + System.Numerics.BitOperations.TrailingZeroCount(hits);
                if (Link.IsCount(Segment.LinkOf(*slot)))
                    return slot;
            }
            if (empty != 0)
                break;
        }
        return null;
    }

    /// <summary>Drops a row that was evicted elsewhere, and remembers it.</summary>
    public void Bury(Tombstone tombstone, ulong hash)
    {
        Remove(tombstone.Id, hash);
        _tombstones.Add(tombstone);
    }
}
