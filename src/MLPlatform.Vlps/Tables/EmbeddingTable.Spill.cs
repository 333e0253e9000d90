using MLPlatform.Vlps.Spill;

namespace MLPlatform.Vlps.Tables;

public sealed unsafe partial class EmbeddingTable
{
    /// <summary>Ids looked up before their cold rows are read: so many pages at most are in memory at once, and their reads overlap.</summary>
    private const int SpillBlock = 1024;

    private readonly ColdFile? _cold;
    private readonly System.Collections.Concurrent.ConcurrentBag<PageBatch> _pages = [];
    private readonly Lock _turn = new();

    /// <summary>Rows that are in the spill file.</summary>
    public long ColdRows => _partitions.Sum(p => p.ColdCount);

    // In a spilling table a lookup changes places, so it counts as a change; what it found stays put until it returns.
    private void FindSpilled(ReadOnlySpan<ulong> ids, ReadOnlySpan<ushort> counts, uint? stamp, Span<uint> rows)
    {
        PageBatch pages = _pages.TryTake(out PageBatch? used) ? used : new PageBatch(_cold!);
        List<ColdCandidate> candidates = [];
        for (int from = 0; from < ids.Length; from += SpillBlock)
        {
            int count = Math.Min(SpillBlock, ids.Length - from);
            FindSpilledBlock(ids.Slice(from, count), counts.IsEmpty ? counts : counts.Slice(from, count), stamp, rows.Slice(from, count), candidates, pages);
        }
        if (!Options.Spill!.UntilReleased)
        {
            foreach (uint row in rows)
            {
                if (row != NoRow)
                    RowHead.Unpin(_chunks.Row(row));
            }
        }
        _pages.Add(pages);
    }

    /// <summary>Lets rows go to the file again that were found before; nothing in a table without <see cref="SpillOptions.UntilReleased"/>.</summary>
    /// <param name="rows">Their bytes.</param>
    /// <param name="empty">What stands among them for a row that there is not.</param>
    internal void Release(ReadOnlySpan<nint> rows, nint empty)
    {
        if (Options.Spill is not { UntilReleased: true })
            return;
        lock (_turn)
        {
            foreach (nint row in rows)
            {
                if (row != empty)
                    RowHead.Unpin((byte*)row);
            }
        }
    }

    private void FindSpilledBlock(
        ReadOnlySpan<ulong> ids, ReadOnlySpan<ushort> counts, uint? stamp, Span<uint> rows, List<ColdCandidate> candidates, PageBatch pages)
    {
        ulong* hashes = stackalloc ulong[SpillBlock];
        candidates.Clear();

        // 1. What is hot is pinned; what may be cold is noted.
        for (int from = 0; from < ids.Length; from += Block)
        {
            int count = Math.Min(Block, ids.Length - from);
            Approach(ids.Slice(from, count), hashes + from, rows.Slice(from, count));
            for (int i = from; i < from + count; i++)
            {
                TablePartition partition = PartitionOfHash(hashes[i]);
                if (rows[i] >= MaxRows || RowHead.Id(_chunks.Row(rows[i])) != ids[i] || !RowHead.IsLive(_chunks.Row(rows[i])))
                    rows[i] = partition.Find(ids[i], hashes[i]);
                if (rows[i] != NoRow)
                    RowHead.Use(_chunks.Row(rows[i]));
                else
                    partition.AddColdCandidates(hashes[i], i, candidates, pages);
            }
        }

        // 2. The pages of the cold ones come together.
        pages.ReadAll();
        foreach (ColdCandidate candidate in candidates)
        {
            int i = candidate.At;
            if (rows[i] != NoRow)
                continue;
            TablePartition partition = PartitionOfHash(hashes[i]);
            rows[i] = partition.Promote(ids[i], hashes[i], candidate.Cold, stamp ?? TablePartition.Ever, pages);
            if (rows[i] < MaxRows)
                RowHead.Use(_chunks.Row(rows[i]));
        }

        // 3. What was found is counted, the rest is new.
        for (int i = 0; i < ids.Length; i++)
        {
            if (rows[i] == TablePartition.Refused)
                rows[i] = NoRow;
            else if (stamp is { } now)
                rows[i] = CountOrAdd(ids[i], hashes[i], counts.IsEmpty ? 1 : counts[i], now, rows[i]);
        }
        pages.WriteBack();
    }

    private void AddSpilled(ReadOnlySpan<AbsentId> absents, uint stamp, Span<uint> rows)
    {
        Span<ulong> ids = stackalloc ulong[Block];
        Span<ushort> counts = stackalloc ushort[Block];
        for (int i = 0; i < absents.Length; i++)
            (ids[i], counts[i]) = (absents[i].Id, absents[i].Count);
        FindSpilled(ids[..absents.Length], counts[..absents.Length], stamp, rows);
    }

    private uint CountOrAdd(ulong id, ulong hash, int count, uint stamp, uint row)
    {
        if (row != NoRow)
        {
            RowHead.Touch(_chunks.Row(row), stamp, count);
            return row;
        }
        row = PartitionOfHash(hash).FindOrAdd(id, hash, count, stamp);
        if (row != NoRow)
            RowHead.Pin(_chunks.Row(row));
        return row;
    }
}
