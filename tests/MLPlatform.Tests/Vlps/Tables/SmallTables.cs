using System.Runtime.InteropServices;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Tests.Vlps.Tables;

/// <summary>Tables and what they hold, for tests.</summary>
internal static unsafe class SmallTables
{
    public static readonly RowLayout Small = new(4, Precision.BFloat16, RowOptimizer.Adagrad, linear: true);

    public static TableOptions Options(int partitionBits = 1) => new() { Layout = Small, PartitionBits = partitionBits };

    public static uint[] Add(this EmbeddingTable table, ulong[] ids, uint stamp, ushort[]? counts = null)
    {
        uint[] rows = new uint[ids.Length];
        table.FindOrAdd(ids, counts, stamp, rows);
        return rows;
    }

    public static uint[] Rows(this EmbeddingTable table, params ulong[] ids)
    {
        uint[] rows = new uint[ids.Length];
        table.Find(ids, rows);
        return rows;
    }

    public static byte[] Bytes(this EmbeddingTable table, uint row) => new ReadOnlySpan<byte>(table.Row(row), table.Layout.Bytes).ToArray();

    public static uint Stamp(this EmbeddingTable table, uint row) => MemoryMarshal.Read<uint>(table.Bytes(row).AsSpan(table.Layout.StampOffset));

    public static ushort Seen(this EmbeddingTable table, uint row) => MemoryMarshal.Read<ushort>(table.Bytes(row).AsSpan(table.Layout.CountOffset));

    public static ref float Linear(this EmbeddingTable table, uint row) => ref *(float*)(table.Row(row) + table.Layout.LinearOffset);

    /// <summary>Ids 1, 2, 3, …</summary>
    public static ulong[] Ids(int from, int count) => [.. Enumerable.Range(from, count).Select(i => (ulong)i)];
}
