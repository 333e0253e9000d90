using MLPlatform.Vlps.Arithmetic;
using MLPlatform.Vlps.Features;

namespace MLPlatform.Vlps.Networks;

/// <summary>Hands out weights and memory while a network is put together from parts.</summary>
/// <param name="level">Instructions to use.</param>
/// <param name="stride">Samples that a chunk has room for, a multiple of 12.</param>
internal sealed class NetworkBuilder(SimdLevel level, int stride)
{
    private long _floats;

    public SimdLevel Level => level;

    public int Stride => stride;

    public DenseParameters Parameters { get; } = new();

    /// <summary>Parts in the order of the way forward.</summary>
    public List<Part> Parts { get; } = [];

    /// <summary>Floats of a lane's memory.</summary>
    public long Floats => _floats;

    /// <summary>Floats of the gradients of all inputs for one chunk.</summary>
    public int InputGradients { get; private set; }

    /// <summary>Memory of a lane.</summary>
    public int Reserve(long floats)
    {
        long at = _floats;
        _floats += (floats + 15) / 16 * 16;
        return checked((int)at);
    }

    public Tensor Tensor(int width)
    {
        long floats = (long)Panels.Count(width) * Panels.Width * stride;
        return new Tensor(width, Reserve(floats), Reserve(floats), width);
    }

    /// <summary>The input: columns of embeddings, then numbers.</summary>
    public Tensor Input(int embedded, int numbers)
    {
        long floats = (long)Panels.Count(embedded + numbers) * Panels.Width * stride;
        int gradients = InputGradients;
        InputGradients += Panels.Count(embedded) * Panels.Width * stride;
        return new Tensor(embedded + numbers, Reserve(floats), gradients, embedded) { IsInput = true };
    }

    /// <summary>
    /// Whether a part is the first of the way back to write a tensor's gradient. Parts ask in their constructors, in the
    /// order of the way forward, so the last one that asked is the first to write.
    /// </summary>
    public GradientTurn TurnAt(Tensor tensor)
    {
        var turn = new GradientTurn();
        if (_turns.TryGetValue(tensor, out GradientTurn? before))
            before.Adds = true;
        _turns[tensor] = turn;
        return turn;
    }

    private readonly Dictionary<Tensor, GradientTurn> _turns = [];

    /// <summary>Weights [inputs × outputs] that begin uniformly between ±√(1 / inputs); padding is 0.</summary>
    public Parameter Weights(string name, int inputs, int outputs, float gain = 1) =>
        Parameters.Add(name, (long)Panels.RoundUp(inputs, Panels.InputTile) * Panels.Count(outputs) * Panels.Width, (values, seed) =>
        {
            int padded = Panels.RoundUp(inputs, Panels.InputTile);
            float bound = gain / MathF.Sqrt(inputs);
            for (int i = 0; i < inputs; i++)
            {
                for (int o = 0; o < outputs; o++)
                    values[Panels.Weight(padded, i, o)] = Uniform(seed, (i * outputs) + o, bound);
            }
        });

    /// <summary>A number between plus and minus a bound, a function of seed and position.</summary>
    public static float Uniform(ulong seed, int position, float bound) =>
        bound * (((FeatureHash.Combine(seed, (ulong)position) >> 40) * (2f / (1 << 24))) - 1f);
}

/// <summary>Whether a part adds to a gradient, or is the first to write it.</summary>
internal sealed class GradientTurn
{
    public bool Adds { get; set; }
}
