using System.Buffers.Binary;
using System.Buffers.Text;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace MLPlatform.Vlps.Features;

/// <summary>
/// The hashes of <see cref="FeatureHash"/> for many values at once: the same numbers, eight at a time where there is AVX-512.
/// A whole number is hashed as its digits without writing them to memory: XXH3 of up to 16 bytes is a few multiplications of
/// two words, which shifts take out of the digits.
/// </summary>
internal static class VectorHash
{
    private const ulong Split = 100_000_000, Limit = Split * Split, Ascii = 0x3030_3030_3030_3030;

    // XXH3's secret, as its short inputs use it, and its primes.
    private const ulong Flip3 = 0x396C_FEB8 ^ 0xBE4B_A423, Flip8 = 0x1CAD_21F7_2C81_017C ^ 0xDB97_9083_E96D_D4DE;
    private const ulong FlipLow = 0x1F67_B3B7_A4A4_4072 ^ 0x78E5_C0CC_4EE6_79CB, FlipHigh = 0x2172_FFCC_7DD0_5A82 ^ 0x8E24_43F7_7446_08B8;
    private const ulong Prime2 = 0xC2B2_AE3D_27D4_EB4F, Prime3 = 0x1656_67B1_9E37_79F9, PrimeMix = 0x1656_6791_9E37_79F9, PrimeR = 0x9FB2_1C65_1E98_DF25;
    private const ulong CombineA = 0x9E37_79B9_7F4A_7C15, CombineB = 0xBF58_476D_1CE4_E5B9, CombineC = 0x94D0_49BB_1331_11EB;

    /// <summary>Whether eight go at a time.</summary>
    public static bool IsWide => Avx512DQ.IsSupported && Avx512BW.IsSupported && Avx512CD.IsSupported;

    /// <summary>The hash of each number's digits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OfWhole(ReadOnlySpan<long> values, Span<ulong> hashes)
    {
        int i = 0;
        ref ulong first = ref Unsafe.As<long, ulong>(ref MemoryMarshal.GetReference(values)), into = ref MemoryMarshal.GetReference(hashes[..values.Length]);
        for (; IsWide && i + Vector512<ulong>.Count <= values.Length; i += Vector512<ulong>.Count)
        {
            Vector512<ulong> x = Vector512.LoadUnsafe(ref first, (nuint)i);
            if (Vector512.LessThanAll(x, Vector512.Create(Limit)))
                OfDigits(x).StoreUnsafe(ref into, (nuint)i);
            else
                OfEach(values.Slice(i, Vector512<ulong>.Count), hashes[i..]);
        }
        OfEach(values[i..], hashes[i..]);
    }

    /// <summary>The hash of a number's digits.</summary>
    public static ulong OfWhole(long value)
    {
        if ((ulong)value >= Limit)
        {
            Span<byte> digits = stackalloc byte[32];
            Utf8Formatter.TryFormat(value, digits, out int written);
            return FeatureHash.Of(digits[..written]);
        }
        ulong high = (ulong)value / Split, low = Digits((ulong)value % Split);
        if (high != 0)
        {
            high = Digits(high);
            int absent = BitOperations.TrailingZeroCount(high) & ~7;
            (high, low) = (high + Ascii, low + Ascii);
            ulong begin = (high >> absent | (absent == 0 ? 0 : low << (64 - absent))) ^ FlipLow, end = low ^ FlipHigh;
            ulong product = Math.BigMul(begin, end, out ulong lower) ^ lower;
            ulong mixed = 16 - ((ulong)absent >> 3) + BinaryPrimitives.ReverseEndianness(begin) + end + product;
            mixed = (mixed ^ (mixed >> 37)) * PrimeMix;
            return mixed ^ (mixed >> 32);
        }
        int zeros = BitOperations.TrailingZeroCount(low | (1UL << 56)) & ~7;
        ulong length = 8 - ((ulong)zeros >> 3), text = low + Ascii, start = text >> zeros;
        return length > 3 ? OfFour((text >> 32) + (start << 32), length) : OfFew(start, text >> 56, length);
    }

    /// <summary><see cref="FeatureHash.Combine"/> of one seed with each token.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Combine(ulong seed, Span<ulong> tokens)
    {
        int i = 0;
        ref ulong at = ref MemoryMarshal.GetReference(tokens);
        Vector512<ulong> first = Vector512.Create(seed * CombineA);
        for (; IsWide && i + Vector512<ulong>.Count <= tokens.Length; i += Vector512<ulong>.Count)
            Mix(first ^ Vector512.LoadUnsafe(ref at, (nuint)i)).StoreUnsafe(ref at, (nuint)i);
        for (; i < tokens.Length; i++)
            tokens[i] = FeatureHash.Combine(seed, tokens[i]);
    }

