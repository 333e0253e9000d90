using System.IO.Hashing;
using System.Runtime.InteropServices;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Vlps.Keyed;

/// <summary>
/// The first page of a keyed file, little endian. The file is: this page; where each bucket of hashes begins (4 bytes each,
/// one more than buckets); the ids in the order of their hashes; their rows in the same order. Each part begins on a page.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct KeyedHeader
{
    public const int Version = 1;
    public const int PageBytes = 4096;
    public const ulong MagicNumber = 0x4459_454B_5350_4C56; // "VLPSKEYD"

    public ulong Magic;
    public int FormatVersion;
    public int Dim;
    public int Precision;
    public int Linear;
    public int BucketBits;
    public uint Stamp;
    public long Rows;
    public ulong StartsHash;
    public ulong IdsHash;
    public ulong RowsHash;

    /// <summary>XXH3-64 of all that comes before it.</summary>
    public ulong HeaderHash;

    public readonly KeyedLayout Layout => new(Dim, (Precision)Precision, Linear != 0);

    public readonly long StartsBytes => ((1L << BucketBits) + 1) * sizeof(uint);

    public static long StartsAt => PageBytes;

    public readonly long IdsAt => Page(StartsAt + StartsBytes);

    public readonly long RowsAt => Page(IdsAt + Rows * sizeof(ulong));

    public readonly long FileBytes => RowsAt + Rows * Layout.Bytes;

    public static unsafe ulong HashOf(in KeyedHeader header) =>
        XxHash3.HashToUInt64(MemoryMarshal.AsBytes(new ReadOnlySpan<KeyedHeader>(in header))[..(sizeof(KeyedHeader) - sizeof(ulong))]);

    /// <summary>Eight to sixteen ids to a bucket: a line or two to look through.</summary>
    public static int BitsFor(long rows) => Math.Clamp(63 - System.Numerics.BitOperations.LeadingZeroCount((ulong)Math.Max(1, rows)) - 3, 0, IdHash.TagBits);

    private static long Page(long at) => (at + PageBytes - 1) & -PageBytes;
}
