using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MLPlatform.Vlps.Training;

/// <summary>The area under the curve of a block's scores, to about three places: counted in bins, so that it costs little beside training.</summary>
internal sealed class BlockAuc
{
    private const int Bins = 4096;

    // Chances of clicks are small: bins are even in their cube root, so that they are fine where the scores are. Those of negatives come first, then those of positives.
    private readonly int[] _counts = new int[2 * Bins];

    /// <summary>Null where there is one class only.</summary>
    public double? Value
    {
        get
        {
            double wins = 0;
            long positives = 0, negatives = 0;
            for (int bin = 0; bin < Bins; bin++)
            {
                wins += _counts[Bins + bin] * (negatives + (0.5 * _counts[bin]));
                positives += _counts[Bins + bin];
                negatives += _counts[bin];
            }
            return positives == 0 || negatives == 0 ? null : wins / ((double)positives * negatives);
        }
    }

    public void Clear() => Array.Clear(_counts);

    /// <param name="scores">From 0 to 1.</param>
    /// <param name="labels">0 or above 0.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(ReadOnlySpan<float> scores, ReadOnlySpan<float> labels)
    {
        Span<int> bins = stackalloc int[Vector512<int>.Count];
        ref float score = ref MemoryMarshal.GetReference(scores), label = ref MemoryMarshal.GetReference(labels[..scores.Length]);
        int i = 0;
        for (; i + Vector512<float>.Count <= scores.Length; i += Vector512<float>.Count)
        {
            BinsOf(Vector512.LoadUnsafe(ref score, (nuint)i), Vector512.LoadUnsafe(ref label, (nuint)i)).CopyTo(bins);
            foreach (int bin in bins)
                _counts[bin]++;
        }
        for (; i < scores.Length; i++)
            _counts[BinsOf(Vector512.Create(scores[i]), Vector512.Create(labels[i]))[0]]++;
    }

    private static Vector512<int> BinsOf(Vector512<float> scores, Vector512<float> labels)
    {
        Vector512<int> bins = Vector512.ConvertToInt32(CubeRoot(scores) * Bins);
        bins = Vector512.Min(Vector512.Max(bins, Vector512<int>.Zero), Vector512.Create(Bins - 1));
        return bins + (Vector512.GreaterThan(labels, Vector512<float>.Zero).AsInt32() & Vector512.Create(Bins));
    }

    // A third of the exponent, and three steps of Newton's: to the last bits.
    private static Vector512<float> CubeRoot(Vector512<float> x)
    {
        Vector512<float> root = (Vector512.ConvertToInt32(Vector512.ConvertToSingle(x.AsInt32()) * (1f / 3)) + Vector512.Create(0x2A51_4067)).AsSingle();
        for (int i = 0; i < 3; i++)
            root = ((root + root) + (x / (root * root))) * (1f / 3);
        return root;
    }
}
