using System.Buffers;
using System.Runtime.InteropServices;
using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Vlps.Shards;

/// <summary>
/// A worker's part of one batch on its way: samples, distinct ids, their rows as shards sent them, and room for errors.
/// In all messages rows lie table after table, in a table field after field, in a field by first place.
/// </summary>
internal sealed unsafe class WorkerBatch : IDisposable
{
    private readonly Network _network;
    private readonly FieldPlan[] _fields;
    private readonly int[] _tableOf;
    private readonly IReadOnlyList<RowWire> _wires;
    private readonly int _shards;
    private readonly RowSteps _steps;
    private readonly nint _empty;
    private readonly int[][] _shardOf; // Of each field's distinct ids.
    private readonly int[] _counts; // Ids of each table that each shard has.
    private readonly nint[] _at; // Where the next record of each table stands in each shard's message.
    private ulong[] _ids = [];
    private ushort[] _occurrences = [];
    private FloatBuffer _rows = new(0), _gradients = new(0);

    /// <param name="wires">Of each table.</param>
    /// <param name="size">Samples that the part has at most.</param>
    /// <param name="empty">The row that stands for absent ones.</param>
    public WorkerBatch(Network network, IReadOnlyList<RowWire> wires, FieldBlock block, int size, int shards, nint empty)
    {
        (_network, _wires, _shards, Block, _empty) = (network, wires, shards, block, empty);
        (_fields, _tableOf) = ([.. network.Fields], [.. network.TableOf]);
        View = new BatchView(network, size);
        _steps = new RowSteps(network, View);
        _shardOf = [.. _fields.Select(_ => Array.Empty<int>())];
        (_counts, _at) = (new int[wires.Count * shards], new nint[wires.Count * shards]);
        Answers = new ShardMessage?[shards];
    }

    public FieldBlock Block { get; }

    public BatchView View { get; }

    public uint Step { get; private set; }

    /// <summary>What each shard answered.</summary>
    public ShardMessage?[] Answers { get; }

    /// <summary>Takes the block's samples as the part of a step, and writes to each shard's message what it is asked for.</summary>
    public void Ask(uint step, uint need, ShardMessage[] pulls)
    {
        Step = step;
        View.Set(Block, 0, Block.Rows);
        Array.Clear(_counts);
        for (int f = 0; f < _fields.Length; f++)
            Spread(f);
        foreach (ShardMessage pull in pulls)
        {
            pull.Write(step);
            pull.Write(need);
        }
        for (int table = 0; table < _wires.Count; table++)
            Ask(table, pulls);
    }

    // Which shard has each id of a field.
    private void Spread(int field)
    {
        FieldIndex index = View.Indexes[field];
        index.Distinguish(Block.Fields[field], 0, Block.Rows);
        if (_shardOf[field].Length < index.Distinct)
            _shardOf[field] = new int[index.Distinct * 2];
        Span<int> shardOf = _shardOf[field].AsSpan(0, index.Distinct), counts = _counts.AsSpan(_tableOf[field] * _shards, _shards);
        for (int u = 0; u < shardOf.Length; u++)
            counts[shardOf[u] = IdHash.Shard(index.Ids[u], _shards)]++;
    }

    private void Ask(int table, ShardMessage[] pulls)
    {
        Span<int> counts = _counts.AsSpan(table * _shards, _shards);
        Span<int> at = stackalloc int[_shards];
        int all = 0;
        for (int s = 0; s < _shards; s++)
            (at[s], all) = (all, all + counts[s]);
        if (_ids.Length < all)
            (_ids, _occurrences) = (new ulong[all * 2], new ushort[all * 2]);
        for (int f = 0; f < _fields.Length; f++)
        {
            if (_tableOf[f] != table)
                continue;
            FieldIndex index = View.Indexes[f];
            ReadOnlySpan<int> shardOf = _shardOf[f].AsSpan(0, index.Distinct);
            for (int u = 0; u < shardOf.Length; u++)
            {
                int place = at[shardOf[u]]++;
                (_ids[place], _occurrences[place]) = (index.Ids[u], (ushort)Math.Min(ushort.MaxValue, index.Counts[u]));
            }
        }
        for (int s = 0; s < _shards; s++)
        {
            pulls[s].Write(counts[s]);
            pulls[s].WriteAll<ulong>(_ids.AsSpan(at[s] - counts[s], counts[s]));
            pulls[s].WriteAll<ushort>(_occurrences.AsSpan(at[s] - counts[s], counts[s]));
        }
    }

