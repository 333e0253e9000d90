using System.IO.Hashing;
using System.Runtime.InteropServices;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Vlps.Keyed;

/// <summary>Writes the rows of a table as a file to look up in, and what changed since as deltas for it. Nobody may change the table meanwhile.</summary>
public static unsafe class KeyedFile
{
    internal static ReadOnlySpan<byte> DeltaMagic => "VLPSKEYC"u8;

    /// <summary>Writes all rows, in one pass and without a second copy in memory.</summary>
    /// <param name="table">The table; at most 4 billion rows.</param>
    /// <param name="path">The file; replaced at the end, when the new one is whole.</param>
    /// <param name="stamp">The last stamp that was given to the table.</param>
    public static void Write(EmbeddingTable table, string path, uint stamp)
    {
        KeyedLayout layout = KeyedLayout.Of(table.Layout);
        var header = new KeyedHeader
        {
            Magic = KeyedHeader.MagicNumber,
            FormatVersion = KeyedHeader.Version,
            Dim = layout.Dim,
            Precision = (int)layout.Precision,
            Linear = layout.Linear ? 1 : 0,
            BucketBits = KeyedHeader.BitsFor(table.Count),
            Stamp = stamp,
            Rows = table.Count,
        };
        string partial = path + ".partial";
        try
        {
            WriteParts(table, partial, layout, ref header);
            File.Move(partial, path, overwrite: true);
        }
        finally
        {
            File.Delete(partial);
        }
    }

    private static void WriteParts(EmbeddingTable table, string partial, KeyedLayout layout, ref KeyedHeader header)
    {
        uint[] starts = new uint[(1L << header.BucketBits) + 1];
        int shift = 64 - header.BucketBits;
        using (FileStream file = new(partial, FileMode.Create, FileAccess.Write, FileShare.Write, bufferSize: 0))
            file.SetLength(header.FileBytes);
        using (var ids = new Part(partial, header.IdsAt))
        using (var rows = new Part(partial, header.RowsAt))
        {
            table.ForEachRowByHash(row =>
            {
                ulong id = RowHead.Id(row);
                starts[BucketOf(id, shift) + 1]++;
                MemoryMarshal.Write(ids.Next(sizeof(ulong)), in id);
                fixed (byte* to = rows.Next(layout.Bytes))
                    layout.Pack(table.Layout, row, to);
            });
            (header.IdsHash, header.RowsHash) = (ids.Finish(), rows.Finish());
        }
        for (int i = 1; i < starts.Length; i++)
            starts[i] += starts[i - 1];
        header.StartsHash = XxHash3.HashToUInt64(MemoryMarshal.AsBytes(starts.AsSpan()));
        header.HeaderHash = KeyedHeader.HashOf(in header);
        using FileStream begin = new(partial, FileMode.Open, FileAccess.Write, FileShare.None, bufferSize: 0);
        begin.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<KeyedHeader>(in header)));
        begin.Position = KeyedHeader.StartsAt;
        begin.Write(MemoryMarshal.AsBytes(starts.AsSpan()));
        begin.Flush(flushToDisk: true);

        static long BucketOf(ulong id, int shift) => shift == 64 ? 0 : (long)(IdHash.Of(id) >> shift);
    }

    /// <summary>Writes the rows stamped after <paramref name="since"/>, and the ids whose rows went since and did not come back.</summary>
    /// <returns>How many rows, and how many ids.</returns>
    public static (long Rows, long Gone) WriteDelta(EmbeddingTable table, string path, uint since, uint stamp)
    {
        KeyedLayout layout = KeyedLayout.Of(table.Layout);
        using var file = new BlockWriter(path, DeltaMagic, new KeyedDeltaHeader
        {
            Version = KeyedDeltaHeader.CurrentVersion,
            Since = since,
            Stamp = stamp,
            Dim = layout.Dim,
            Precision = layout.Precision,
            Linear = layout.Linear,
        });
        HashSet<ulong> gone = [.. table.TombstonesAfter(since).Select(t => t.Id)];
        long rows = 0;
        // Where rows are depends on what happened to the table; the bytes must not.
        table.ForEachRowByHash(
            row =>
            {
                gone.Remove(RowHead.Id(row));
                fixed (byte* to = file.Next(BlockKind.Rows, sizeof(ulong) + layout.Bytes))
                {
                    *(ulong*)to = RowHead.Id(row);
                    layout.Pack(table.Layout, row, to + sizeof(ulong));
                }
                rows++;
            },
            since);
        foreach (ulong id in gone.Order())
            MemoryMarshal.Write(file.Next(BlockKind.Tombstones, sizeof(ulong)), in id);
        file.Commit();
        return (rows, gone.Count);
    }

    /// <summary>One part of the file, written from its beginning on.</summary>
    private sealed class Part : IDisposable
    {
        private readonly FileStream _stream;
        private readonly XxHash3 _hash = new();
        private readonly byte[] _buffer = new byte[1 << 20];
        private int _used;

        public Part(string path, long at) =>
            _stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.Write, bufferSize: 0) { Position = at };

        public Span<byte> Next(int bytes)
        {
            if (_used + bytes > _buffer.Length)
                Flush();
            _used += bytes;
            return _buffer.AsSpan(_used - bytes, bytes);
        }

        private void Flush()
        {
            _hash.Append(_buffer.AsSpan(0, _used));
            _stream.Write(_buffer.AsSpan(0, _used));
            _used = 0;
        }

        public ulong Finish()
        {
            Flush();
            return _hash.GetCurrentHashAsUInt64();
        }

        public void Dispose() => _stream.Dispose();
    }
}

internal sealed record KeyedDeltaHeader : BlockHeader
{
    public const int CurrentVersion = 1;

    public required uint Since { get; init; }

    public required uint Stamp { get; init; }

    public required int Dim { get; init; }

    public required Precision Precision { get; init; }

    public required bool Linear { get; init; }
}
