using System.Runtime.CompilerServices;
using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Declarations;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Networks.Parts;
using Xunit;

namespace MLPlatform.Tests.Vlps.Networks;

/// <summary>One batch through a network and back, without a step.</summary>
internal sealed unsafe class OneBatch : IDisposable
{
    private readonly SparseModel _model;
    private readonly BatchView _batch;
    private readonly Lane _lane;
    private readonly FloatBuffer _empty = new(1024);
    private readonly FieldBlock _block;

    public OneBatch(ModelDeclaration declaration, SimdLevel level, int rows, SampleColumns? columns = null)
    {
        _model = new SparseModel(declaration, columns ?? SmallSamples.Plain, new SparseOptions { Batch = 24 }, level);
        _block = SmallSamples.Fill(_model.NewBlock(), rows, seed: 5);
        _batch = new BatchView(Network, 24);
        _lane = Network.NewLane(0);
        _batch.Set(_block, 0, rows);
        for (int f = 0; f < Network.Fields.Count; f++)
        {
            _batch.Indexes[f].Build(_block.Fields[f], 0, rows, Network.Tables[Network.TableOf[f]], Network.Updaters[f], 1, (nint)_empty.Pointer);
            _batch.Indexes[f].Add(Network.Tables[Network.TableOf[f]], Network.Updaters[f], 1, 0);
        }
        foreach (Part part in Network.Parts)
        {
            for (int piece = 0; piece < part.Preparations; piece++)
                part.Prepare(Network.Parameters.Values, piece);
        }
        Run(rows);
    }

    public Network Network => _model.Network;

    public float Gradient(Parameter parameter, int i) => _lane.Gradients[parameter.Offset + i];

    public float EmbeddingGradient(int row, int field, int column)
    {
        FieldPlan plan = Network.Fields[field];
        if (Network.Inputs.Count > 0)
            return _lane.GradientsOf(Network.Inputs[plan.Group])[Panels.At(_lane.Stride, row, plan.Column + column)];
        return Network.SumWidth == 0 ? 0 : _lane.Errors(0)[row] * (_batch.Sums[(row * plan.Width) + column] - Embedding(row, field, column));
    }

    /// <summary>Of each distinct id of a field what its row would be stepped by: a row with that id, and each factor's gradient.</summary>
    public IEnumerable<(int Row, int Column, float Gradient)> RowGradients(int field)
    {
        FieldPlan plan = Network.Fields[field];
        FieldIndex index = _batch.Indexes[field];
        using var gradients = new FloatBuffer(index.Distinct * RowSteps.GradientFloats(plan));
        new RowSteps(Network, _batch).Gradients(field, (nint)_empty.Pointer, gradients.Pointer);
        List<(int, int, float)> all = [];
        for (int u = 0; u < index.Distinct; u++)
        {
            for (int j = 0; j < plan.Dim; j++)
                all.Add((index.Heads[u], j, gradients.Span[(u * RowSteps.GradientFloats(plan)) + j]));
        }
        return all;
    }

    /// <summary>The rows that have the same id.</summary>
    public IEnumerable<int> RowsLike(int row, int field) =>
        Enumerable.Range(0, _lane.Rows).Where(other => _block.Fields[field].Ids[other] == _block.Fields[field].Ids[row]);

    public double Loss()
    {
        double loss = 0;
        var objective = new Objective(Network.Tasks);
        float* scores = stackalloc float[_lane.Stride];
        for (int task = 0; task < Network.Tasks.Count; task++)
        {
            if (Network.Tasks[task].Towers is not null)
                return TowerLoss();
            objective.Score(_lane, task, scores);
            for (int i = 0; i < _lane.Rows; i++)
                loss += _block.Weights[i] * MLPlatform.Vlps.Metrics.Losses.LogLoss(scores[i], _block.Labels(task)[i]);
        }
        return loss;
    }

    private double TowerLoss()
    {
        float[] chances = new float[_lane.Rows];
        Network.Parts.OfType<TowersPart>().Single().Chances(_lane, chances);
        Assert.All(chances.Zip(_block.Labels(0).ToArray()), c => Assert.True(c.Second > 0 || c.First == 0));
        return chances.Select((chance, i) => chance > 0 ? -_block.Weights[i] * Math.Log(chance) : 0).Sum();
    }

    public DoubleModel Reference()
    {
        int width = Network.Fields.Max(f => f.Width);
        var embeddings = new double[_lane.Rows, Network.Fields.Count, Math.Max(1, width)];
        var linear = new double[_lane.Rows];
        for (int row = 0; row < _lane.Rows; row++)
        {
            for (int f = 0; f < Network.Fields.Count; f++)
            {
                if (Network.Updaters[f].Layout.Linear)
                    linear[row] += Network.Updaters[f].Weight((byte*)_batch.Indexes[f].RowOf(row));
                for (int j = 0; j < Network.Fields[f].Dim; j++)
                    embeddings[row, f, j] = Embedding(row, f, j);
            }
        }
        double[] parameters = [.. new ReadOnlySpan<float>(Network.Parameters.Values, Network.Parameters.Length).ToArray().Select(v => (double)v)];
        return new DoubleModel(Network, _block, embeddings, linear, parameters, [.. Enumerable.Range(0, _lane.Rows).Select(Frequency)]);
    }

    // The rarest id of the right side, as it was counted in this batch.
    private double Frequency(int row) => Network.Groups.Count < 2 ? 1 : Network.Groups[1].Fields.Min(f =>
        _block.Fields[f].Ids.ToArray().Count(id => id == _block.Fields[f].Ids[row]));

    private float Embedding(int row, int field, int column)
    {
        float* factors = stackalloc float[256];
        Network.Updaters[field].Factors((byte*)_batch.Indexes[field].RowOf(row), factors);
        return factors[column];
    }

    private void Run(int rows)
    {
        (_lane.Batch, _lane.First, _lane.Rows) = (_batch, 0, rows);
        _lane.Parameters = Network.Parameters.Values;
        _lane.Gradients = Network.Parameters.Gradients(0);
        _lane.InputGradients = _batch.InputGradients;
        _lane.Numbers = Pinned(_block.NumberArray);
        _lane.Weights = Pinned(_block.WeightArray);
        for (int task = 0; task < Network.Tasks.Count; task++)
            _lane.Labels(task) = Pinned(_block.LabelArray(task));
        Network.Forward(_lane);
        new Objective(Network.Tasks).Errors(_lane);
        Network.Backward(_lane);
    }

    private static float* Pinned(float[] array) => (float*)Unsafe.AsPointer(ref array[0]);

    public void Dispose()
    {
        _lane.Dispose();
        _batch.Dispose();
        _model.Dispose();
        _empty.Dispose();
    }
}
