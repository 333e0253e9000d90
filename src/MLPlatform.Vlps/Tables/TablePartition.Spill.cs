using System.Numerics;
using System.Runtime.CompilerServices;
using MLPlatform.Vlps.Spill;

namespace MLPlatform.Vlps.Tables;

/// <summary>Cold rows: hot ones change places with those that are asked for.</summary>
internal sealed unsafe partial class TablePartition
{
    private readonly ColdRows? _cold = cold is null ? null : new ColdRows(cold, number, options.Layout.Bytes);
    private readonly long _hotRows = options.Spill is { } spill ? Math.Max(64, spill.HotRows >> options.PartitionBits) : long.MaxValue;
    private uint _clock;

    /// <summary>In place of a row: it is cold and has to stay so for now.</summary>
    public const uint Refused = EmbeddingTable.NoRow - 1;

    /// <summary>In place of a stamp: no row is too young to be spilled.</summary>
    public const uint Ever = uint.MaxValue;

    /// <summary>Rows that are in the file.</summary>
    public long ColdCount { get; private set; }

    /// <summary>Adds the cold rows that may be the id's: tags say so, only the file is sure.</summary>
    public void AddColdCandidates(ulong hash, int at, List<ColdCandidate> candidates, PageBatch pages)
    {
        ulong* segment = Index.BaseOf(hash);
        for (int distance = 0; distance <= Segment.MaxDistance; distance++)
        {
            ulong* line = segment + ((IdHash.Line(hash) + distance) & (Segment.Lines - 1)) * Segment.LineSlots;
            uint hits = LineMatch.Find(line, Segment.Low(IdHash.Tag(hash), distance), out uint empty);
            for (; hits != 0; hits &= hits - 1)
            {
                uint link = Segment.LinkOf(line[BitOperations.TrailingZeroCount(hits)]);
                if (!Link.IsCold(link))
                    continue;
                candidates.Add(new ColdCandidate(at, Link.Cold(link)));
                if (_cold!.PageAt(Link.Cold(link)) is >= 0 and var page)
                    pages.Want(page);
            }
            if (empty != 0)
                break;
        }
    }

    /// <summary>
    /// Makes a cold row hot if it is the id's; the hot row that makes room takes its place in the file. NoRow if it is
    /// another id's, <see cref="Refused"/> if all hot rows are needed.
    /// </summary>
    public uint Promote(ulong id, ulong hash, uint cold, uint stamp, PageBatch pages)
    {
        byte* row = _cold!.Row(cold, pages, change: false);
        if (!RowHead.IsLive(row) || RowHead.Id(row) != id)
            return EmbeddingTable.NoRow;
        byte* copy = stackalloc byte[_rowBytes];
        Unsafe.CopyBlock(copy, row, (uint)_rowBytes);
        uint hot = TakeHotRow();
        row = _cold.Row(cold, pages, change: true);
        if (hot == EmbeddingTable.NoRow)
        {
            hot = FindVictim(stamp);
            if (hot == EmbeddingTable.NoRow)
                return Refused;
            byte* victim = chunks.Row(hot);
            Relink(victim, Link.ToRow(hot), Link.ToCold(cold));
            Unsafe.CopyBlock(row, victim, (uint)_rowBytes);
            _cold.Note(cold, RowHead.Stamp(victim));
        }
        else
        {
            RowHead.Free(row, 0);
            ColdCount--;
        }
        Unsafe.CopyBlock(chunks.Row(hot), copy, (uint)_rowBytes);
        *ProbeLink(hash, Link.ToCold(cold)) = Segment.Slot(Link.ToRow(hot), (uint)*ProbeLink(hash, Link.ToCold(cold)));
        return hot;
    }

    /// <summary>Writes out a hot row that nobody needs and gives its place; false where all are needed.</summary>
    private bool SpillOne(uint stamp)
    {
        uint hot = FindVictim(stamp);
        if (hot == EmbeddingTable.NoRow)
            return false;
        byte* victim = chunks.Row(hot);
        Relink(victim, Link.ToRow(hot), Link.ToCold(_cold!.Append(victim)));
        ColdCount++;
        RowHead.Free(victim, _free);
        _free = hot;
        return true;
    }

    // A clock whose hand forgives a row as often as it was used lately, up to three times: what is used often stays.
    private uint FindVictim(uint stamp)
    {
        for (long looked = 0; looked < 5L * Extent; looked++)
        {
            _clock = _clock + 1 >= Extent ? 0 : _clock + 1;
            uint hot = NumberOf(_clock);
            byte* row = chunks.Row(hot);
            if (RowHead.IsLive(row) && !RowHead.IsPinned(row) && Age(RowHead.Stamp(row), stamp) >= options.MinAge && !RowHead.Forgive(row))
                return hot;
        }
        return EmbeddingTable.NoRow;
    }

    private void Relink(byte* row, uint from, uint to)
    {
        ulong* slot = ProbeLink(IdHash.Of(RowHead.Id(row)), from);
        *slot = Segment.Slot(to, (uint)*slot);
    }

    private ulong* ProbeLink(ulong hash, uint link)
    {
        ulong* segment = Index.BaseOf(hash);
        for (int distance = 0; distance <= Segment.MaxDistance; distance++)
        {
            ulong* line = segment + ((IdHash.Line(hash) + distance) & (Segment.Lines - 1)) * Segment.LineSlots;
            uint hits = LineMatch.Find(line, Segment.Low(IdHash.Tag(hash), distance), out _);
            for (; hits != 0; hits &= hits - 1)
            {
                ulong* slot = line + BitOperations.TrailingZeroCount(hits);
                if (Segment.LinkOf(*slot) == link)
                    return slot;
            }
        }
        throw new InvalidOperationException("a row is not in the index");
    }

    /// <summary>Calls with each cold row of pages with one stamped after <paramref name="since"/>.</summary>
    public void ForEachCold(uint since, RowAction action) => _cold?.ForEach(since, (_, row) => action((byte*)row));

    /// <summary>Makes a cold row of the id hot, where there is one, so that it can be dropped or written over.</summary>
    private void Fetch(ulong id, ulong hash)
    {
        if (_cold is null || ColdCount == 0)
            return;
        List<ColdCandidate> candidates = [];
        using var pages = new PageBatch(cold!);
        AddColdCandidates(hash, 0, candidates, pages);
        if (candidates.Count == 0)
            return;
        pages.ReadAll();
        foreach (ColdCandidate candidate in candidates)
            Promote(id, hash, candidate.Cold, Ever, pages);
        pages.WriteBack();
    }

    private void EvictCold(EvictionSweep sweep, uint stamp)
    {
        List<(ulong Id, uint Cold)> gone = [];
        _cold?.ForEach(0, (at, row) =>
        {
            if (sweep.Goes((byte*)row))
                gone.Add((RowHead.Id((byte*)row), at));
        });
        if (gone.Count == 0)
            return;
        using var pages = new PageBatch(cold!);
        foreach ((ulong id, uint at) in gone)
        {
            RowHead.Free(_cold!.Row(at, pages, change: true), 0);
            Index.Remove(IdHash.Of(id), ProbeLink(IdHash.Of(id), Link.ToCold(at)));
            _tombstones.Add(new Tombstone(id, stamp));
            ColdCount--;
            Count--;
            if (pages.Count >= 1024)
                pages.WriteBack();
        }
        pages.WriteBack();
    }
}

/// <summary>A cold row that an id of a call may have.</summary>
/// <param name="At">Where the id stands in the call.</param>
/// <param name="Cold">The row's number among the partition's cold ones.</param>
internal readonly record struct ColdCandidate(int At, uint Cold);
