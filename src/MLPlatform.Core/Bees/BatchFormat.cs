using System.Buffers.Binary;
using System.Numerics;

namespace MLPlatform.Core.Bees;

/// <summary>
/// How a batch is written, on the wire and on disk. Numbers are little-endian:
/// <code>
///  0  4  "BEE1"
///  4  4  H, bytes of the header
///  8  4  R, bytes of the records
/// 12  4  N, records
/// 16  4  CRC-32C of bytes 4 to 16, the header and the records
/// 20  H  the header: UTF-8 JSON of BatchHeader
///     R  N times: varint (position - position of the record before, or From), varint length, bytes
/// </code>
/// Frames follow each other without anything between them.
/// </summary>
public static class BatchFormat
{
    /// <summary>The media type of a request's body: one or more frames.</summary>
    public const string MediaType = "application/vnd.mlplatform.bees";

    /// <summary>Bytes in front of the header.</summary>
    public const int PrefixBytes = 20;

    /// <summary>The largest header, in bytes.</summary>
    public const int MostHeaderBytes = 64 << 10;

    /// <summary>The largest records area, in bytes.</summary>
    public const int MostRecordBytes = 64 << 20;

    /// <summary>"BEE1" as a little-endian number.</summary>
    internal const uint Magic = 0x31454542;

    /// <summary>Most bytes of a varint of 64 bits.</summary>
    internal const int MostVarintBytes = 10;

    internal static uint Checksum(ReadOnlySpan<byte> sizes, ReadOnlySpan<byte> header, ReadOnlySpan<byte> records) =>
        ~Crc(Crc(Crc(~0u, sizes), header), records);

    internal static int WriteVarint(Span<byte> to, ulong value)
    {
        int at = 0;
        for (; value >= 0x80; value >>= 7)
            to[at++] = (byte)(value | 0x80);
        to[at++] = (byte)value;
        return at;
    }

    /// <summary>False where the bytes end within the number or it does not fit 63 bits.</summary>
    internal static bool TryReadVarint(ReadOnlySpan<byte> from, ref int at, out long value)
    {
        ulong read = 0;
        value = 0;
        for (int shift = 0; shift < 63 && at < from.Length; shift += 7)
        {
            byte next = from[at++];
            read |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                value = (long)read;
                return value >= 0;
            }
        }
        return false;
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }
        foreach (byte one in bytes)
            crc = BitOperations.Crc32C(crc, one);
        return crc;
    }
}
