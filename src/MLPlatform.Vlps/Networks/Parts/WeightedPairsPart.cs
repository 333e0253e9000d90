using System.Runtime.Intrinsics;
using MLPlatform.Vlps.Arithmetic;

namespace MLPlatform.Vlps.Networks.Parts;

/// <summary>
/// A field-weighted factorization machine: adds to a head's log-odds Σ over pairs of fields r·(v·v′), with a weight r for
/// each pair. Numbers take no part.
/// </summary>
internal sealed unsafe class WeightedPairsPart : Part
{
    private readonly Tensor _input;
    private readonly int _head, _stride, _fields, _width;
    private readonly Parameter _weights;
    private readonly GradientTurn _turn;

    /// <param name="fields">Fields, whose columns follow each other from 0.</param>
    /// <param name="width">Columns of a field, a multiple of 8.</param>
    public WeightedPairsPart(NetworkBuilder builder, string name, Tensor input, int head, int fields, int width)
    {
        (_input, _head, _stride, _fields, _width) = (input, head, builder.Stride, fields, width);
        // As in a plain factorization machine at first: all pairs weigh 1.
        _weights = builder.Parameters.Add($"{name}/weights", fields * (fields - 1) / 2, static (values, _) => values.Fill(1));
        _turn = builder.TurnAt(input);
        builder.Parts.Add(this);
    }

    public override void Forward(Lane lane)
    {
        float* x = lane.Values(_input), logits = lane.Logits(_head);
        for (int i = 0; i < lane.Rows; i++)
        {
            float* weight = lane.Parameters + _weights.Offset;
            float sum = 0;
            for (int f = 0; f < _fields; f++)
            {
                for (int g = f + 1; g < _fields; g++)
                    sum += *weight++ * Dot(x, i, f, g);
            }
            logits[i] += sum;
        }
    }

    public override void Backward(Lane lane)
    {
        float* x = lane.Values(_input), gradients = lane.GradientsOf(_input), errors = lane.Errors(_head);
        for (int i = 0; i < lane.Padded; i++)
        {
            if (!_turn.Adds)
                ClearRow(gradients, i);
            float* weight = lane.Parameters + _weights.Offset, sums = lane.Gradients + _weights.Offset;
            for (int f = 0; f < _fields && errors[i] != 0; f++)
            {
                for (int g = f + 1; g < _fields; g++, weight++, sums++)
                {
                    *sums += errors[i] * Dot(x, i, f, g);
                    HandOn(x, gradients, i, f, g, errors[i] * *weight);
                }
            }
        }
    }

    // Each field times the weighted sum of those after it.
    public override void Export(DenseGraph graph)
    {
        float[] after = new float[_fields * _fields];
        ReadOnlySpan<float> weights = graph.Values(_weights);
        for (int f = 0, pair = 0; f < _fields; f++)
        {
            for (int g = f + 1; g < _fields; g++)
                after[(f * _fields) + g] = weights[pair++];
        }
        string fields = graph.Node("Reshape", graph.Embeddings, graph.Longs([0, _fields, _width]));
        string sums = graph.Node("MatMul", graph.Weights(_weights, after, _fields, _fields), fields);
        string products = graph.Node("Reshape", graph.Node("Mul", fields, sums), graph.Longs([0, _fields * _width]));
        graph.AddLogOdds(_head, graph.Sum(products));
    }

    private float Dot(float* x, int row, int f, int g)
    {
        Vector256<float> sum = Vector256<float>.Zero;
        for (int j = 0; j < _width; j += 8)
            sum = Vector256.FusedMultiplyAdd(Vector256.Load(x + At(row, f, j)), Vector256.Load(x + At(row, g, j)), sum);
        return Vector256.Sum(sum);
    }

    private void HandOn(float* x, float* gradients, int row, int f, int g, float slope)
    {
        Vector256<float> scale = Vector256.Create(slope);
        for (int j = 0; j < _width; j += 8)
        {
            int a = At(row, f, j), b = At(row, g, j);
            Vector256.Store(Vector256.FusedMultiplyAdd(scale, Vector256.Load(x + b), Vector256.Load(gradients + a)), gradients + a);
            Vector256.Store(Vector256.FusedMultiplyAdd(scale, Vector256.Load(x + a), Vector256.Load(gradients + b)), gradients + b);
        }
    }

    private void ClearRow(float* gradients, int row)
    {
        for (int panel = 0; panel < _input.GradientPanels; panel++)
            new Span<float>(gradients + Panels.At(_stride, row, panel * Panels.Width), Panels.Width).Clear();
    }

    private int At(int row, int field, int column) => Panels.At(_stride, row, (field * _width) + column);
}
