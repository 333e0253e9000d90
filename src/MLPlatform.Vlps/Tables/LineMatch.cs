using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MLPlatform.Vlps.Tables;

/// <summary>Looks through the 8 slots of a line at once. Bit i stands for slot i.</summary>
internal static unsafe class LineMatch
{
    /// <summary>The used slots whose low half is <paramref name="low"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Find(ulong* line, uint low, out uint empty)
    {
        if (Vector512.IsHardwareAccelerated)
            return Find512(line, low, out empty);
        return Vector256.IsHardwareAccelerated ? Find256(line, low, out empty) : FindScalar(line, low, out empty);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint Find512(ulong* line, uint low, out uint empty)
    {
        Vector512<ulong> slots = Vector512.Load(line);
        empty = (uint)Vector512.Equals(slots, Vector512<ulong>.Zero).ExtractMostSignificantBits();
        Vector512<ulong> lows = slots & Vector512.Create((ulong)uint.MaxValue);
        return (uint)Vector512.Equals(lows, Vector512.Create((ulong)low)).ExtractMostSignificantBits() & ~empty;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint Find256(ulong* line, uint low, out uint empty)
    {
        uint first = Find256Half(line, low, out uint firstEmpty), second = Find256Half(line + 4, low, out uint secondEmpty);
        empty = firstEmpty | (secondEmpty << 4);
        return first | (second << 4);
    }

    internal static uint FindScalar(ulong* line, uint low, out uint empty)
    {
        uint found = 0;
        empty = 0;
        for (int i = 0; i < Segment.LineSlots; i++)
        {
            if (line[i] == 0)
                empty |= 1u << i;
            else if ((uint)line[i] == low)
                found |= 1u << i;
        }
        return found;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Find256Half(ulong* line, uint low, out uint empty)
    {
        Vector256<ulong> slots = Vector256.Load(line);
        empty = Vector256.Equals(slots, Vector256<ulong>.Zero).ExtractMostSignificantBits();
        Vector256<ulong> lows = slots & Vector256.Create((ulong)uint.MaxValue);
        return Vector256.Equals(lows, Vector256.Create((ulong)low)).ExtractMostSignificantBits() & ~empty;
    }
}
