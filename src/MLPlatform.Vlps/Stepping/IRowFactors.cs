using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MLPlatform.Vlps.Arithmetic;

namespace MLPlatform.Vlps.Stepping;

/// <summary>How a row's 16 factors are read and written at once, where the machine has 512-bit vectors.</summary>
internal unsafe interface IRowFactors
{
    /// <summary>Bytes of the 16.</summary>
    static abstract int Bytes { get; }

    static abstract Vector512<float> Load(byte* at);

    /// <param name="noise">What rounding hangs on: see <see cref="NoisyBFloat.Key"/>.</param>
    static abstract void Store(Vector512<float> value, uint noise, byte* at);
}

/// <summary>In 16 bits each, rounded stochastically.</summary>
internal readonly unsafe struct NarrowFactors : IRowFactors
{
    public static int Bytes => 16 * sizeof(ushort);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(byte* at) => NoisyBFloat.Load16((ushort*)at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> value, uint noise, byte* at) => NoisyBFloat.Store16(value, noise, (ushort*)at);
}

/// <summary>As they are.</summary>
internal readonly unsafe struct WideFactors : IRowFactors
{
    public static int Bytes => 16 * sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(byte* at) => Vector512.Load((float*)at);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<float> value, uint noise, byte* at) => value.Store((float*)at);
}
