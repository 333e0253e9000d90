using System.Numerics;
using System.Runtime.CompilerServices;
using MLPlatform.Vlps.Keyed;
using MLPlatform.Vlps.Stepping;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Vlps.Batches;

/// <summary>
/// The ids of one field in one batch without duplicates. Each distinct id heads the chain of its places in the batch, from
/// the last to the first, so gradients are summed in one order and each row is stepped once. Buffers are reused.
/// </summary>
/// <param name="members">Threads that add absent ids, each those of its share of the partitions.</param>
internal sealed unsafe class FieldIndex(int members = 1)
{
    private const int Block = EmbeddingTable.Block;

    // Of a spilling table, so many that reads of its file overlap.
    private const int SpillingBlock = 1024;

    private int[] _next = [];
    private int[] _samples = [];
    private int[] _heads = [];
    private int[] _counts = [];
    private ulong[] _ids = [];
    private uint[] _lasts = [];
    private nint[] _pointers = [];
    private int[] _places = [];
    private readonly AbsentId[][] _absent = [.. Enumerable.Range(0, members).Select(_ => new AbsentId[64])];
    private readonly int[] _absents = new int[members];
    private byte[] _copies = [];

    /// <summary>Distinct ids.</summary>
    public int Distinct { get; private set; }

    /// <summary>Places: ids with their duplicates.</summary>
    public int Count { get; private set; }

    /// <summary>Distinct ids that the table did not have.</summary>
    public int Absent => _absents.Sum();

    /// <summary>The distinct ids, by first place.</summary>
    public ulong[] Ids => _ids;

    /// <summary>Of each distinct id, its last place.</summary>
    public int[] Heads => _heads;

    /// <summary>Of each place, the one before with the same id, or -1.</summary>
    public int[] Next => _next;

    /// <summary>Of each distinct id, how often it occurs.</summary>
    public int[] Counts => _counts;

    /// <summary>Of each place, its sample; only of fields with many ids.</summary>
    public int[] Samples => _samples;

    /// <summary>Of each distinct id, the step that touched its row before this one.</summary>
    public uint[] Lasts => _lasts;

    /// <summary>Of each distinct id, its row, or the empty row.</summary>
    public nint[] Pointers => _pointers;

    /// <summary>Of each place, its distinct id.</summary>
    public int[] Places => _places;

    /// <summary>The row of a place, or the empty row.</summary>
    public nint RowOf(int place) => _pointers[_places[place]];

    /// <summary>Finds the distinct ids of a batch and their rows.</summary>
    /// <param name="column">The field's ids.</param>
    /// <param name="first">First sample of the batch.</param>
    /// <param name="rows">Samples of the batch.</param>
    /// <param name="table">The field's table.</param>
    /// <param name="updater">Marks the rows as touched; null: they are only read.</param>
    /// <param name="step">Number of the step.</param>
    /// <param name="empty">What stands for a row that the table does not have.</param>
    public void Build(FieldColumn column, int first, int rows, EmbeddingTable table, RowUpdater? updater, uint step, nint empty)
    {
        Distinguish(column, first, rows);
        if (table.Options.Spill is null)
        {
            for (int from = 0; from < Distinct; from += Block)
                Find(from, Math.Min(Block, Distinct - from), table, updater, step, empty);
            return;
        }
        for (int from = 0; from < Distinct; from += SpillingBlock)
            FindSpilled(from, Math.Min(SpillingBlock, Distinct - from), table, updater, step, empty);
    }

    /// <summary>Gives back the rows that were looked up, which a spilling table keeps in memory until then.</summary>
    /// <param name="table">The field's table.</param>
    /// <param name="empty">What stands for a row that the table does not have.</param>
    public void Release(EmbeddingTable table, nint empty) => table.Release(_pointers.AsSpan(0, Distinct), empty);

    /// <summary>Finds the distinct ids of a batch, and copies their rows from a file.</summary>
    /// <param name="column">The field's ids.</param>
    /// <param name="first">First sample of the batch.</param>
    /// <param name="rows">Samples of the batch.</param>
    /// <param name="file">The rows.</param>
    /// <param name="layout">What the copies look like.</param>
    /// <param name="empty">What stands for a row that the file does not have.</param>
    public void Build(FieldColumn column, int first, int rows, KeyedRows file, RowLayout layout, nint empty)
    {
        Distinguish(column, first, rows);
        if (_copies.Length < Distinct * layout.Bytes)
            _copies = GC.AllocateArray<byte>(_next.Length * layout.Bytes, pinned: true);
        fixed (byte* copies = _copies)
            file.Copy(_ids.AsSpan(0, Distinct), layout, copies, _pointers.AsSpan(0, Distinct), empty);
    }

