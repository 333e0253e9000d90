using System.Numerics;
using System.Runtime.Intrinsics;
using MLPlatform.Vlps.Arithmetic;

namespace MLPlatform.Vlps.Recall;

/// <summary>Finds at which place of a catalogue an item of its own stands for each of some vectors, and the softmax loss of it. For one thread at a time.</summary>
/// <param name="scale">What products are multiplied by in the softmax.</param>
internal sealed unsafe class OwnPlaces(VectorCatalogue catalogue, float scale) : IDisposable
{
    private readonly VectorBlock _vectors = new(catalogue.Width);
    private readonly FloatBuffer _products = new((long)VectorBlock.Rows * VectorCatalogue.ChunkItems);
    private readonly float[] _own = new float[VectorBlock.Rows], _most = new float[VectorBlock.Rows];
    private readonly double[] _sums = new double[VectorBlock.Rows];

    /// <param name="vectors">Vector after vector, at most <see cref="VectorBlock.Rows"/>.</param>
    /// <param name="items">The item of each.</param>
    /// <param name="places">Receives its place from 1; behind those that are as near.</param>
    /// <param name="losses">Receives -ln of the chance that the softmax gives it.</param>
    public void Find(ReadOnlySpan<float> vectors, ReadOnlySpan<int> items, Span<int> places, Span<double> losses)
    {
        _vectors.Fill(vectors);
        catalogue.OwnProducts(_vectors, items, _products, _own);
        Array.Fill(_most, float.NegativeInfinity);
        Array.Clear(_sums);
        places.Clear();
        for (int chunk = 0; chunk < catalogue.Chunks; chunk++)
        {
            catalogue.Products(chunk, _vectors, _products.Pointer);
            for (int row = 0; row < items.Length; row++)
                places[row] += Count(row, catalogue.CountOf(chunk));
        }
        for (int row = 0; row < items.Length; row++)
            losses[row] = Math.Log(_sums[row]) + ((_most[row] - _own[row]) * scale);
    }

    // How many are as near as the own one or nearer, itself included; and the sum of the softmax, over its largest term so far.
    private int Count(int row, int count)
    {
        int near = 0;
        for (int item = 0; item < count; item += Panels.Width)
        {
            float* panel = _products.Pointer + Panels.At(VectorBlock.Rows, row, item);
            if (count - item < Panels.Width)
            {
                // What lies behind the last item counts as infinitely far.
                new Span<float>(panel + count - item, Panels.Width - (count - item)).Fill(float.NegativeInfinity);
            }
            near += Panel(row, panel);
        }
        return near;
    }

    private int Panel(int row, float* panel)
    {
        Vector256<float> a = Vector256.Load(panel), b = Vector256.Load(panel + 8), c = Vector256.Load(panel + 16), d = Vector256.Load(panel + 24);
        float most = MaxOf(Vector256.Max(Vector256.Max(a, b), Vector256.Max(c, d)));
        if (most > _most[row])
        {
            _sums[row] *= Math.Exp((_most[row] - most) * scale);
            _most[row] = most;
        }
        Vector256<float> largest = Vector256.Create(_most[row]), own = Vector256.Create(_own[row]);
        Vector256<float> Term(Vector256<float> products) => Vector256.Exp((products - largest) * scale);
        _sums[row] += Vector256.Sum(Term(a) + Term(b) + Term(c) + Term(d));
        return Near(a, own) + Near(b, own) + Near(c, own) + Near(d, own);
    }

    private static int Near(Vector256<float> products, Vector256<float> own) => BitOperations.PopCount(Vector256.GreaterThanOrEqual(products, own).ExtractMostSignificantBits());

    private static float MaxOf(Vector256<float> values)
    {
        float most = values[0];
        for (int i = 1; i < Vector256<float>.Count; i++)
            most = Math.Max(most, values[i]);
        return most;
    }

    public void Dispose()
    {
        _vectors.Dispose();
        _products.Dispose();
    }
}
