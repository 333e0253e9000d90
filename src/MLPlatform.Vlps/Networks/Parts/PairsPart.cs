using System.Runtime.Intrinsics;
using MLPlatform.Vlps.Arithmetic;

namespace MLPlatform.Vlps.Networks.Parts;

/// <summary>
/// A factorization machine over the input: adds to a head's log-odds ½·(|Σv|² − Σ|v|²) over the fields' embeddings and
/// the numbers' factors times their values. All fields have one width.
/// </summary>
internal sealed unsafe class PairsPart : Part
{
    private readonly Tensor _input;
    private readonly int _head, _stride, _fields, _width, _numbers, _sums;
    private readonly Parameter _factors;
    private readonly GradientTurn _turn;
    private readonly bool _fast;

    /// <param name="fields">Fields, whose columns follow each other from 0.</param>
    /// <param name="width">Columns of a field, a multiple of 8.</param>
    /// <param name="dim">Those of them that count.</param>
    /// <param name="numbers">Numbers, each with factors of its own.</param>
    public PairsPart(NetworkBuilder builder, string name, Tensor input, int head, int fields, int width, int dim, int numbers)
    {
        (_input, _head, _stride, _fields, _width, _numbers) = (input, head, builder.Stride, fields, width, numbers);
        _factors = NumberFactors(builder, name, numbers, width, dim);
        _sums = builder.Reserve((long)width * builder.Stride);
        _turn = builder.TurnAt(input);
        _fast = builder.Level == SimdLevel.Avx512 && width == 16;
        builder.Parts.Add(this);
    }

    /// <summary>Factors of the numbers, [numbers × width], small at first.</summary>
    public static Parameter NumberFactors(NetworkBuilder builder, string name, int numbers, int width, int dim) =>
        builder.Parameters.Add($"{name}/factors", numbers * width, (values, seed) =>
        {
            for (int i = 0; i < values.Length; i++)
                values[i] = i % width < dim ? NetworkBuilder.Uniform(seed, i, 0.02f) : 0;
        });

    public override void Forward(Lane lane)
    {
        if (_fast)
            Pairs16.Forward(lane, lane.Values(_input), _fields, lane.Parameters + _factors.Offset, _numbers, lane.Memory + _sums, lane.Logits(_head));
        else
            ForwardAny(lane);
    }

    public override void Backward(Lane lane)
    {
        float* errors = lane.Errors(_head);
        if (_fast)
            Pairs16.Backward(lane, lane.Values(_input), _fields, lane.Memory + _sums, errors, lane.GradientsOf(_input), _turn.Adds);
        else
            BackwardAny(lane);
        for (int i = 0; i < lane.Rows; i++)
            NumberGradients(lane, _factors, lane.Numbers + ((nint)i * _numbers), _numbers, lane.Memory + _sums + ((nint)i * _width), _width, errors[i]);
    }

    public override void Export(DenseGraph graph) => Export(graph, _head, _factors, _numbers, _width);

    /// <summary>The same of rows that are read directly: then squares may be those of single ids.</summary>
    public static void Export(DenseGraph graph, int head, Parameter factors, int numbers, int width)
    {
        string sum = graph.Node("Sum", [.. graph.Factors]), squares = graph.Squares ?? SumOfSquares(graph, graph.Embeddings);
        if (numbers > 0)
        {
            string own = graph.Weights(factors, numbers, width);
            sum = graph.Node("Add", sum, graph.Node("MatMul", graph.Numbers!, own));
            squares = graph.Node("Add", squares, graph.Node("MatMul", graph.Node("Mul", graph.Numbers!, graph.Numbers!), SumOfSquares(graph, own)));
        }
        graph.AddLogOdds(head, graph.Node("Mul", graph.Node("Sub", SumOfSquares(graph, sum), squares), graph.Constant(0.5f)));
    }

    private static string SumOfSquares(DenseGraph graph, string value) => graph.Sum(graph.Node("Mul", value, value));

    private void ForwardAny(Lane lane)
    {
        float* x = lane.Values(_input), logits = lane.Logits(_head), factors = lane.Parameters + _factors.Offset;
        for (int i = 0; i < lane.Rows; i++)
        {
            float* sums = lane.Memory + _sums + ((nint)i * _width), numbers = lane.Numbers + ((nint)i * _numbers);
            Vector256<float> total = Vector256<float>.Zero;
            for (int j = 0; j < _width; j += 8)
            {
                Vector256<float> sum = Vector256<float>.Zero;
                for (int f = 0; f < _fields; f++)
                {
                    Vector256<float> v = Vector256.Load(x + Panels.At(_stride, i, (f * _width) + j));
                    sum += v;
                    total = Vector256.FusedMultiplyAdd(-v, v, total);
                }
                for (int n = 0; n < _numbers; n++)
                {
                    Vector256<float> v = Vector256.Load(factors + (n * _width) + j) * Vector256.Create(numbers[n]);
                    sum += v;
                    total = Vector256.FusedMultiplyAdd(-v, v, total);
                }
                total = Vector256.FusedMultiplyAdd(sum, sum, total);
                Vector256.Store(sum, sums + j);
            }
            logits[i] += 0.5f * Vector256.Sum(total);
        }
    }

    private void BackwardAny(Lane lane)
    {
        float* x = lane.Values(_input), gradients = lane.GradientsOf(_input), errors = lane.Errors(_head);
        for (int i = 0; i < lane.Padded; i++)
        {
            float* sums = lane.Memory + _sums + ((nint)i * _width);
            Vector256<float> error = Vector256.Create(errors[i]);
            for (int j = 0; j < _width; j += 8)
            {
                Vector256<float> sum = Vector256.Load(sums + j);
                for (int f = 0; f < _fields; f++)
                {
                    int at = Panels.At(_stride, i, (f * _width) + j);
                    Vector256<float> gradient = error * (sum - Vector256.Load(x + at));
                    Vector256.Store(_turn.Adds ? gradient + Vector256.Load(gradients + at) : gradient, gradients + at);
                }
            }
        }
    }

    /// <summary>Adds one sample's gradients of the numbers' factors: error · x · (sum − x·v).</summary>
    public static void NumberGradients(Lane lane, Parameter parameter, float* numbers, int count, float* sums, int width, float error)
    {
        float* factors = lane.Parameters + parameter.Offset, into = lane.Gradients + parameter.Offset;
        for (int n = 0; n < count; n++)
        {
            Vector256<float> value = Vector256.Create(numbers[n]), scale = Vector256.Create(numbers[n] * error);
            for (int j = n * width, s = 0; s < width; j += 8, s += 8)
            {
                Vector256<float> rest = Vector256.Load(sums + s) - (value * Vector256.Load(factors + j));
                Vector256.Store(Vector256.FusedMultiplyAdd(scale, rest, Vector256.Load(into + j)), into + j);
            }
        }
    }
}
