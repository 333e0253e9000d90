using MLPlatform.Vlps.Tables;

namespace MLPlatform.Benchmarks.Vlps;

/// <summary>Distinct ids in an order that looks random: the n-th id is a bijection of n.</summary>
internal static class Ids
{
    public static ulong Of(long n) => (ulong)n * 0x9E37_79B9_7F4A_7C15 + 12345;

    /// <summary>For each thread the ids from one number to another that are in its partitions.</summary>
    public static void Fill(EmbeddingTable table, long from, int count, int thread, int threads, List<ulong> ids)
    {
        ids.Clear();
        for (long n = from; n < from + count; n++)
        {
            if (threads == 1 || table.PartitionOf(Of(n)) % threads == thread)
                ids.Add(Of(n));
        }
    }
}
