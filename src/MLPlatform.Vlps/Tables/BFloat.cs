using System.Runtime.CompilerServices;

namespace MLPlatform.Vlps.Tables;

/// <summary>16-bit floats with the range of 32-bit ones: their upper half.</summary>
public static class BFloat
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ToFloat(ushort value) => BitConverter.UInt32BitsToSingle((uint)value << 16);

    /// <summary>To the nearest, ties to even; not a number stays so.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Nearest(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
    }
}
