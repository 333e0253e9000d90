using System.Runtime.Intrinsics;

namespace MLPlatform.Vlps.Stepping;

/// <summary>The arithmetic of the optimizers; widths are multiples of 8.</summary>
internal static unsafe class Optimizers
{
    private const float Tiny = 1e-8f;

    /// <summary>Adagrad with a sum of squares for every factor.</summary>
    public static void Adagrad(RowStep step, float* v, float* squares, float* gradient, int width)
    {
        for (int j = 0; j < width; j += 8)
        {
            Vector256<float> value = Vector256.Load(v + j);
            Vector256<float> g = Vector256.FusedMultiplyAdd(value, Vector256.Create(step.L2), Vector256.Load(gradient + j));
            Vector256<float> s = Vector256.FusedMultiplyAdd(g, g, Vector256.Load(squares + j));
            Vector256.Store(s, squares + j);
            Vector256.Store(value - (Vector256.Create(step.Rate) * g / Vector256.Sqrt(s)), v + j);
        }
    }

    /// <summary>Adagrad of single weights, each rounded as <see cref="RowUpdater.StepWeight"/> does.</summary>
    public static void AdagradEach(RowStep step, float* w, float* squares, float* gradients, int count)
    {
        for (int i = 0; i < count; i += 8)
        {
            Vector256<float> weight = Vector256.Load(w + i), g = Vector256.Load(gradients + i) + (Vector256.Create(step.L2) * weight);
            Vector256<float> s = Vector256.Load(squares + i) + (g * g);
            Vector256.Store(s, squares + i);
            Vector256.Store(weight - (Vector256.Create(step.Rate) * g / Vector256.Sqrt(s)), w + i);
        }
    }

    /// <summary>Adagrad with one sum of squares, the mean over the row's <paramref name="dim"/> factors.</summary>
    public static void AdagradByRow(RowStep step, float* v, float* squares, float* gradient, int width, int dim)
    {
        Vector256<float> sum = Vector256<float>.Zero;
        for (int j = 0; j < width; j += 8)
        {
            Vector256<float> g = Vector256.FusedMultiplyAdd(Vector256.Load(v + j), Vector256.Create(step.L2), Vector256.Load(gradient + j));
            Vector256.Store(g, gradient + j);
            sum = Vector256.FusedMultiplyAdd(g, g, sum);
        }
        *squares += Vector256.Sum(sum) / dim;
        Vector256<float> rate = Vector256.Create(-step.Rate / MathF.Sqrt(*squares));
        for (int j = 0; j < width; j += 8)
            Vector256.Store(Vector256.FusedMultiplyAdd(Vector256.Load(gradient + j), rate, Vector256.Load(v + j)), v + j);
    }

    /// <summary>Follow the regularized leader: the weight follows from <paramref name="z"/> and the sum of squares.</summary>
    public static void Ftrl(RowStep step, float* w, float* z, float* squares, float gradient)
    {
        float before = *squares, after = before + (gradient * gradient);
        *z += gradient - ((MathF.Sqrt(after) - MathF.Sqrt(before)) / step.Rate * *w);
        *squares = after;
        *w = MathF.Abs(*z) <= step.L1
            ? 0
            : -(*z - (MathF.Sign(*z) * step.L1)) / (((step.Beta + MathF.Sqrt(after)) / step.Rate) + step.L2);
    }

    /// <summary>Adam. Its means are corrected for their beginning at 0 by the number of the step.</summary>
    /// <param name="elapsed">Steps since the last one that touched the weight.</param>
    public static void Adam(RowStep step, float* w, float* mean, float* squares, float gradient, uint number, uint elapsed)
    {
        gradient += step.L2 * *w;
        float keepMean = step.MeanDecay, keepSquares = step.SquareDecay;
        *mean = (*mean * (elapsed == 1 ? keepMean : MathF.Pow(keepMean, elapsed))) + ((1 - keepMean) * gradient);
        *squares = (*squares * (elapsed == 1 ? keepSquares : MathF.Pow(keepSquares, elapsed))) + ((1 - keepSquares) * gradient * gradient);
        float corrected = *mean / (1 - MathF.Pow(keepMean, number));
        *w -= step.Rate * corrected / (MathF.Sqrt(*squares / (1 - MathF.Pow(keepSquares, number))) + Tiny);
    }
}
