using System.Runtime.Intrinsics;
using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Features;

namespace MLPlatform.Vlps.Networks;

/// <summary>A part's weights among all dense weights.</summary>
/// <param name="Name">Says which, in files and messages.</param>
/// <param name="Offset">First float; a multiple of 16.</param>
/// <param name="Length">Floats, padding included.</param>
internal readonly record struct Parameter(string Name, int Offset, int Length);

/// <summary>The dense weights of a network with the optimizer's state, and for each lane a place to sum gradients.</summary>
internal sealed unsafe class DenseParameters : IDisposable
{
    /// <summary>Weights there may be: 1 GB, so that with their state they fit one array, and by themselves the 2 GiB of an ONNX file.</summary>
    public const int Most = 250_000_000;

    private readonly List<Parameter> _parameters = [];
    private readonly List<Action<Span<float>, ulong>> _beginnings = [];
    private FloatBuffer? _values, _squares, _gradients;
    private int _lanes;

    /// <summary>Floats of all weights.</summary>
    public int Length { get; private set; }

    public IReadOnlyList<Parameter> All => _parameters;

    public float* Values => _values!.Pointer;

    /// <summary>Sums of squared gradients.</summary>
    public float* Squares => _squares!.Pointer;

    /// <summary>Where a lane sums gradients.</summary>
    public float* Gradients(int lane) => _gradients!.Pointer + ((long)lane * Length);

    /// <summary>Declares weights; before <see cref="Allocate"/>.</summary>
    /// <param name="begin">Fills what is 0 otherwise, from a seed of the weights' own.</param>
    public Parameter Add(string name, long length, Action<Span<float>, ulong>? begin = null)
    {
        if (Length + length > Most)
        {
            throw new VlpsException(VlpsProblem.Option, FormattableString.Invariant(
                $"with '{name}' the dense part has more than {Most:N0} weights, the most that a model folder holds; take fewer or narrower layers, or a smaller dim"));
        }
        var parameter = new Parameter(name, Length, (int)length);
        _parameters.Add(parameter);
        _beginnings.Add(begin ?? ((_, _) => { }));
        Length += Panels.RoundUp((int)length, 16);
        return parameter;
    }

    public void Allocate(int lanes, ulong seed)
    {
        _lanes = lanes;
        (_values, _squares, _gradients) = (new(Length), new(Length), new((long)Length * lanes));
        for (int i = 0; i < _parameters.Count; i++)
            _beginnings[i](_values.Span.Slice(_parameters[i].Offset, _parameters[i].Length), FeatureHash.Combine(seed, FeatureHash.Seed(_parameters[i].Name)));
    }

    /// <summary>One Adagrad step of a range of weights with the lanes' sums, which are 0 afterwards.</summary>
    /// <param name="from">A multiple of 16, as is <paramref name="to"/>.</param>
    /// <param name="scale">What gradients are multiplied by: one over the samples of the batch.</param>
    public void Step(int from, int to, float rate, float scale)
    {
        float* values = Values, squares = Squares;
        Vector256<float> tiny = Vector256.Create(1e-10f), speed = Vector256.Create(rate), share = Vector256.Create(scale);
        for (int i = from; i < to; i += 8)
        {
            Vector256<float> sum = Vector256<float>.Zero;
            for (int lane = 0; lane < _lanes; lane++)
            {
                float* gradient = Gradients(lane) + i;
                sum += Vector256.Load(gradient);
                Vector256.Store(Vector256<float>.Zero, gradient);
            }
            sum *= share;
            Vector256<float> square = Vector256.FusedMultiplyAdd(sum, sum, Vector256.Load(squares + i));
            Vector256.Store(square, squares + i);
            Vector256.Store(Vector256.Load(values + i) - (speed * sum / (Vector256.Sqrt(square) + tiny)), values + i);
        }
    }

    public void Dispose()
    {
        _values?.Dispose();
        _squares?.Dispose();
        _gradients?.Dispose();
    }
}
