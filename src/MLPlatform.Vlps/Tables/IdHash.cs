using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MLPlatform.Vlps.Tables;

/// <summary>
/// The hash that places ids. Its first 29 bits are the tag (whose own first bits are the partition), its last 8 the line.
/// Whoever spreads ids over machines takes bits between them, <see cref="Shard"/>, so that shards fill their partitions evenly.
/// </summary>
public static class IdHash
{
    internal const int TagBits = 29;

    internal const uint TagMask = (1u << TagBits) - 1;

    private const ulong Slope = 352_450_000, Bend = (1ul << TagBits) - Slope;

    // A bijection: different ids have different hashes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Of(ulong id)
    {
        ulong x = id ^ (id >> 32);
        x *= 0xD6E8_FEB8_6659_FD93;
        x ^= x >> 32;
        x *= 0xD6E8_FEB8_6659_FD93;
        return x ^ (x >> 32);
    }

    /// <summary>The hashes of eight ids.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<ulong> Of(Vector512<ulong> id)
    {
        Vector512<ulong> factor = Vector512.Create(0xD6E8_FEB8_6659_FD93), x = id ^ Vector512.ShiftRightLogical(id, 32);
        x *= factor;
        x ^= Vector512.ShiftRightLogical(x, 32);
        x *= factor;
        return x ^ Vector512.ShiftRightLogical(x, 32);
    }

    /// <summary>Which of <paramref name="shards"/> machines an id belongs to.</summary>
    public static int Shard(ulong id, int shards) => (int)((((Of(id) >> 8) & 0xFF_FFFF) * (uint)shards) >> 24);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint Tag(ulong hash) => (uint)(hash >> (64 - TagBits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static int Line(ulong hash) => (int)(hash & (Segment.Lines - 1));

    /// <summary>
    /// Where a tag stands on its partition's directory, from 0 to 2^29. The curve 2^x − 1 in place of x spreads the moments
    /// at which segments split evenly over time: with x, all would be half empty at once.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint Position(uint tag, int partitionBits)
    {
        ulong x = (tag << partitionBits) & TagMask;
        return (uint)((x * (Slope + ((Bend * x) >> TagBits))) >> TagBits);
    }

    /// <summary>The positions of eight tags.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Vector512<ulong> Position(Vector512<ulong> tag, int partitionBits)
    {
        Vector512<ulong> x = Vector512.ShiftLeft(tag, partitionBits) & Vector512.Create((ulong)TagMask);
        return Vector512.ShiftRightLogical(x * (Vector512.Create(Slope) + Vector512.ShiftRightLogical(x * Vector512.Create(Bend), TagBits)), TagBits);
    }
}
