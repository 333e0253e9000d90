using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MLPlatform.Vlps.Arithmetic;

/// <summary>
/// 16-bit floats: the upper half of a 32-bit float. Stored with stochastic rounding, so that steps too small for 8 bits
/// of fraction count on average. The noise is a function of a key and the position alone: no state, no order.
/// </summary>
internal static unsafe class NoisyBFloat
{
    /// <summary>The value of a 16-bit float.</summary>
    public static float Single(ushort bits) => BitConverter.UInt32BitsToSingle((uint)bits << 16);

    /// <summary>Rounds up or down so that the mean is the value.</summary>
    /// <param name="noise">16 random bits.</param>
    public static ushort Round(float value, uint noise) => (ushort)((BitConverter.SingleToUInt32Bits(value) + (noise & 0xFFFF)) >> 16);

    /// <summary>Random bits for a position.</summary>
    public static uint Noise(uint key, int position)
    {
        uint x = key + ((uint)position * 0x9E3779B9);
        x = (x ^ (x >> 16)) * 0x7FEB352D;
        x = (x ^ (x >> 15)) * 0x846CA68B;
        return x >> 16;
    }

    /// <summary>The noise key of one row in one step.</summary>
    public static uint Key(ulong seed, uint step, ulong id)
    {
        ulong x = (id ^ seed) + (step * 0x9E3779B97F4A7C15);
        x = (x ^ (x >> 32)) * 0xD6E8FEB86659FD93;
        return (uint)(x >> 32);
    }

    /// <summary>Widens a row, a multiple of 8 values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Load(ushort* from, int width, float* to)
    {
        for (int i = 0; i < width; i += 8)
            Vector256.Store(Load8(from + i), to + i);
    }

    /// <summary>Rounds a row, a multiple of 8 values.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* from, int width, uint key, ushort* to)
    {
        for (int i = 0; i < width; i += 8)
            Store8(Vector256.Load(from + i), key, i, to + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load8(ushort* from)
    {
        (Vector128<uint> low, Vector128<uint> high) = Vector128.Widen(Vector128.Load(from));
        return Vector256.ShiftLeft(Vector256.Create(low, high), 16).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store8(Vector256<float> value, uint key, int position, ushort* to)
    {
        Vector256<uint> x = Vector256.Create(key) + ((Vector256<uint>.Indices + Vector256.Create((uint)position)) * Vector256.Create(0x9E3779B9));
        x = (x ^ Vector256.ShiftRightLogical(x, 16)) * Vector256.Create(0x7FEB352Du);
        x = (x ^ Vector256.ShiftRightLogical(x, 15)) * Vector256.Create(0x846CA68Bu);
        Vector256<uint> rounded = Vector256.ShiftRightLogical(value.AsUInt32() + Vector256.ShiftRightLogical(x, 16), 16);
        Vector128.Store(Vector128.Narrow(rounded.GetLower(), rounded.GetUpper()), to);
    }

    /// <summary>16 values at once, where the machine has 512-bit vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load16(ushort* from) =>
        Vector512.ShiftLeft(Avx512F.ConvertToVector512UInt32(Vector256.Load(from)), 16).AsSingle();

    /// <summary>16 values at once, the same bits as <see cref="Store8"/> gives.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store16(Vector512<float> value, uint key, ushort* to)
    {
        Vector512<uint> x = Vector512.Create(key) + (Vector512<uint>.Indices * Vector512.Create(0x9E3779B9));
        x = (x ^ Vector512.ShiftRightLogical(x, 16)) * Vector512.Create(0x7FEB352Du);
        x = (x ^ Vector512.ShiftRightLogical(x, 15)) * Vector512.Create(0x846CA68Bu);
        Vector512<uint> rounded = Vector512.ShiftRightLogical(value.AsUInt32() + Vector512.ShiftRightLogical(x, 16), 16);
        Vector256.Store(Avx512F.ConvertToVector256UInt16(rounded), to);
    }
}
