using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MLPlatform.Vlps.Arithmetic;

namespace MLPlatform.Vlps.Networks.Parts;

/// <summary>
/// A field-weighted factorization machine: adds to a head's log-odds Σ over pairs of fields r·(v·v′), with a weight r for
/// each pair. Numbers take no part. With all weights as a matrix R that is symmetric and 0 where a field meets itself, it is
/// ½·Σ v·(R·V), and R·V are also the gradients of V, so they are kept for the way back.
/// </summary>
internal sealed unsafe class WeightedPairsPart : Part
{
    private const int Vector = 8;

    private readonly Tensor _input;
    private readonly int _head, _stride, _fields, _width, _pairs;
    private readonly int _matrix, _columns, _products, _totals;
    private readonly Parameter _weights;
    private readonly GradientTurn _turn;

    /// <param name="fields">Fields, whose columns follow each other from 0.</param>
    /// <param name="width">Columns of a field, a multiple of 8.</param>
    public WeightedPairsPart(NetworkBuilder builder, string name, Tensor input, int head, int fields, int width)
    {
        (_input, _head, _stride, _fields, _width, _pairs) = (input, head, builder.Stride, fields, width, fields * (fields - 1) / 2);
        // As in a plain factorization machine at first: all pairs weigh 1.
        _weights = builder.Parameters.Add($"{name}/weights", _pairs, static (values, _) => values.Fill(1));
        _matrix = builder.Reserve(fields * fields);
        _columns = builder.Reserve(fields * Vector);
        _products = builder.Reserve((long)builder.Stride * fields * width);
        _totals = builder.Reserve((long)_pairs * Vector);
        _turn = builder.TurnAt(input);
        builder.Parts.Add(this);
    }

    public override void Forward(Lane lane)
    {
        float* x = lane.Values(_input), logits = lane.Logits(_head), matrix = lane.Memory + _matrix, columns = lane.Memory + _columns;
        FillMatrix(lane.Parameters + _weights.Offset, matrix);
        for (int i = 0; i < lane.Rows; i++)
        {
            float* products = lane.Memory + _products + ((nint)i * _fields * _width);
            Vector256<float> total = Vector256<float>.Zero;
            for (int j = 0; j < _width; j += Vector, products += _fields * Vector)
            {
                Take(x, i, j, columns);
                total += Multiply(matrix, columns, products, _fields);
            }
            logits[i] += 0.5f * Vector256.Sum(total);
        }
    }

    public override void Backward(Lane lane)
    {
        float* x = lane.Values(_input), gradients = lane.GradientsOf(_input), errors = lane.Errors(_head);
        float* columns = lane.Memory + _columns, totals = lane.Memory + _totals, sums = lane.Gradients + _weights.Offset;
        new Span<float>(totals, _pairs * Vector).Clear();
        for (int i = 0; i < lane.Padded; i++)
        {
            if (!_turn.Adds)
                ClearRow(gradients, i);
            if (errors[i] == 0)
                continue;
            Vector256<float> error = Vector256.Create(errors[i]);
            float* products = lane.Memory + _products + ((nint)i * _fields * _width);
            for (int j = 0; j < _width; j += Vector)
            {
                for (int f = 0; f < _fields; f++, products += Vector)
                {
                    float* at = gradients + At(i, f, j);
                    Vector256.Store(Vector256.FusedMultiplyAdd(error, Vector256.Load(products), Vector256.Load(at)), at);
                }
                Take(x, i, j, columns);
                AddPairs(error, columns, totals, _fields);
            }
        }
        for (int pair = 0; pair < _pairs; pair++)
            sums[pair] += Vector256.Sum(Vector256.Load(totals + (pair * Vector)));
    }

    private void FillMatrix(float* weights, float* matrix)
    {
        for (int f = 0; f < _fields; f++)
        {
            matrix[(f * _fields) + f] = 0;
            for (int g = f + 1; g < _fields; g++)
                matrix[(f * _fields) + g] = matrix[(g * _fields) + f] = *weights++;
        }
    }

    // Eight columns of every field of a row, one field after the other.
    private void Take(float* x, int row, int column, float* into)
    {
        for (int f = 0; f < _fields; f++)
            Vector256.Store(Vector256.Load(x + At(row, f, column)), into + (f * Vector));
    }

    // Four fields at once, so that sums do not wait for each other.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static Vector256<float> Multiply(float* matrix, float* v, float* products, int fields)
    {
        Vector256<float> total = Vector256<float>.Zero;
        int f = 0;
        for (; f + 4 <= fields; f += 4)
        {
            float* a = matrix + (f * fields), b = a + fields, c = b + fields, d = c + fields;
            Vector256<float> ofA = Vector256<float>.Zero, ofB = ofA, ofC = ofA, ofD = ofA;
            for (int g = 0; g < fields; g++)
            {
                Vector256<float> one = Vector256.Load(v + (g * Vector));
                ofA = Vector256.FusedMultiplyAdd(Vector256.Create(a[g]), one, ofA);
                ofB = Vector256.FusedMultiplyAdd(Vector256.Create(b[g]), one, ofB);
                ofC = Vector256.FusedMultiplyAdd(Vector256.Create(c[g]), one, ofC);
                ofD = Vector256.FusedMultiplyAdd(Vector256.Create(d[g]), one, ofD);
            }
            float* own = v + (f * Vector), into = products + (f * Vector);
            Vector256.Store(ofA, into);
            Vector256.Store(ofB, into + Vector);
            Vector256.Store(ofC, into + (2 * Vector));
            Vector256.Store(ofD, into + (3 * Vector));
            total = Vector256.FusedMultiplyAdd(Vector256.Load(own), ofA, total);
            total = Vector256.FusedMultiplyAdd(Vector256.Load(own + Vector), ofB, total);
            total = Vector256.FusedMultiplyAdd(Vector256.Load(own + (2 * Vector)), ofC, total);
            total = Vector256.FusedMultiplyAdd(Vector256.Load(own + (3 * Vector)), ofD, total);
        }
        for (; f < fields; f++)
        {
            Vector256<float> product = Vector256<float>.Zero;
            for (int g = 0; g < fields; g++)
                product = Vector256.FusedMultiplyAdd(Vector256.Create(matrix[(f * fields) + g]), Vector256.Load(v + (g * Vector)), product);
            Vector256.Store(product, products + (f * Vector));
            total = Vector256.FusedMultiplyAdd(Vector256.Load(v + (f * Vector)), product, total);
        }
        return total;
    }

    // To each pair's gradient of its weight, before its eight parts are added up.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddPairs(Vector256<float> error, float* v, float* totals, int fields)
    {
        for (int f = 0; f < fields; f++)
        {
            Vector256<float> scaled = error * Vector256.Load(v + (f * Vector));
            for (int g = f + 1; g < fields; g++, totals += Vector)
                Vector256.Store(Vector256.FusedMultiplyAdd(scaled, Vector256.Load(v + (g * Vector)), Vector256.Load(totals)), totals);
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

    private void ClearRow(float* gradients, int row)
    {
        for (int panel = 0; panel < _input.GradientPanels; panel++)
            new Span<float>(gradients + Panels.At(_stride, row, panel * Panels.Width), Panels.Width).Clear();
    }

    private int At(int row, int field, int column) => Panels.At(_stride, row, (field * _width) + column);
}