    /// <summary>Finds the distinct ids of a batch; their rows are for the caller to bring.</summary>
    /// <param name="column">The field's ids.</param>
    /// <param name="first">First sample of the batch.</param>
    /// <param name="rows">Samples of the batch.</param>
    public void Distinguish(FieldColumn column, int first, int rows)
    {
        int start = column.Start(first);
        Count = column.Start(first + rows) - start;
        Room(Count, column.Many);
        if (column.Many)
            FillSamples(column, first, rows, start);
        fixed (ulong* ids = column.IdArray)
            Deduplicate(ids + start, Count);
        Array.Clear(_absents);
    }

    // In blocks, so that a row is marked while it is still near.
    private void Find(int from, int count, EmbeddingTable table, RowUpdater? updater, uint step, nint empty)
    {
        ulong* hashes = stackalloc ulong[Block];
        Span<uint> guesses = stackalloc uint[Block];
        table.Approach(_ids.AsSpan(from, count), hashes, guesses);
        for (int i = 0; i < count; i++)
        {
            byte* row = table.Sure(_ids[from + i], hashes[i], guesses[i]);
            if (row == null)
                Miss(from + i, hashes[i], table, empty);
            else
                Take(from + i, row, updater, step);
        }
    }

    private void FindSpilled(int from, int count, EmbeddingTable table, RowUpdater? updater, uint step, nint empty)
    {
        Span<uint> rows = stackalloc uint[count];
        table.Find(_ids.AsSpan(from, count), rows);
        for (int i = 0; i < count; i++)
        {
            if (rows[i] == EmbeddingTable.NoRow)
                Miss(from + i, IdHash.Of(_ids[from + i]), table, empty);
            else
                Take(from + i, table.Row(rows[i]), updater, step);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Take(int u, byte* row, RowUpdater? updater, uint step)
    {
        _pointers[u] = (nint)row;
        if (updater is not null)
            _lasts[u] = updater.Mark(row, step, _counts[u]);
    }

    // Sorted by who will add it, so that nobody has to walk those of others.
    private void Miss(int u, ulong hash, EmbeddingTable table, nint empty)
    {
        _pointers[u] = empty;
        int member = table.NumberOf(hash) * members / table.Partitions, count = _absents[member]++;
        if (count == _absent[member].Length)
            Array.Resize(ref _absent[member], count * 2);
        _absent[member][count] = new AbsentId(_ids[u], hash, u, (ushort)Math.Min(ushort.MaxValue, _counts[u]));
    }

    /// <summary>Adds absent ids to the table, those of a member's share of the partitions.</summary>
    public void Add(EmbeddingTable table, RowUpdater updater, uint step, int member)
    {
        Span<uint> rows = stackalloc uint[Block];
        ReadOnlySpan<AbsentId> all = _absent[member].AsSpan(0, _absents[member]);
        for (int from = 0; from < all.Length; from += Block)
        {
            ReadOnlySpan<AbsentId> absents = all.Slice(from, Math.Min(Block, all.Length - from));
            table.Add(absents, step, rows[..absents.Length]);
            for (int i = 0; i < absents.Length; i++)
            {
                if (rows[i] == EmbeddingTable.NoRow)
                    continue;
                byte* row = table.Row(rows[i]);
                updater.Begin(row);
                int u = absents[i].Number;
                _lasts[u] = step;
                _pointers[u] = (nint)row;
            }
        }
    }

    private void Deduplicate(ulong* ids, int count)
    {
        DistinctSlots own = DistinctSlots.Own;
        int bits = own.Begin(count, out int zero), shift = 64 - bits, mask = (1 << bits) - 1, distinct = 0;
        fixed (int* slots = own.Slots, next = _next, heads = _heads, counts = _counts, places = _places)
        fixed (ulong* known = _ids)
        {
            for (int i = 0; i < count; i++)
            {
                ulong id = ids[i];
                int at = (int)((id * 0x9E3779B97F4A7C15) >> shift);
                while (true)
                {
                    int slot = slots[at] - zero;
                    if (slot < 0)
                    {
                        slots[at] = distinct + zero;
                        known[distinct] = id;
                        heads[distinct] = i;
                        next[i] = -1;
                        counts[distinct] = 1;
                        places[i] = distinct++;
                        break;
                    }
                    if (known[slot] == id)
                    {
                        next[i] = heads[slot];
                        heads[slot] = i;
                        counts[slot]++;
                        places[i] = slot;
                        break;
                    }
                    at = (at + 1) & mask;
                }
            }
        }
        own.End(distinct);
        Distinct = distinct;
    }

    private void FillSamples(FieldColumn column, int first, int rows, int start)
    {
        int at = 0;
        for (int row = 0; row < rows; row++)
        {
            int end = column.Start(first + row + 1) - start;
            while (at < end)
                _samples[at++] = row;
        }
    }

    private void Room(int count, bool many)
    {
        if (_next.Length >= count)
            return;
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1024, count));
        (_next, _heads, _counts) = (new int[size], new int[size], new int[size]);
        (_ids, _lasts) = (new ulong[size], new uint[size]);
        (_pointers, _places) = (GC.AllocateArray<nint>(size, pinned: true), GC.AllocateArray<int>(size, pinned: true));
        if (many)
            _samples = new int[size];
    }
}
