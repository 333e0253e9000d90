using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Vlps.Shards;

/// <summary>A worker's part of one batch on its way: samples, distinct ids, their rows as shards sent them, and room for errors.</summary>
internal sealed unsafe class WorkerBatch : IDisposable
{
    private readonly Network _network;
    private readonly IReadOnlyList<RowWire> _wires;
    private readonly int _shards;
    private readonly RowSteps _steps;
    private readonly nint _empty;
    private readonly int[,] _cursors;
    private FloatBuffer _rows = new(0);

    /// <param name="wires">Of each table.</param>
    /// <param name="size">Samples that the part has at most.</param>
    /// <param name="empty">The row that stands for absent ones.</param>
    public WorkerBatch(Network network, IReadOnlyList<RowWire> wires, FieldBlock block, int size, int shards, nint empty)
    {
        (_network, _wires, _shards, Block, _empty) = (network, wires, shards, block, empty);
        View = new BatchView(network, size);
        _steps = new RowSteps(network, View);
        _cursors = new int[shards, network.Tables.Count];
        Answers = new ShardMessage?[shards];
    }

    public FieldBlock Block { get; }

    public BatchView View { get; }

    public uint Step { get; private set; }

    /// <summary>What each shard answered.</summary>
    public ShardMessage?[] Answers { get; }

    public bool HasRows => Array.TrueForAll(Answers, a => a is not null);

    /// <summary>Takes the block's samples as the part of a step, and writes to each shard's message what it is asked for.</summary>
    public void Ask(uint step, uint need, ShardMessage[] pulls)
    {
        Step = step;
        View.Set(Block, 0, Block.Rows);
        for (int f = 0; f < _network.Fields.Count; f++)
            View.Indexes[f].Distinguish(Block.Fields[f], 0, Block.Rows);
        foreach (ShardMessage pull in pulls)
        {
            pull.Write(step);
            pull.Write(need);
        }
        Array.Clear(_cursors);
        ForEach((f, u, shard) => _cursors[shard, _network.TableOf[f]]++);
        for (int table = 0; table < _network.Tables.Count; table++)
            Ask(table, pulls);
    }

    private void Ask(int table, ShardMessage[] pulls)
    {
        var ids = new ulong[_shards][];
        var counts = new ushort[_shards][];
        int[] at = new int[_shards];
        for (int s = 0; s < _shards; s++)
            (ids[s], counts[s]) = (new ulong[_cursors[s, table]], new ushort[_cursors[s, table]]);
        ForEach((f, u, shard) =>
        {
            if (_network.TableOf[f] != table)
                return;
            ids[shard][at[shard]] = View.Indexes[f].Ids[u];
            counts[shard][at[shard]++] = (ushort)Math.Min(ushort.MaxValue, View.Indexes[f].Counts[u]);
        });
        for (int s = 0; s < _shards; s++)
        {
            pulls[s].Write(ids[s].Length);
            pulls[s].WriteAll<ulong>(ids[s]);
            pulls[s].WriteAll<ushort>(counts[s]);
        }
    }

    /// <summary>Lays the rows out that the shards answered.</summary>
    public void TakeRows()
    {
        long floats = 0;
        for (int f = 0; f < _network.Fields.Count; f++)
            floats += (long)View.Indexes[f].Distinct * _network.Fields[f].Layout.Bytes / sizeof(float);
        if (_rows.Length < floats)
        {
            _rows.Dispose();
            _rows = new FloatBuffer(floats + (floats / 2));
        }
        long[,] offsets = Offsets(sizeof(byte) + sizeof(uint), table => _wires[table].Bytes);
        byte* row = (byte*)_rows.Pointer;
        ForEach((f, u, shard) =>
        {
            int table = _network.TableOf[f];
            RowWire wire = _wires[table];
            // Rows of another kind may have stood here: what is padding must be 0.
            int bytes = _network.Fields[f].Layout.Bytes;
            new Span<byte>(row, bytes).Clear();
            fixed (byte* from = Answers[shard]!.Bytes.Slice((int)offsets[shard, table], wire.Bytes))
                View.Indexes[f].Pointers[u] = wire.Unpack(from, row) ? (nint)row : _empty;
            offsets[shard, table] += wire.Bytes;
            row += bytes;
        });
        for (int s = 0; s < _shards; s++)
        {
            Answers[s]!.Dispose();
            Answers[s] = null;
        }
    }

    /// <summary>Writes to each shard's message the gradients of the rows that came from it.</summary>
    public void WriteGradients(ShardMessage[] pushes)
    {
        int width = _network.Fields.Max(f => f.Width);
        float[] gradient = GC.AllocateUninitializedArray<float>(Math.Max(16, width), pinned: true);
        long[,] offsets = Offsets(pushes[0].Length, table => _wires[table].GradientBytes);
        for (int s = 0; s < _shards; s++)
        {
            int bytes = 0;
            for (int table = 0; table < _network.Tables.Count; table++)
                bytes += _cursors[s, table] * _wires[table].GradientBytes;
            pushes[s].Next(bytes);
        }
        fixed (float* sum = gradient)
        {
            float* values = sum;
            ForEach((f, u, shard) =>
            {
                int table = _network.TableOf[f];
                RowWire wire = _wires[table];
                float weight = 0;
                if (View.Indexes[f].Pointers[u] == _empty)
                    new Span<float>(values, width).Clear();
                else
                    weight = _steps.Gradient(f, u, values);
                fixed (byte* to = pushes[shard].At((int)offsets[shard, table], wire.GradientBytes))
                    wire.PackGradient(weight, values, to);
                offsets[shard, table] += wire.GradientBytes;
            });
        }
    }

    // Where each table's records begin in each shard's message.
    private long[,] Offsets(long first, Func<int, int> bytes)
    {
        var offsets = new long[_shards, _network.Tables.Count];
        for (int s = 0; s < _shards; s++)
        {
            long at = first;
            for (int table = 0; table < _network.Tables.Count; table++)
            {
                offsets[s, table] = at;
                at += (long)_cursors[s, table] * bytes(table);
            }
        }
        return offsets;
    }

    // The one order of all messages: field after field, ids by first place.
    private void ForEach(Action<int, int, int> action)
    {
        for (int f = 0; f < _network.Fields.Count; f++)
        {
            FieldIndex index = View.Indexes[f];
            for (int u = 0; u < index.Distinct; u++)
                action(f, u, IdHash.Shard(index.Ids[u], _shards));
        }
    }

    public void Dispose()
    {
        View.Dispose();
        _rows.Dispose();
    }
}
