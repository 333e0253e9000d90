using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Keyed;

namespace MLPlatform.Vlps.Networks;

/// <summary>Scores samples with a network that nobody trains meanwhile. One thread at a time; several may each have their own.</summary>
internal sealed unsafe class NetworkScorer : IDisposable
{
    private readonly Network _network;
    private readonly BatchView _batch;
    private readonly Lane _lane;
    private readonly Objective _objective;
    private readonly FloatBuffer _empty;
    private readonly int[] _fields;

    private readonly IReadOnlyList<KeyedRows>? _files;

    /// <param name="files">Rows in place of the network's tables; null: it has tables.</param>
    /// <param name="corrected">Whether scores are those of all rows where a part of the negatives was kept.</param>
    public NetworkScorer(Network network, IReadOnlyList<KeyedRows>? files, bool corrected)
    {
        (_network, _files) = (network, files);
        _batch = new BatchView(network, network.Stride);
        _lane = network.NewLane(0);
        _objective = new Objective(network.Tasks, corrected);
        _empty = new FloatBuffer(network.Fields.Max(f => f.Layout.Bytes));
        _fields = [.. Enumerable.Range(0, network.Fields.Count)];
    }

    /// <summary>The chance of a task for samples of a block.</summary>
    /// <param name="first">The first of them.</param>
    /// <param name="scores">As many as are asked for.</param>
    public void Score(FieldBlock block, int first, int task, Span<float> scores)
    {
        for (int done = 0; done < scores.Length; done += _network.Stride)
        {
            int rows = Math.Min(_network.Stride, scores.Length - done);
            Begin(block, first + done, rows, _fields);
            _network.Forward(_lane);
            fixed (float* into = scores[done..])
                _objective.Score(_lane, task, into);
            for (int f = 0; f < _network.Fields.Count && _files is null; f++)
                _batch.Indexes[f].Release(_network.Tables[_network.TableOf[f]], (nint)_empty.Pointer);
        }
    }

    /// <summary>The vectors of a tower for samples of a block, of which only that tower's fields are looked at.</summary>
    /// <param name="first">The first of them.</param>
    /// <param name="vectors">Vector after vector, as many as are asked for.</param>
    public void Embed(FieldBlock block, int first, Tower tower, Span<float> vectors)
    {
        int width = tower.Output.Width, count = vectors.Length / width;
        for (int done = 0; done < count; done += _network.Stride)
        {
            int rows = Math.Min(_network.Stride, count - done);
            Begin(block, first + done, rows, tower.Fields);
            foreach (Part part in tower.Parts)
                part.Forward(_lane);
            Take(tower.Output, vectors.Slice(done * width, rows * width));
        }
    }

    private void Take(Tensor output, Span<float> vectors)
    {
        float* values = _lane.Values(output);
        for (int row = 0; row < _lane.Rows; row++)
        {
            for (int column = 0; column < output.Width; column += Panels.Width)
            {
                int columns = Math.Min(Panels.Width, output.Width - column);
                new ReadOnlySpan<float>(values + Panels.At(_lane.Stride, row, column), columns).CopyTo(vectors[((row * output.Width) + column)..]);
            }
        }
    }

    private void Begin(FieldBlock block, int first, int rows, IReadOnlyList<int> fields)
    {
        _batch.Set(block, first, rows);
        foreach (int field in fields)
            Find(block, field, first, rows);
        (_lane.Batch, _lane.First, _lane.Rows) = (_batch, 0, rows);
        _lane.Parameters = _network.Parameters.Values;
        _lane.Numbers = (float*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(block.NumberArray)) + ((nint)first * _network.Numbers.Count);
    }

    private void Find(FieldBlock block, int field, int first, int rows)
    {
        int table = _network.TableOf[field];
        if (_files is null)
            _batch.Indexes[field].Build(block.Fields[field], first, rows, _network.Tables[table], null, 0, (nint)_empty.Pointer);
        else
            _batch.Indexes[field].Build(block.Fields[field], first, rows, _files[table], _network.Fields[field].Layout, (nint)_empty.Pointer);
    }

    public void Dispose()
    {
        _batch.Dispose();
        _lane.Dispose();
        _empty.Dispose();
    }
}