    /// <summary>Lays the rows out that the shards answered.</summary>
    public void TakeRows()
    {
        long floats = 0;
        for (int f = 0; f < _fields.Length; f++)
            floats += (long)View.Indexes[f].Distinct * _fields[f].Layout.Bytes / sizeof(float);
        Room(ref _rows, floats);
        using Pins pinned = Pin(Answers!, sizeof(byte) + sizeof(uint), w => w.Bytes);
        byte* row = (byte*)_rows.Pointer;
        for (int f = 0; f < _fields.Length; f++)
        {
            RowWire wire = _wires[_tableOf[f]];
            FieldIndex index = View.Indexes[f];
            ReadOnlySpan<int> shardOf = _shardOf[f].AsSpan(0, index.Distinct);
            Span<nint> from = _at.AsSpan(_tableOf[f] * _shards, _shards);
            int bytes = _fields[f].Layout.Bytes;
            // Rows of another kind may have stood here: what is padding must be 0.
            NativeMemory.Clear(row, (nuint)bytes * (nuint)index.Distinct);
            for (int u = 0; u < shardOf.Length; u++, row += bytes)
            {
                ref nint at = ref from[shardOf[u]];
                index.Pointers[u] = wire.Unpack((byte*)at, row) ? (nint)row : _empty;
                at += wire.Bytes;
            }
        }
        for (int s = 0; s < _shards; s++)
        {
            Answers[s]!.Dispose();
            Answers[s] = null;
        }
    }

    /// <summary>Writes to each shard's message the gradients of the rows that came from it.</summary>
    public void WriteGradients(ShardMessage[] pushes)
    {
        int first = pushes[0].Length;
        for (int s = 0; s < _shards; s++)
        {
            int bytes = 0;
            for (int table = 0; table < _wires.Count; table++)
                bytes += _counts[(table * _shards) + s] * _wires[table].GradientBytes;
            pushes[s].Next(bytes);
        }
        using Pins pinned = Pin(pushes, first, w => w.GradientBytes);
        for (int f = 0; f < _fields.Length; f++)
        {
            RowWire wire = _wires[_tableOf[f]];
            FieldIndex index = View.Indexes[f];
            int width = _fields[f].Width, stride = RowSteps.GradientFloats(_fields[f]);
            Room(ref _gradients, (long)index.Distinct * stride);
            float* values = _gradients.Pointer;
            _steps.Gradients(f, _empty, values);
            ReadOnlySpan<int> shardOf = _shardOf[f].AsSpan(0, index.Distinct);
            Span<nint> to = _at.AsSpan(_tableOf[f] * _shards, _shards);
            for (int u = 0; u < shardOf.Length; u++, values += stride)
            {
                ref nint at = ref to[shardOf[u]];
                wire.PackGradient(values[width], values, (byte*)at);
                at += wire.GradientBytes;
            }
        }
    }

    // Keeps messages in their place, and finds where each table's records begin in each of them.
    private Pins Pin(ShardMessage[] messages, int first, Func<RowWire, int> bytes)
    {
        for (int s = 0; s < messages.Length; s++)
        {
            long needed = first;
            for (int table = 0; table < _wires.Count; table++)
                needed += (long)_counts[(table * _shards) + s] * bytes(_wires[table]);
            if (messages[s].Length < needed)
                throw new InvalidDataException($"a message of shard {s} has {messages[s].Length} bytes in place of {needed}");
        }
        var pins = new Pins(messages);
        for (int s = 0; s < messages.Length; s++)
        {
            nint at = pins.At(s) + first;
            for (int table = 0; table < _wires.Count; table++)
            {
                _at[(table * _shards) + s] = at;
                at += _counts[(table * _shards) + s] * bytes(_wires[table]);
            }
        }
        return pins;
    }

    private static void Room(ref FloatBuffer buffer, long floats)
    {
        if (buffer.Length >= floats)
            return;
        buffer.Dispose();
        buffer = new FloatBuffer(floats + (floats / 2));
    }

    public void Dispose()
    {
        View.Dispose();
        _rows.Dispose();
        _gradients.Dispose();
    }

    /// <summary>Messages that stay where they are.</summary>
    private readonly struct Pins(ShardMessage[] messages) : IDisposable
    {
        private readonly MemoryHandle[] _handles = [.. messages.Select(m => m.Memory.Pin())];

        public nint At(int message) => (nint)_handles[message].Pointer;

        public void Dispose()
        {
            foreach (MemoryHandle handle in _handles)
                handle.Dispose();
        }
    }
}
