using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MLPlatform.Vlps.Stepping;

namespace MLPlatform.Vlps.Networks;

/// <summary>What the places of an id give to the gradient of its row's 16 factors.</summary>
internal unsafe interface IPlaceGradients
{
    /// <summary>The gradient with what one place gives.</summary>
    Vector512<float> Add(Vector512<float> gradient, int place, float error);

    /// <summary>The gradient when all places are in it.</summary>
    /// <param name="error">The sum of their errors.</param>
    Vector512<float> Finish(Vector512<float> gradient, byte* row, float error);
}

/// <summary>Of a factorization machine, Σ error · sum − v · Σ error.</summary>
/// <param name="sums">Of each sample, the sum of its factors.</param>
/// <param name="factors">Where factors stand in a row.</param>
internal readonly unsafe struct FactoredGradients<TFactors>(float* sums, int factors) : IPlaceGradients
    where TFactors : struct, IRowFactors
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Add(Vector512<float> gradient, int place, float error) =>
        Vector512.FusedMultiplyAdd(Vector512.Create(error), Vector512.Load(sums + ((nint)place * 16)), gradient);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Finish(Vector512<float> gradient, byte* row, float error) =>
        Vector512.FusedMultiplyAdd(Vector512.Create(-error), TFactors.Load(row + factors), gradient);
}

/// <summary>Of other networks, the sum of the gradients of the places' inputs.</summary>
/// <param name="gradients">Of the field's inputs.</param>
/// <param name="offsets">Where a sample's begin in them.</param>
internal readonly unsafe struct GatheredGradients(float* gradients, nint* offsets) : IPlaceGradients
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Add(Vector512<float> gradient, int place, float error) => gradient + Vector512.Load(gradients + offsets[place]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Finish(Vector512<float> gradient, byte* row, float error) => gradient;
}
