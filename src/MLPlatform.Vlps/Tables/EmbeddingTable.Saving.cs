using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace MLPlatform.Vlps.Tables;

public sealed unsafe partial class EmbeddingTable
{
    /// <summary>Calls with each row, hot ones of a partition first; of cold ones only with those of pages with a newer stamp.</summary>
    internal void ForEachRow(RowAction action, uint since = 0)
    {
        foreach (TablePartition partition in _partitions)
        {
            partition.ForEach(action);
            partition.ForEachCold(since, action);
        }
    }

    /// <summary>The counts of ids without a row, in the order of their hashes: 29 bits tag, 8 line, 16 count.</summary>
    internal void ForEachCounter(Action<ulong> action)
    {
        foreach (TablePartition partition in _partitions)
            partition.ForEachCounter(action);
    }

    internal void ForgetCounters()
    {
        foreach (TablePartition partition in _partitions)
            partition.ForgetCounters();
    }

    internal void SetCounters(ReadOnlySpan<ulong> counters)
    {
        foreach (ulong counter in counters)
        {
            // The bits of a hash that place it: the rest is not known and not needed.
            ulong hash = (counter >> 24 << (64 - IdHash.TagBits)) | ((counter >> 16) & (Segment.Lines - 1));
            PartitionOfHash(hash).SetCounter(hash, (int)(counter & ushort.MaxValue));
        }
    }

    internal void Bury(ReadOnlySpan<Tombstone> tombstones, Func<ulong, bool>? keep)
    {
        foreach (Tombstone tombstone in tombstones)
        {
            if (keep is not null && !keep(tombstone.Id))
                continue;
            ulong hash = IdHash.Of(tombstone.Id);
            PartitionOfHash(hash).Bury(tombstone, hash);
        }
    }

    /// <summary>Puts rows in as they were saved, in place of those with their ids. Nothing is evicted for them.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="keep">Which ids to take; null: all.</param>
    /// <param name="add">Whether ids that have no row yet are taken as well; they no longer are after the first that finds no room.</param>
    /// <returns>Whether all found room.</returns>
    internal bool Put(ReadOnlySpan<byte> rows, Func<ulong, bool>? keep, bool add)
    {
        int bytes = Layout.Bytes;
        ulong* hashes = stackalloc ulong[Block];
        fixed (byte* all = rows)
        {
            for (long from = 0, count = rows.Length / bytes; from < count; from += Block)
            {
                int block = (int)Math.Min(Block, count - from);
                for (int i = 0; i < block; i++)
                {
                    hashes[i] = IdHash.Of(RowHead.Id(all + (from + i) * bytes));
                    if (Sse.IsSupported)
                        Sse.Prefetch0(LineOf(hashes[i]));
                }
                for (int i = 0; i < block; i++)
                {
                    byte* row = all + (from + i) * bytes;
                    if (keep is not null && !keep(RowHead.Id(row)))
                        continue;
                    if (!Put(row, hashes[i], add))
                        add = false;
                }
            }
        }
        return add;
    }

    /// <summary>Puts one row in; false if there is no room.</summary>
    internal bool Put(byte* row) => Put(row, IdHash.Of(RowHead.Id(row)), add: true);

    private bool Put(byte* row, ulong hash, bool add)
    {
        byte* to = PartitionOfHash(hash).Put(RowHead.Id(row), hash, RowHead.Stamp(row), add);
        if (to != null)
            Unsafe.CopyBlock(to, row, (uint)Layout.Bytes);
        return to != null;
    }

    /// <summary>Whether an id has a row, in a table that does not spill.</summary>
    internal bool HasRow(ulong id)
    {
        ulong hash = IdHash.Of(id);
        return PartitionOfHash(hash).Find(id, hash) != NoRow;
    }

    /// <summary>Calls with the rows stamped after <paramref name="since"/> in the order of their ids' hashes.</summary>
    internal void ForEachRowByHash(RowAction action, uint since = 0)
    {
        foreach (TablePartition partition in _partitions)
            partition.ForEachByHash(since, action);
    }

    /// <summary>
    /// A checksum of all rows with their ids, stamps, counts, weights and state, whatever their order: equal tables have equal
    /// digests in any number of partitions, and the digests of shards add up to that of the whole.
    /// </summary>
    public ulong Digest()
    {
        ulong sum = 0;
        int bytes = Layout.Bytes;
        ForEachRow(row =>
        {
            byte* plain = stackalloc byte[bytes];
            Unsafe.CopyBlock(plain, row, (uint)bytes);
            RowHead.Plain(plain);
            sum += XxHash3.HashToUInt64(new ReadOnlySpan<byte>(plain, bytes));
        });
        return sum;
    }
}
