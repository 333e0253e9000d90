using System.Runtime.Intrinsics.X86;

namespace MLPlatform.Vlps.Arithmetic;

/// <summary>Which instructions the arithmetic is written in. All give the same sums, but for the order of rounding.</summary>
internal enum SimdLevel
{
    /// <summary>Plain C#, which the tests compare the others with.</summary>
    Scalar,

    /// <summary>256-bit vectors with fused multiply-add.</summary>
    Avx2,

    /// <summary>512-bit vectors.</summary>
    Avx512,
}

/// <summary>What this machine can do.</summary>
internal static class Simd
{
    /// <summary>The setting that lowers the level: <c>scalar</c>, <c>avx2</c> or <c>avx512</c>.</summary>
    public const string Variable = "MLP_VLPS_SIMD";

    /// <summary>The best level of the machine.</summary>
    public static SimdLevel Available { get; } =
        Avx512F.IsSupported ? SimdLevel.Avx512 : Avx2.IsSupported && Fma.IsSupported ? SimdLevel.Avx2 : SimdLevel.Scalar;

    /// <summary>The level that is used: the best one, or a lower one that the environment asks for.</summary>
    public static SimdLevel Chosen { get; } =
        Enum.TryParse(Environment.GetEnvironmentVariable(Variable), ignoreCase: true, out SimdLevel asked) && asked < Available ? asked : Available;

    /// <summary>All levels up to the machine's best one.</summary>
    public static IEnumerable<SimdLevel> Levels => Enum.GetValues<SimdLevel>().Where(l => l <= Available);
}
