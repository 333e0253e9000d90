using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MLPlatform.Vlps.Tables;

/// <summary>
/// Saves a table to a file and back. A full checkpoint has all rows with their optimizer state and the counts of ids that
/// have none yet; a delta has the rows stamped after a stamp and the tombstones since, so no log of changes is needed.
/// Written straight from the table: there is no second copy in memory. Nobody may change the table meanwhile.
/// </summary>
public static unsafe class TableCheckpoint
{
    internal static ReadOnlySpan<byte> Magic => "VLPSTABL"u8;

    /// <summary>Writes everything.</summary>
    /// <param name="table">The table.</param>
    /// <param name="path">The file; replaced at the end, when the new one is whole.</param>
    /// <param name="stamp">The last stamp that was given to the table.</param>
    public static CheckpointSummary SaveFull(EmbeddingTable table, string path, uint stamp) => Save(table, path, null, stamp, counters: true);

    /// <summary>Writes what changed after <paramref name="since"/>.</summary>
    /// <param name="table">The table.</param>
    /// <param name="path">The file; replaced at the end, when the new one is whole.</param>
    /// <param name="since">The stamp of the state that the delta goes on from.</param>
    /// <param name="stamp">The last stamp that was given to the table.</param>
    /// <param name="counters">Whether the counts of ids without a row go along: all of them, 8 bytes each. Default: true.</param>
    public static CheckpointSummary SaveDelta(EmbeddingTable table, string path, uint since, uint stamp, bool counters = true) =>
        Save(table, path, since, stamp, counters);

    /// <summary>
    /// Writes a full checkpoint for a reader that begins with it: rows in the order of their hashes, and no tombstones, so that equal tables
    /// give equal bytes, whatever happened to them and however they are cut into partitions. Cold rows are brought into memory for it.
    /// </summary>
    internal static void SaveSettled(EmbeddingTable table, string path, uint stamp) => Save(table, path, null, stamp, counters: true, settled: true);

    private static CheckpointSummary Save(EmbeddingTable table, string path, uint? since, uint stamp, bool counters, bool settled = false)
    {
        TableOptions options = settled ? table.Options with { PartitionBits = TableOptions.UsualPartitionBits } : table.Options;
        CheckpointHeader header = CheckpointHeader.Of(options, since, stamp, counters);
        using var file = new BlockWriter(path, Magic, header);
        long tombstones = 0, counted = 0, rows = 0;
        foreach (Tombstone tombstone in settled ? [] : table.TombstonesAfter(since ?? 0))
        {
            MemoryMarshal.Write(file.Next(BlockKind.Tombstones, sizeof(Tombstone)), in tombstone);
            tombstones++;
        }
        if (counters)
        {
            table.ForEachCounter(counter =>
            {
                MemoryMarshal.Write(file.Next(BlockKind.Counters, sizeof(ulong)), in counter);
                counted++;
            });
        }
        int bytes = table.Layout.Bytes;
        RowAction write = row =>
        {
            if (since is { } after && RowHead.Stamp(row) <= after)
                return;
            fixed (byte* to = file.Next(BlockKind.Rows, bytes))
            {
                Unsafe.CopyBlock(to, row, (uint)bytes);
                RowHead.Plain(to);
            }
            rows++;
        };
        if (settled)
            table.ForEachRowByHash(write);
        else
            table.ForEachRow(write, since ?? 0);
        return new CheckpointSummary(header, rows, tombstones, counted, file.Commit());
    }

    /// <summary>Looks at a whole file without a table.</summary>
    public static CheckpointSummary Inspect(string path)
    {
        using var file = new BlockReader(path, Magic);
        CheckpointHeader header = file.Header<CheckpointHeader>(CheckpointHeader.CurrentVersion);
        long[] records = new long[BlockKind.End + 1];
        while (file.Next(out int kind, out int recordBytes, out ReadOnlySpan<byte> payload))
            records[kind is > 0 and < BlockKind.End ? kind : 0] += payload.Length / recordBytes;
        return new CheckpointSummary(header, records[BlockKind.Rows], records[BlockKind.Tombstones], records[BlockKind.Counters], new FileInfo(path).Length);
    }