    /// <summary><see cref="FeatureHash.Combine"/> of each hash with the token at its place, into the hash.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Combine(Span<ulong> hashes, ReadOnlySpan<ulong> tokens)
    {
        int i = 0;
        ref ulong at = ref MemoryMarshal.GetReference(hashes), second = ref MemoryMarshal.GetReference(tokens[..hashes.Length]);
        for (; IsWide && i + Vector512<ulong>.Count <= hashes.Length; i += Vector512<ulong>.Count)
            Mix((Vector512.LoadUnsafe(ref at, (nuint)i) * CombineA) ^ Vector512.LoadUnsafe(ref second, (nuint)i)).StoreUnsafe(ref at, (nuint)i);
        for (; i < hashes.Length; i++)
            hashes[i] = FeatureHash.Combine(hashes[i], tokens[i]);
    }

    /// <summary><see cref="FeatureHash.Combine"/> of each hash with the hash of the eight bytes of the id at its place, into the hash.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CombineIds(Span<ulong> hashes, ReadOnlySpan<ulong> ids)
    {
        int i = 0;
        ref ulong at = ref MemoryMarshal.GetReference(hashes), second = ref MemoryMarshal.GetReference(ids[..hashes.Length]);
        for (; IsWide && i + Vector512<ulong>.Count <= hashes.Length; i += Vector512<ulong>.Count)
        {
            Vector512<ulong> id = Vector512.LoadUnsafe(ref second, (nuint)i);
            Mix((Vector512.LoadUnsafe(ref at, (nuint)i) * CombineA) ^ OfFour(Avx512F.RotateLeft(id, 32), Vector512.Create(8UL))).StoreUnsafe(ref at, (nuint)i);
        }
        for (; i < hashes.Length; i++)
            hashes[i] = FeatureHash.Combine(hashes[i], OfFour(BitOperations.RotateLeft(ids[i], 32), 8));
    }

    private static void OfEach(ReadOnlySpan<long> values, Span<ulong> hashes)
    {
        for (int i = 0; i < values.Length; i++)
            hashes[i] = OfWhole(values[i]);
    }

    // The eight digits of a number below 10^8, one a byte, the first one lowest.
    private static ulong Digits(ulong x)
    {
        ulong y = x / 10_000;
        y |= (x - (y * 10_000)) << 32;
        ulong z = ((y * 10_486) >> 20) & 0x0000_007F_0000_007F;
        z |= (y - (z * 100)) << 16;
        ulong t = ((z * 103) >> 10) & 0x000F_000F_000F_000F;
        return t | ((z - (t * 10)) << 8);
    }

    private static ulong OfFour(ulong words, ulong length)
    {
        ulong hash = words ^ Flip8;
        hash = (hash ^ BitOperations.RotateLeft(hash, 49) ^ BitOperations.RotateLeft(hash, 24)) * PrimeR;
        hash = (hash ^ ((hash >> 35) + length)) * PrimeR;
        return hash ^ (hash >> 28);
    }

