using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MLPlatform.Vlps.Arithmetic;

namespace MLPlatform.Vlps.Networks.Parts;

/// <summary>The loops of <see cref="PairsPart"/> for 16 factors in 512-bit vectors: a panel holds two fields.</summary>
internal static unsafe class Pairs16
{
    /// <param name="x">The input; fields × 16 columns.</param>
    /// <param name="factors">[numbers × 16].</param>
    /// <param name="sums">Receives [rows × 16].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(Lane lane, float* x, int fields, float* factors, int numbers, float* sums, float* logits)
    {
        nint panel = (nint)lane.Stride * Panels.Width;
        for (int i = 0; i < lane.Rows; i++, sums += 16)
        {
            Vector512<float> sum = Vector512<float>.Zero, squares = Vector512<float>.Zero;
            float* v = x + (i * Panels.Width);
            for (int f = 0; f + 1 < fields; f += 2, v += panel)
            {
                Vector512<float> a = Vector512.Load(v), b = Vector512.Load(v + 16);
                sum += a + b;
                squares = Vector512.FusedMultiplyAdd(a, a, Vector512.FusedMultiplyAdd(b, b, squares));
            }
            if ((fields & 1) == 1)
            {
                Vector512<float> a = Vector512.Load(v);
                sum += a;
                squares = Vector512.FusedMultiplyAdd(a, a, squares);
            }
            float* values = lane.Numbers + ((nint)i * numbers);
            for (int n = 0; n < numbers; n++)
            {
                Vector512<float> a = Vector512.Load(factors + (n * 16)) * Vector512.Create(values[n]);
                sum += a;
                squares = Vector512.FusedMultiplyAdd(a, a, squares);
            }
            Vector512.Store(sum, sums);
            logits[i] += 0.5f * Vector512.Sum(Vector512.FusedMultiplyAdd(sum, sum, -squares));
        }
    }

    /// <param name="gradients">Those of the input.</param>
    /// <param name="adds">Whether they are added to.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Backward(Lane lane, float* x, int fields, float* sums, float* errors, float* gradients, bool adds)
    {
        nint panel = (nint)lane.Stride * Panels.Width;
        Vector512<float> keep = adds ? Vector512<float>.AllBitsSet : Vector512<float>.Zero;
        for (int i = 0; i < lane.Padded; i++, sums += 16)
        {
            Vector512<float> error = Vector512.Create(errors[i]), sum = Vector512.Load(sums);
            nint at = i * Panels.Width;
            for (int f = 0; f < fields; f++)
            {
                Vector512<float> before = Vector512.Load(gradients + at) & keep;
                Vector512.Store(Vector512.FusedMultiplyAdd(error, sum - Vector512.Load(x + at), before), gradients + at);
                at += (f & 1) == 0 ? 16 : panel - 16;
            }
        }
    }
}
