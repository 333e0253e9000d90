using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Batches;

namespace MLPlatform.Vlps.Networks;

/// <summary>Scores samples with a network that nobody trains meanwhile. One thread at a time; several may each have their own.</summary>
internal sealed unsafe class NetworkScorer : IDisposable
{
    private readonly Network _network;
    private readonly BatchView _batch;
    private readonly Lane _lane;
    private readonly Objective _objective;
    private readonly FloatBuffer _empty;

    public NetworkScorer(Network network)
    {
        _network = network;
        _batch = new BatchView(network, network.Stride);
        _lane = network.NewLane(0);
        _objective = new Objective(network.Tasks);
        _empty = new FloatBuffer(network.Fields.Max(f => f.Layout.Bytes));
    }

    /// <summary>The chance of a task for samples of a block.</summary>
    /// <param name="first">The first of them.</param>
    /// <param name="scores">As many as are asked for.</param>
    public void Score(FieldBlock block, int first, int task, Span<float> scores)
    {
        for (int done = 0; done < scores.Length; done += _network.Stride)
        {
            int rows = Math.Min(_network.Stride, scores.Length - done);
            _batch.Set(block, first + done, rows);
            for (int f = 0; f < _network.Fields.Count; f++)
                _batch.Indexes[f].Build(block.Fields[f], first + done, rows, _network.Tables[_network.TableOf[f]], null, 0, (nint)_empty.Pointer);
            (_lane.Batch, _lane.First, _lane.Rows) = (_batch, 0, rows);
            _lane.Parameters = _network.Parameters.Values;
            _lane.Numbers = (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(block.NumberArray)) + ((nint)(first + done) * _network.Numbers.Count);
            _network.Forward(_lane);
            fixed (float* into = scores[done..])
                _objective.Score(_lane, task, into);
        }
    }

    public void Dispose()
    {
        _batch.Dispose();
        _lane.Dispose();
        _empty.Dispose();
    }
}
