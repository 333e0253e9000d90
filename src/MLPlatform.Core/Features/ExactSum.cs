using System.Numerics;

namespace MLPlatform.Core.Features;

/// <summary>
/// The exact sum of finite doubles, rounded once, to the nearest, when it is read. Adding the negative of a number takes
/// it back without a trace, whatever was added between.
/// </summary>
internal sealed class ExactSum
{
    private const int Digits = 70; // 32 bits each: from 2^-1074, the least double, to 2^1024 and carries beyond.
    private const int LowestExponent = -1074;
    private const int MostAdds = 1 << 29; // Each adds less than 2^32 to a digit of 63 bits.
    private readonly long[] _digits = new long[Digits];
    private int _adds;

    public void Add(double number)
    {
        long bits = BitConverter.DoubleToInt64Bits(number);
        int exponent = (int)(bits >> 52) & 0x7FF;
        ulong mantissa = (ulong)bits & 0xF_FFFF_FFFF_FFFF;
        if (exponent != 0)
            mantissa |= 1UL << 52;
        if (mantissa == 0)
            return;
        int place = Math.Max(exponent, 1) - 1;
        UInt128 shifted = (UInt128)mantissa << (place & 31);
        int at = place >> 5;
        long low = (long)(uint)shifted, middle = (long)(uint)(shifted >> 32), high = (long)(uint)(shifted >> 64);
        if (bits < 0)
            (low, middle, high) = (-low, -middle, -high);
        _digits[at] += low;
        _digits[at + 1] += middle;
        _digits[at + 2] += high;
        if (++_adds >= MostAdds)
            Carry(_digits);
    }

    /// <summary>The sum; infinite where it is beyond the doubles.</summary>
    public double Value
    {
        get
        {
            Span<long> digits = stackalloc long[Digits];
            _digits.CopyTo(digits);
            bool negative = Carry(digits) < 0;
            if (negative)
            {
                for (int i = 0; i < Digits; i++)
                    digits[i] = -digits[i];
                Carry(digits);
            }
            double magnitude = Round(digits);
            return negative ? -magnitude : magnitude;
        }
    }

    public void Clear()
    {
        Array.Clear(_digits);
        _adds = 0;
    }

    /// <summary>Brings every digit but the last into 32 bits without changing the sum; the last one has its sign.</summary>
    private long Carry(Span<long> digits)
    {
        for (int i = 0; i < Digits - 1; i++)
        {
            digits[i + 1] += digits[i] >> 32;
            digits[i] &= 0xFFFF_FFFF;
        }
        if (digits == _digits.AsSpan())
            _adds = 0;
        return digits[Digits - 1];
    }

    private static double Round(ReadOnlySpan<long> digits)
    {
        int top = Digits - 1;
        while (top >= 0 && digits[top] == 0)
            top--;
        if (top < 0)
            return 0;
        // The bit places of the sum's first bit and of the last bit that a double of its size has.
        int first = (32 * top) + BitOperations.Log2((ulong)digits[top]);
        int last = Math.Max(first - 52, 0);
        ulong mantissa = 0;
        for (int place = first; place >= last; place--)
            mantissa = (mantissa << 1) | Bit(digits, place);
        if (last > 0 && Bit(digits, last - 1) == 1 && ((mantissa & 1) == 1 || AnyBelow(digits, last - 1)))
            mantissa++; // Half goes to the even neighbour; a carry out of 53 bits is still exact.
        return Math.ScaleB(mantissa, last + LowestExponent);
    }

    private static ulong Bit(ReadOnlySpan<long> digits, int place) => (ulong)(digits[place >> 5] >> (place & 31)) & 1;

    private static bool AnyBelow(ReadOnlySpan<long> digits, int place)
    {
        if ((digits[place >> 5] & ((1L << (place & 31)) - 1)) != 0)
            return true;
        for (int i = (place >> 5) - 1; i >= 0; i--)
        {
            if (digits[i] != 0)
                return true;
        }
        return false;
    }
}