    /// <summary>Makes a table from a full checkpoint.</summary>
    /// <param name="path">The file.</param>
    /// <param name="change">Other options than the saved ones, such as a ceiling or more partitions; the layout stays.</param>
    /// <param name="keep">Which ids to take, such as those of one shard. Default: all.</param>
    public static (EmbeddingTable Table, uint Stamp) Load(string path, Func<TableOptions, TableOptions>? change = null, Func<ulong, bool>? keep = null)
    {
        TableOptions options;
        using (var file = new BlockReader(path, Magic))
        {
            CheckpointHeader header = file.Header<CheckpointHeader>(CheckpointHeader.CurrentVersion);
            if (header.Since is { } since)
                throw file.Bad($"it is a delta after stamp {since}; load the full checkpoint before it first");
            options = header.Options();
        }
        var table = new EmbeddingTable(change?.Invoke(options) ?? options);
        try
        {
            return (table, Read(table, path, after: null, keep, CountsOf(keep), goneAt: null));
        }
        catch
        {
            table.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Brings a table up to a delta's state. The file is read through before the first change, so that a damaged one changes
    /// nothing.
    /// </summary>
    /// <param name="table">A table with the delta's layout.</param>
    /// <param name="stamp">The table's state. Deltas that begin later leave a gap and are refused.</param>
    /// <param name="path">The file.</param>
    /// <param name="keep">Which ids to take. Default: all.</param>
    /// <param name="goneAt">The stamp of the tombstones for rows that a table which evicts has no room for. Default: the one after the file's.</param>
    /// <returns>The stamp of the new state.</returns>
    public static uint Apply(EmbeddingTable table, uint stamp, string path, Func<ulong, bool>? keep = null, uint? goneAt = null) =>
        Apply(table, stamp, path, keep, CountsOf(keep), goneAt);

    internal static uint Apply(EmbeddingTable table, uint stamp, string path, Func<ulong, bool>? keep, Counts counts, uint? goneAt = null)
    {
        BlockReader.Verify(path, Magic);
        return Read(table, path, stamp, keep, counts, goneAt);
    }

    /// <summary>Adds what a full checkpoint has to a table that has rows already, such as when shards are merged.</summary>
    /// <param name="table">A table with the checkpoint's layout.</param>
    /// <param name="path">The file.</param>
    /// <param name="keep">Which ids to take. Default: all.</param>
    /// <param name="goneAt">The stamp of the tombstones for rows that a table which evicts has no room for. Default: the one after the file's.</param>
    /// <returns>The stamp of the checkpoint.</returns>
    public static uint Merge(EmbeddingTable table, string path, Func<ulong, bool>? keep = null, uint? goneAt = null) => Merge(table, path, keep, CountsOf(keep), goneAt);

    internal static uint Merge(EmbeddingTable table, string path, Func<ulong, bool>? keep, Counts counts, uint? goneAt = null)
    {
        BlockReader.Verify(path, Magic);
        return Read(table, path, after: null, keep, counts, goneAt);
    }

    // A count does not know its id, so no part of them can be taken.
    private static Counts CountsOf(Func<ulong, bool>? keep) => keep is null ? Counts.Replace : Counts.Leave;

    /// <summary>Writes the counts of a full checkpoint as one of its own, and reads all of the checkpoint through for it.</summary>
    /// <returns>What the checkpoint holds.</returns>
    internal static CheckpointSummary CopyCounts(string path, string to)
    {
        using var file = new BlockReader(path, Magic);
        CheckpointHeader header = file.Header<CheckpointHeader>(CheckpointHeader.CurrentVersion);
        using var copy = new BlockWriter(to, Magic, header);
        long[] records = new long[BlockKind.End + 1];
        while (file.Next(out int kind, out int recordBytes, out ReadOnlySpan<byte> payload))
        {
            records[kind is > 0 and < BlockKind.End ? kind : 0] += payload.Length / recordBytes;
            for (int at = 0; kind == BlockKind.Counters && at < payload.Length; at += recordBytes)
                payload.Slice(at, recordBytes).CopyTo(copy.Next(kind, recordBytes));
        }
        copy.Commit();
        return new CheckpointSummary(header, records[BlockKind.Rows], records[BlockKind.Tombstones], records[BlockKind.Counters], new FileInfo(path).Length);
    }

    /// <summary>The counts of a full checkpoint, in the order of their hashes: 29 bits tag, 8 line, 16 count.</summary>
    internal static List<ulong> ReadCounts(string path)
    {
        using var file = new BlockReader(path, Magic);
        var counts = new List<ulong>();
        while (file.Next(out int kind, out int recordBytes, out ReadOnlySpan<byte> payload))
        {
            if (kind == BlockKind.Counters && recordBytes == sizeof(ulong))
                counts.AddRange(MemoryMarshal.Cast<byte, ulong>(payload));
        }
        return counts;
    }

    private static uint Read(EmbeddingTable table, string path, uint? after, Func<ulong, bool>? keep, Counts counts, uint? goneAt)
    {
        using var file = new BlockReader(path, Magic);
        CheckpointHeader header = file.Header<CheckpointHeader>(CheckpointHeader.CurrentVersion);
        if (header.Layout() != table.Layout)
            throw file.Bad($"its rows are of {header.Layout()}, the table's of {table.Layout}");
        if (after is { } state && header.Since > state)
            throw file.Bad($"it holds the changes after stamp {header.Since}, but the table is at {state}; apply the delta between them first");
        if (header.Since is not null && header.Counters && counts == Counts.Replace)
            table.ForgetCounters();
        CrowdedLoad? crowded = table.Options.WhenFull == WhenFull.Evict ? new(table, action => ForEachRow(path, table.Layout.Bytes, keep, action), goneAt ?? header.Stamp + 1) : null;
        bool? fit = null;
        while (file.Next(out int kind, out int recordBytes, out ReadOnlySpan<byte> payload))
        {
            if (kind == BlockKind.Rows && recordBytes == table.Layout.Bytes)
            {
                fit ??= crowded?.IsCertain != true; // Only now: tombstones, which come before, have made room.
                fit = table.Put(payload, keep, add: fit.Value);
                if (fit == false && crowded is null)
                    throw new VlpsException(VlpsProblem.Memory, file.Bad($"the table is full with {table.Count:N0} rows; give it a higher ceiling, or load a part with fewer ids").Message);
            }
            else if (kind == BlockKind.Tombstones && recordBytes == sizeof(Tombstone))
                table.Bury(MemoryMarshal.Cast<byte, Tombstone>(payload), keep);
            else if (kind == BlockKind.Counters && recordBytes == sizeof(ulong) && counts != Counts.Leave)
                table.SetCounters(MemoryMarshal.Cast<byte, ulong>(payload));
            else if (kind != BlockKind.Counters)
                throw file.Bad($"it has blocks of kind {kind} with records of {recordBytes} bytes");
        }
        if (fit == false)
            crowded!.Run();
        return header.Stamp;
    }

    private static void ForEachRow(string path, int bytes, Func<ulong, bool>? keep, RowAction action)
    {
        using var file = new BlockReader(path, Magic);
        while (file.Next(out int kind, out int recordBytes, out ReadOnlySpan<byte> payload))
        {
            if (kind != BlockKind.Rows || recordBytes != bytes)
                continue;
            fixed (byte* rows = payload)
            {
                for (int at = 0; at < payload.Length; at += bytes)
                {
                    if (keep is null || keep(RowHead.Id(rows + at)))
                        action(rows + at);
                }
            }
        }
    }
}

/// <summary>What a table does with a file's counts of ids that have no row.</summary>
internal enum Counts
{
    /// <summary>It takes them, and forgets those that it had where the file is a delta, which holds all.</summary>
    Replace,

    /// <summary>It takes them beside those that it has.</summary>
    Add,

    /// <summary>It passes them over.</summary>
    Leave,
}