    private static ulong OfFew(ulong start, ulong last, ulong length)
    {
        ulong middle = (start >> (int)(length >> 1 << 3)) & 0xFF;
        ulong hash = (((start & 0xFF) << 16) | (middle << 24) | last | (length << 8)) ^ Flip3;
        hash = (hash ^ (hash >> 33)) * Prime2;
        hash = (hash ^ (hash >> 29)) * Prime3;
        return hash ^ (hash >> 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Mix(Vector512<ulong> x)
    {
        x = (x ^ (x >> 30)) * CombineB;
        x = (x ^ (x >> 27)) * CombineC;
        return x ^ (x >> 31);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> OfDigits(Vector512<ulong> x)
    {
        Vector512<ulong> split = Vector512.Create(Split);
        // The quotient by way of doubles is one off at most.
        Vector512<ulong> high = Avx512DQ.ConvertToVector512UInt64WithTruncation(Avx512DQ.ConvertToVector512Double(x) * 1e-8);
        Vector512<ulong> low = x - Product(high, split);
        Vector512<ulong> over = Vector512.LessThan(low.AsInt64(), Vector512<long>.Zero).AsUInt64();
        (high, low) = (high + over, low + (over & split));
        Vector512<ulong> under = Vector512.GreaterThanOrEqual(low, split);
        (high, low) = (high - under, low - (under & split));

        Vector512<ulong> zero = Vector512<ulong>.Zero, isShort = Vector512.Equals(high, zero);
        low = Digits(low);
        Vector512<ulong> hash = isShort == Vector512<ulong>.AllBitsSet ? zero : OfLong(Digits(high), low);
        return isShort == zero ? hash : Vector512.ConditionalSelect(isShort, OfShort(low), hash);
    }

    // 9 to 16 digits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> OfLong(Vector512<ulong> high, Vector512<ulong> low)
    {
        Vector512<ulong> absent = TrailingZeros(high) & Vector512.Create(~7UL);
        (high, low) = (high + Vector512.Create(Ascii), low + Vector512.Create(Ascii));
        Vector512<ulong> begin = Avx512F.ShiftRightLogicalVariable(high, absent) | Avx512F.ShiftLeftLogicalVariable(low, Vector512.Create(64UL) - absent);
        Vector512<ulong> a = begin ^ Vector512.Create(FlipLow), b = low ^ Vector512.Create(FlipHigh);

        // Both halves of the product of 64 bits by 64.
        Vector512<ulong> lower = Vector512.Create(0xFFFF_FFFFUL), aHigh = a >> 32, bHigh = b >> 32;
        Vector512<ulong> ll = Product(a, b), hl = Product(aHigh, b), lh = Product(a, bHigh), hh = Product(aHigh, bHigh);
        Vector512<ulong> middle = (ll >> 32) + (hl & lower) + lh;
        Vector512<ulong> folded = (hh + (hl >> 32) + (middle >> 32)) ^ ((middle << 32) | (ll & lower));

        Vector512<ulong> mixed = Vector512.Create(16UL) - (absent >> 3) + Reversed(a) + b + folded;
        mixed = (mixed ^ (mixed >> 37)) * PrimeMix;
        return mixed ^ (mixed >> 32);
    }

    // 1 to 8 digits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> OfShort(Vector512<ulong> low)
    {
        Vector512<ulong> zeros = TrailingZeros(low | Vector512.Create(1UL << 56)) & Vector512.Create(~7UL);
        Vector512<ulong> length = Vector512.Create(8UL) - (zeros >> 3), text = low + Vector512.Create(Ascii), start = Avx512F.ShiftRightLogicalVariable(text, zeros);
        Vector512<ulong> few = Vector512.LessThan(length, Vector512.Create(4UL));
        Vector512<ulong> four = OfFour((text >> 32) + (start << 32), length);
        if (few == Vector512<ulong>.Zero)
            return four;
        Vector512<ulong> one = Vector512.Create(0xFFUL), middle = Avx512F.ShiftRightLogicalVariable(start, length >> 1 << 3) & one;
        Vector512<ulong> hash = (((start & one) << 16) | (middle << 24) | (text >> 56) | (length << 8)) ^ Vector512.Create(Flip3);
        hash = (hash ^ (hash >> 33)) * Prime2;
        hash = (hash ^ (hash >> 29)) * Prime3;
        return Vector512.ConditionalSelect(few, hash ^ (hash >> 32), four);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> OfFour(Vector512<ulong> words, Vector512<ulong> length)
    {
        Vector512<ulong> hash = words ^ Vector512.Create(Flip8);
        hash = (hash ^ Avx512F.RotateLeft(hash, 49) ^ Avx512F.RotateLeft(hash, 24)) * PrimeR;
        hash = (hash ^ ((hash >> 35) + length)) * PrimeR;
        return hash ^ (hash >> 28);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Digits(Vector512<ulong> x)
    {
        Vector512<ulong> quotient = Product(x, Vector512.Create(3_518_437_209UL)) >> 45;
        Vector512<ulong> y = quotient | ((x - Product(quotient, Vector512.Create(10_000UL))) << 32);
        Vector512<ushort> hundreds = Avx512BW.MultiplyHigh(y.AsUInt16(), Vector512.Create((ushort)5243)) >> 3;
        Vector512<ulong> z = hundreds.AsUInt64() | ((y.AsUInt16() - (hundreds * 100)).AsUInt64() << 16);
        Vector512<ushort> tens = Avx512BW.MultiplyHigh(z.AsUInt16(), Vector512.Create((ushort)6554));
        return tens.AsUInt64() | ((z.AsUInt16() - (tens * 10)).AsUInt64() << 8);
    }

    // Of the lower halves.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Product(Vector512<ulong> a, Vector512<ulong> b) => Avx512F.Multiply(a.AsUInt32(), b.AsUInt32());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> TrailingZeros(Vector512<ulong> x) => Vector512.Create(63UL) - Avx512CD.LeadingZeroCount(x & (Vector512<ulong>.Zero - x));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ulong> Reversed(Vector512<ulong> x) => Avx512BW.Shuffle(x.AsByte(), Vector512.Create(0x0001_0203_0405_0607UL, 0x0809_0A0B_0C0D_0E0F,
        0x0001_0203_0405_0607, 0x0809_0A0B_0C0D_0E0F, 0x0001_0203_0405_0607, 0x0809_0A0B_0C0D_0E0F, 0x0001_0203_0405_0607, 0x0809_0A0B_0C0D_0E0F).AsByte()).AsUInt64();
}
