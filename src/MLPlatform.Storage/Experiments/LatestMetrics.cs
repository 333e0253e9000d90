using System.Buffers.Binary;
using MLPlatform.Core.Experiments;

namespace MLPlatform.Storage.Experiments;

/// <summary>
/// The latest value of each metric of a run as bytes: for each, its number (4), step (8), time (8) and the bits of its value
/// (8), little-endian, ordered by number. Two hundred metrics are 5.6 kB of one row instead of two hundred rows.
/// </summary>
internal static class LatestMetrics
{
    private const int Size = 28;

    public static List<MetricValue> Read(ReadOnlySpan<byte> packed, MetricNames names)
    {
        List<MetricValue> metrics = new(packed.Length / Size);
        for (; packed.Length >= Size; packed = packed[Size..])
            metrics.Add(One(packed, names.NameOf(BinaryPrimitives.ReadInt32LittleEndian(packed))));
        return metrics;
    }

    /// <summary>The bytes with newer points taken in.</summary>
    public static byte[] With(ReadOnlySpan<byte> packed, IEnumerable<(int Metric, MetricValue Point)> points)
    {
        SortedDictionary<int, MetricValue> latest = [];
        for (ReadOnlySpan<byte> rest = packed; rest.Length >= Size; rest = rest[Size..])
            latest[BinaryPrimitives.ReadInt32LittleEndian(rest)] = One(rest, "");
        foreach ((int metric, MetricValue point) in points)
        {
            if (!latest.TryGetValue(metric, out MetricValue known) || point.IsAfter(known))
                latest[metric] = point;
        }
        byte[] bytes = new byte[latest.Count * Size];
        Span<byte> to = bytes;
        foreach ((int metric, MetricValue point) in latest)
        {
            BinaryPrimitives.WriteInt32LittleEndian(to, metric);
            BinaryPrimitives.WriteInt64LittleEndian(to[4..], point.Step);
            BinaryPrimitives.WriteInt64LittleEndian(to[12..], point.AtMs);
            BinaryPrimitives.WriteInt64LittleEndian(to[20..], BitConverter.DoubleToInt64Bits(point.Value));
            to = to[Size..];
        }
        return bytes;
    }

    private static MetricValue One(ReadOnlySpan<byte> at, string name) => new(
        name, BitConverter.Int64BitsToDouble(BinaryPrimitives.ReadInt64LittleEndian(at[20..])),
        BinaryPrimitives.ReadInt64LittleEndian(at[12..]), BinaryPrimitives.ReadInt64LittleEndian(at[4..]));
}
