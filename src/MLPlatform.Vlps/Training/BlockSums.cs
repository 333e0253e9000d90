using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using MLPlatform.Vlps.Metrics;

namespace MLPlatform.Vlps.Training;

/// <summary>What a block adds to the sums of its epoch.</summary>
/// <param name="Positives">Samples with label 1.</param>
/// <param name="Loss">Sum of losses, each times its sample's weight.</param>
/// <param name="Weight">Sum of the weights.</param>
internal readonly record struct BlockSums(long Positives, double Loss, double Weight)
{
    /// <summary>Sixteen samples at a time; the rest one by one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static BlockSums Of(ReadOnlySpan<float> scores, ReadOnlySpan<float> labels, ReadOnlySpan<float> weights)
    {
        int count = weights.Length, i = 0;
        ref float score = ref MemoryMarshal.GetReference(scores[..count]), label = ref MemoryMarshal.GetReference(labels[..count]), weight = ref MemoryMarshal.GetReference(weights);
        Vector512<double> losses = Vector512<double>.Zero, sum = Vector512<double>.Zero, positives = Vector512<double>.Zero;
        for (; i + Vector512<float>.Count <= count; i += Vector512<float>.Count)
        {
            (Vector512<double> s0, Vector512<double> s1) = Vector512.Widen(Vector512.LoadUnsafe(ref score, (nuint)i));
            (Vector512<double> l0, Vector512<double> l1) = Vector512.Widen(Vector512.LoadUnsafe(ref label, (nuint)i));
            (Vector512<double> w0, Vector512<double> w1) = Vector512.Widen(Vector512.LoadUnsafe(ref weight, (nuint)i));
            Vector512<double> is0 = Vector512.GreaterThan(l0, Vector512<double>.Zero), is1 = Vector512.GreaterThan(l1, Vector512<double>.Zero);
            losses += (w0 * Logarithm(s0, is0)) + (w1 * Logarithm(s1, is1));
            sum += w0 + w1;
            positives += (is0 & Vector512<double>.One) + (is1 & Vector512<double>.One);
        }
        (double loss, double total, long clicked) = (-Vector512.Sum(losses), Vector512.Sum(sum), (long)Vector512.Sum(positives));
        for (; i < count; i++)
        {
            clicked += labels[i] > 0 ? 1 : 0;
            total += weights[i];
            loss += weights[i] * Losses.LogLoss(scores[i], labels[i]);
        }
        return new BlockSums(clicked, loss, total);
    }

    /// <summary>The same of samples with label 1 alone, as those of towers are.</summary>
    public static BlockSums OfPositives(ReadOnlySpan<float> scores, ReadOnlySpan<float> labels, ReadOnlySpan<float> weights)
    {
        (long positives, double loss, double weight) = (0, 0, 0);
        for (int i = 0; i < weights.Length; i++)
        {
            if (labels[i] <= 0)
                continue;
            positives++;
            weight += weights[i];
            loss += weights[i] * Losses.LogLoss(scores[i], 1);
        }
        return new BlockSums(positives, loss, weight);
    }

    private static Vector512<double> Logarithm(Vector512<double> score, Vector512<double> positive)
    {
        Vector512<double> p = Vector512.ConditionalSelect(positive, score, Vector512<double>.One - score);
        // A score that is no number stays none, so that it is noticed.
        return Vector512.Log(Vector512.ConditionalSelect(Vector512.Equals(p, p), Vector512.Min(Vector512.Max(p, Vector512.Create(Losses.Margin)), Vector512.Create(1 - Losses.Margin)), p));
    }
}
