using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Metrics;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Networks.Parts;

namespace MLPlatform.Vlps.Shards;

/// <summary>A worker's network: its dense weights, and the way of a batch forward and back on one thread.</summary>
internal sealed unsafe class WorkerNetwork : IDisposable
{
    private const int ChunkRows = 192, Extra = 3;

    private readonly ShardPlan _plan;
    private readonly Network _network;
    private readonly Lane _lane;
    private readonly Objective _objective;
    private readonly FloatBuffer _empty;
    private readonly float[] _scores;
    private PassSums _computed;

    public WorkerNetwork(ShardPlan plan, int rank)
    {
        _plan = plan;
        int size = Math.Max(1, plan.MostRows(rank)), stride = Panels.RoundUp(Math.Min(ChunkRows, size), Panels.TileRows);
        _network = NetworkAssembly.Build(plan.Model, plan.Columns, new NetworkSetup(1, (ulong)plan.Seed), Simd.Chosen, stride);
        RowWire[] wires = [.. _network.Tables.Select((_, table) => new RowWire(_network.Updaters[_network.TableOf.ToList().IndexOf(table)]))];
        _empty = new FloatBuffer(_network.Fields.Max(f => f.Layout.Bytes));
        BlockShape shape = _network.BlockShape([.. plan.Columns.Fields.Select(f => f.Weighted)]);
        nint empty = (nint)_empty.Pointer;
        Batches = [.. Enumerable.Range(0, plan.Staleness + 2).Select(_ => new WorkerBatch(_network, wires, new FieldBlock(shape), size, plan.Shards, empty))];
        (_lane, _objective, _scores) = (_network.NewLane(0), new Objective(_network.Tasks), new float[stride]);
    }

    /// <summary>Room for the batches that are under way.</summary>
    public IReadOnlyList<WorkerBatch> Batches { get; }

    public DenseParameters Dense => _network.Parameters;

    /// <summary>Ids of a sample, about.</summary>
    public int Fields => _network.Fields.Count;

    /// <summary>Writes how many positives each head with a bias has in a block, and how many samples there are.</summary>
    public void WriteLabels(FieldBlock block, ShardMessage sum)
    {
        foreach (LinearPart part in _network.Parts.OfType<LinearPart>())
        {
            float positives = 0;
            foreach (float label in block.Labels(part.Head))
                positives += label;
            sum.Write(positives);
        }
        sum.Write((float)block.Rows);
    }

    /// <summary>Begins with the base rate, as one process does.</summary>
    public void SetBiases(ReadOnlySpan<float> sums)
    {
        int next = 0;
        foreach (LinearPart part in _network.Parts.OfType<LinearPart>())
        {
            double rate = (sums[next++] + 1.0) / (sums[^1] + 2.0);
            Dense.Values[part.Bias] = (float)Math.Log(rate / (1 - rate));
        }
    }

    /// <summary>Takes all gradients of a batch.</summary>
    /// <returns>What adds up to the log loss of the first task, before the batch was learned from.</returns>
    public PassSums Compute(WorkerBatch batch)
    {
        BatchView view = batch.View;
        PassSums sums = default;
        for (int part = 0; part < _network.Parts.Count; part++)
        {
            for (int piece = 0; piece < _network.Parts[part].Preparations; piece++)
                _network.Parts[part].Prepare(Dense.Values, piece);
        }
        _lane.Batch = view;
        _lane.Parameters = Dense.Values;
        _lane.Gradients = Dense.Gradients(0);
        for (int chunk = 0; chunk * view.Stride < view.Rows; chunk++)
        {
            _lane.First = chunk * view.Stride;
            _lane.Rows = Math.Min(view.Stride, view.Rows - _lane.First);
            _lane.InputGradients = view.InputGradients + ((nint)chunk * view.ChunkFloats);
            _lane.Numbers = Pinned(batch.Block.NumberArray) + ((nint)_lane.First * _network.Numbers.Count);
            _lane.Weights = Pinned(batch.Block.WeightArray) + _lane.First;
            _network.Forward(_lane);
            for (int task = 0; task < _network.Tasks.Count; task++)
                _lane.Labels(task) = Pinned(batch.Block.LabelArray(task)) + _lane.First;
            fixed (float* scores = _scores)
                _objective.Score(_lane, 0, scores);
            for (int i = 0; i < _lane.Rows; i++)
            {
                float label = _lane.Labels(0)[i], weight = _lane.Weights[i];
                sums = sums.And(new PassSums(weight * Losses.LogLoss(_scores[i], label), weight, label > 0 ? 1 : 0));
            }
            _objective.Errors(_lane);
            new Span<float>(_lane.Errors(_network.LinearTask), _lane.Rows).CopyTo(new Span<float>(view.Errors + _lane.First, _lane.Rows));
            _network.Backward(_lane);
        }
        return _computed = sums;
    }

    /// <summary>Writes a shard's piece of the dense gradients; for the first, behind it, what the loss is added up from.</summary>
    public void WritePiece(ShardMessage push, int shard)
    {
        (int from, int to) = Piece(shard);
        push.WriteAll(new ReadOnlySpan<float>(Dense.Gradients(0) + from, to - from));
        if (shard == 0)
            push.WriteAll<float>([(float)_computed.Loss, (float)_computed.Weight, _computed.Positives]);
    }

    /// <summary>Takes the sums of all workers in, and makes the step.</summary>
    /// <returns>What all workers computed.</returns>
    public PassSums StepDense(uint step, ReadOnlySpan<ShardMessage> sums)
    {
        PassSums all = default;
        for (int s = 0; s < sums.Length; s++)
        {
            (int from, int to) = Piece(s);
            MessageReader reader = sums[s].Read();
            uint of = reader.Next<uint>();
            if (of != step || reader.Rest.Length != (to - from + (s == 0 ? Extra : 0)) * sizeof(float))
                throw new InvalidDataException($"shard {s} answered step {step} with {reader.Rest.Length} bytes for step {of}");
            reader.CopyTo(new Span<float>(Dense.Gradients(0) + from, to - from));
            if (s == 0)
                all = new PassSums(reader.Next<float>(), reader.Next<float>(), (long)reader.Next<float>());
        }
        Dense.Step(0, Dense.Length, (float)_plan.Model.DenseRate, 1f / Math.Max(1, _plan.RowsOf(step)));
        return all;
    }

    // Shard s sums the s-th piece, so that their links share the load.
    private (int From, int To) Piece(int shard) => ((int)((long)Dense.Length * shard / _plan.Shards), (int)((long)Dense.Length * (shard + 1) / _plan.Shards));

    private static float* Pinned(float[] array) => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array));

    public void Dispose()
    {
        foreach (WorkerBatch batch in Batches)
            batch.Dispose();
        _lane.Dispose();
        _empty.Dispose();
        _network.Dispose();
    }
}
