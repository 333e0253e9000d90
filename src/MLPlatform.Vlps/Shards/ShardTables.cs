using System.Runtime.InteropServices;
using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Stepping;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Vlps.Shards;

/// <summary>
/// The rows of one shard. They are read as they are, and changed only by stepping: once for each step of the
/// training, by the gradients of all workers, added in the order of their ranks.
/// </summary>
internal sealed unsafe class ShardTables : IDisposable
{
    private const int Block = 256;

    private readonly Network _network;
    private readonly RowUpdater[] _updaters;
    private readonly FirstRow[] _first;
    private readonly bool[] _refused;
    private readonly EarlierCounts?[] _counts;
    private readonly IdMerge _merge = new();
    private readonly FloatBuffer _row;
    private int[] _which = [];
    private float[] _sums = [];

    public ShardTables(Network network)
    {
        _network = network;
        _updaters = [.. network.Tables.Select((_, table) => network.Updaters[network.TableOf.ToList().IndexOf(table)])];
        Wires = [.. _updaters.Select(u => new RowWire(u))];
        _first = [.. network.Tables.Select(t => new FirstRow(t.Options))];
        _refused = new bool[network.Tables.Count];
        _counts = new EarlierCounts?[network.Tables.Count];
        _row = new FloatBuffer(network.Tables.Max(t => t.Layout.Bytes) / sizeof(float));
    }

    public IReadOnlyList<EmbeddingTable> Tables => _network.Tables;

    public IReadOnlyList<RowWire> Wires { get; }

    /// <summary>Takes over how often ids without a row were counted in the model that the training goes on from.</summary>
    public void ReadCounts(ShardFolder folder)
    {
        for (int table = 0; table < _counts.Length; table++)
            _counts[table] = EarlierCounts.Read(folder, table);
    }

    /// <summary>Writes the rows of ids. One that is new has the row that it will begin with, unless it must be seen more often first.</summary>
    public void Read(int table, ReadOnlySpan<ulong> ids, ShardMessage into)
    {
        EmbeddingTable rows = _network.Tables[table];
        RowWire wire = Wires[table];
        byte* made = (byte*)_row.Pointer;
        bool begins = rows.Options.MinCount == 1 && !_refused[table];
        Span<uint> found = stackalloc uint[Block];
        for (int from = 0; from < ids.Length; from += Block)
        {
            ReadOnlySpan<ulong> block = ids.Slice(from, Math.Min(Block, ids.Length - from));
            rows.Find(block, found);
            Span<byte> bytes = into.Next(block.Length * wire.Bytes);
            fixed (byte* to = bytes)
            {
                for (int i = 0; i < block.Length; i++)
                {
                    byte* at = to + (i * wire.Bytes);
                    if (found[i] != EmbeddingTable.NoRow)
                    {
                        wire.Pack(rows.Row(found[i]), at);
                    }
                    else if (begins)
                    {
                        _first[table].Write(made, block[i], 0, 1);
                        _updaters[table].Begin(made);
                        wire.Pack(made, at);
                    }
                    else
                    {
                        new Span<byte>(at, wire.Bytes).Clear();
                    }
                }
            }
        }
    }

    /// <summary>Steps the rows of a table.</summary>
    /// <param name="step">Number of the step, those of the models before included.</param>
    /// <param name="asked">What each worker asked for.</param>
    /// <param name="pushed">Each worker's message, read up to this table's gradients.</param>
    public void Step(int table, uint step, ReadOnlySpan<Asked> asked, ReadOnlySpan<ReadOnlyMemory<byte>> pushed)
    {
        RowWire wire = Wires[table];
        int all = 0, width = 1 + _updaters[table].Layout.Dim;
        foreach (Asked one in asked)
            all += one.Count(table);
        _merge.Clear(all);
        if (_which.Length < all)
            _which = new int[all * 2];
        int place = 0;
        foreach (Asked one in asked)
        {
            ReadOnlySpan<ulong> ids = one.Ids(table);
            ReadOnlySpan<ushort> counts = one.Counts(table);
            for (int i = 0; i < ids.Length; i++)
                _which[place++] = _merge.Add(ids[i], counts[i]);
        }
        int floats = _merge.Count * width;
        if (_sums.Length < floats)
            _sums = GC.AllocateUninitializedArray<float>(floats * 2, pinned: true);
        _sums.AsSpan(0, floats).Clear();
        fixed (float* sums = _sums)
        {
            place = 0;
            for (int w = 0; w < asked.Length; w++)
            {
                fixed (byte* from = pushed[w].Span)
                {
                    for (int i = 0; i < asked[w].Count(table); i++)
                        wire.AddGradient(from + ((nint)i * wire.GradientBytes), sums + ((nint)_which[place++] * width));
                }
            }
            Step(table, step, sums, width);
        }
    }

    private void Step(int table, uint step, float* sums, int width)
    {
        EmbeddingTable rows = _network.Tables[table];
        RowUpdater updater = _updaters[table];
        ReadOnlySpan<ulong> ids = _merge.Ids;
        Span<uint> found = stackalloc uint[Block];
        float* gradient = stackalloc float[Math.Max(16, width)];
        for (int from = 0; from < ids.Length; from += Block)
        {
            ReadOnlySpan<ulong> block = ids.Slice(from, Math.Min(Block, ids.Length - from));
            rows.Find(block, found);
            rows.Prefetch(found[..block.Length]);
            for (int i = 0; i < block.Length; i++)
            {
                ulong id = block[i];
                ushort count = _merge.Counts[from + i];
                uint last = step;
                byte* row;
                if (found[i] != EmbeddingTable.NoRow && RowHead.Id(rows.Row(found[i])) == id && RowHead.IsLive(rows.Row(found[i])))
                {
                    row = rows.Row(found[i]);
                    last = updater.Mark(row, step, count);
                }
                else if ((row = Add(table, id, count, step)) == null)
                {
                    continue;
                }
                float* sum = sums + ((nint)(from + i) * width);
                // Factors are read as whole vectors, from where they may begin.
                new Span<float>(sum + 1, width - 1).CopyTo(new Span<float>(gradient, width - 1));
                updater.Step(row, id, step, last, *sum, gradient);
            }
        }
    }

    private byte* Add(int table, ulong id, ushort count, uint step)
    {
        EmbeddingTable rows = _network.Tables[table];
        uint row = EmbeddingTable.NoRow;
        if (_counts[table] is { } counts && !rows.Knows(id))
            count = (ushort)Math.Min(ushort.MaxValue, count + counts.Of(id));
        rows.FindOrAdd(new ReadOnlySpan<ulong>(in id), new ReadOnlySpan<ushort>(in count), step, new Span<uint>(ref row));
        if (row == EmbeddingTable.NoRow)
        {
            _refused[table] |= rows.Options.MinCount == 1;
            return null;
        }
        _updaters[table].Begin(rows.Row(row));
        return rows.Row(row);
    }

    public void Dispose()
    {
        _network.Dispose();
        _row.Dispose();
    }
}
