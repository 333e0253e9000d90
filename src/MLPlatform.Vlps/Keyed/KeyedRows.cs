using System.IO.Hashing;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using MLPlatform.Vlps.Tables;

namespace MLPlatform.Vlps.Keyed;

/// <summary>
/// The rows of a model for serving: a memory-mapped file of which only looked-up pages are in memory, and what deltas
/// changed since. Any number of threads may look up while one applies a delta: a call sees the state before it or after it,
/// never a part. Dispose only when nobody looks up any more.
/// </summary>
public sealed unsafe class KeyedRows : IDisposable
{
    private const int Block = 64;

    private readonly KeyedMapping _mapping;
    private readonly Lock _applying = new();
    private readonly string _path;
    private readonly KeyedHeader _header;
    private readonly byte* _at;
    private readonly uint* _starts;
    private readonly ulong* _ids;
    private readonly byte* _rows;
    private KeyedOverlay _overlay;

    private KeyedRows(string path, KeyedMapping mapping, KeyedHeader header, KeyedOverlay? overlay = null)
    {
        (_path, _mapping, _header) = (path, mapping, header);
        byte* at = mapping.At;
        _at = at;
        Layout = header.Layout;
        _starts = (uint*)(at + KeyedHeader.StartsAt);
        _ids = (ulong*)(at + header.IdsAt);
        _rows = at + header.RowsAt;
        _overlay = overlay ?? new KeyedOverlay(Layout.Bytes, header.Stamp);
    }

    public KeyedLayout Layout { get; }

    /// <summary>The state of the table that lookups see.</summary>
    public uint Stamp => Volatile.Read(ref _overlay).Stamp;

    /// <summary>The checksum of the header, which holds those of all parts: says which file this is.</summary>
    public ulong Identity => _header.HeaderHash;

    /// <summary>Rows of the file, without deltas.</summary>
    public long FileRows => _header.Rows;

    /// <summary>Ids that deltas changed since the file was written; they are in memory.</summary>
    public int ChangedRows => Volatile.Read(ref _overlay).Count;

    /// <summary>Opens a file; its length, its header and its buckets are checked, the rest by <see cref="Verify"/>.</summary>
    public static KeyedRows Open(string path)
    {
        KeyedHeader header = ReadHeader(path);
        var rows = new KeyedRows(path, new KeyedMapping(path, header.FileBytes), header);
        if (rows.HashOf(KeyedHeader.StartsAt, header.StartsBytes) == header.StartsHash && rows._starts[1L << header.BucketBits] == header.Rows)
            return rows;
        rows.Dispose();
        throw Bad(path, "the checksum of its buckets does not match; it is damaged");
    }

    private static KeyedHeader ReadHeader(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        KeyedHeader header = default;
        Span<byte> bytes = MemoryMarshal.AsBytes(new Span<KeyedHeader>(ref header));
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length || header.Magic != KeyedHeader.MagicNumber)
            throw Bad(path, "it is no keyed file");
        if (header.FormatVersion != KeyedHeader.Version)
            throw Bad(path, $"it has version {header.FormatVersion}; this program reads version {KeyedHeader.Version}");
        if (header.HeaderHash != KeyedHeader.HashOf(in header))
            throw Bad(path, "the checksum of its header does not match; it is damaged");
        return stream.Length == header.FileBytes ? header : throw Bad(path, $"it has {stream.Length} bytes in place of {header.FileBytes}; it was cut short");
    }

    /// <summary>Reads the whole file and compares its checksums.</summary>
    public void Verify()
    {
        if (HashOf(_header.IdsAt, _header.Rows * sizeof(ulong)) != _header.IdsHash || HashOf(_header.RowsAt, _header.Rows * Layout.Bytes) != _header.RowsHash)
            throw Bad(_path, "the checksum of its rows does not match; it is damaged");
    }

    /// <summary>The ids of the file in the order of their hashes; without deltas.</summary>
    internal IEnumerable<ulong> Ids()
    {
        for (long row = 0; row < FileRows; row++)
            yield return IdAt(row);
    }

    private ulong IdAt(long row) => _ids[row];

    /// <summary>The length of all linear weights, and that of all factors, as the file has them.</summary>
    public (double Weights, double Factors) Norms()
    {
        float[] values = new float[Layout.Values];
        double weights = 0, factors = 0;
        for (long row = 0; row < FileRows; row++)
        {
            Layout.Unpack(_rows + row * Layout.Bytes, values);
            for (int i = 0; i < values.Length; i++)
            {
                double square = (double)values[i] * values[i];
                if (i == 0 && Layout.Linear)
                    weights += square;
                else
                    factors += square;
            }
        }
        return (Math.Sqrt(weights), Math.Sqrt(factors));
    }

    /// <summary>The values of an id: the linear weight if there is one, then the factors. False and zeros if it has no row.</summary>
    public bool Find(ulong id, Span<float> values) => Find(Volatile.Read(ref _overlay), id, IdHash.Of(id), values[..Layout.Values]);

    /// <summary>The values of many ids, all from one state, one after another; zeros where there is no row.</summary>
    /// <returns>How many have one.</returns>
    public int Find(ReadOnlySpan<ulong> ids, Span<float> values)
    {
        KeyedOverlay overlay = Volatile.Read(ref _overlay);
        ulong* hashes = stackalloc ulong[Block];
        int width = Layout.Values, found = 0;
        for (int from = 0; from < ids.Length; from += Block)
        {
            int count = Approach(ids[from..], hashes);
            for (int i = 0; i < count; i++)
                found += Find(overlay, ids[from + i], hashes[i], values.Slice((from + i) * width, width)) ? 1 : 0;
        }
        return found;
    }

    /// <summary>Copies the rows of ids, all from one state, as a table of the layout holds them: weight and factors, and nothing else.</summary>
    /// <param name="to">Where to, one row after another.</param>
    /// <param name="rows">Of each id, its copy, or <paramref name="absent"/>.</param>
    internal void Copy(ReadOnlySpan<ulong> ids, RowLayout layout, byte* to, Span<nint> rows, nint absent)
    {
        KeyedOverlay overlay = Volatile.Read(ref _overlay);
        ulong* hashes = stackalloc ulong[Block];
        for (int from = 0; from < ids.Length; from += Block)
        {
            int count = Approach(ids[from..], hashes);
            for (int i = from; i < from + count; i++, to += layout.Bytes)
            {
                int entry = overlay.Count == 0 ? KeyedOverlay.NotHere : overlay.Find(ids[i], hashes[i - from]);
                long at = entry == KeyedOverlay.NotHere ? InFile(ids[i], hashes[i - from]) : -1;
                rows[i] = entry >= 0 || at >= 0 ? (nint)to : absent;
                if (entry >= 0)
                {
                    fixed (byte* row = overlay.Row(entry))
                        Layout.Place(row, layout, to);
                }
                else if (at >= 0)
                {
                    Layout.Place(_rows + at * Layout.Bytes, layout, to);
                }
            }
        }
    }

    // Step by step for a block of ids, so that the waits for memory overlap. Returns how many there are.
    private int Approach(ReadOnlySpan<ulong> ids, ulong* hashes)
    {
        int count = Math.Min(Block, ids.Length);
        for (int i = 0; i < count; i++)
        {
            hashes[i] = IdHash.Of(ids[i]);
            if (Sse.IsSupported)
                Sse.Prefetch0(_starts + BucketOf(hashes[i]));
        }
        for (int i = 0; i < count && Sse.IsSupported; i++)
            Sse.Prefetch0(_ids + _starts[BucketOf(hashes[i])]);
        return count;
    }

    private bool Find(KeyedOverlay overlay, ulong id, ulong hash, Span<float> values)
    {
        int entry = overlay.Count == 0 ? KeyedOverlay.NotHere : overlay.Find(id, hash);
        if (entry >= 0)
        {
            fixed (byte* row = overlay.Row(entry))
                Layout.Unpack(row, values);
            return true;
        }
        long at = entry == KeyedOverlay.Gone ? -1 : InFile(id, hash);
        if (at < 0)
        {
            values.Clear();
            return false;
        }
        Layout.Unpack(_rows + at * Layout.Bytes, values);
        return true;
    }

    private long InFile(ulong id, ulong hash)
    {
        long bucket = BucketOf(hash), end = _starts[bucket + 1];
        for (long i = _starts[bucket]; i < end; i++)
        {
            if (_ids[i] == id)
                return i;
        }
        return -1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private long BucketOf(ulong hash) => (long)(hash >> 1 >> (63 - _header.BucketBits));

    /// <summary>
    /// Applies a delta, in memory and all at once: a damaged one changes nothing. A state that is newer already is no error,
    /// so that a delta may come twice.
    /// </summary>
    public void Apply(string path)
    {
        lock (_applying)
        {
            Volatile.Write(ref _overlay, Read(path));
        }
    }

    /// <summary>
    /// The rows with a delta, beside these, which stay as they are: both share the file, so that two versions of a model take the memory of one and
    /// what changed. Each is disposed of by itself.
    /// </summary>
    public KeyedRows With(string path)
    {
        KeyedOverlay next = Read(path);
        _mapping.Share();
        return new KeyedRows(_path, _mapping, _header, next);
    }

    private KeyedOverlay Read(string path)
    {
        KeyedOverlay now = Volatile.Read(ref _overlay);
        using var file = new BlockReader(path, KeyedFile.DeltaMagic);
        KeyedDeltaHeader header = file.Header<KeyedDeltaHeader>(KeyedDeltaHeader.CurrentVersion);
        var layout = new KeyedLayout(header.Dim, header.Precision, header.Linear);
        if (layout != Layout)
            throw file.Bad($"its rows are of {layout}, the model's of {Layout}");
        if (header.Stamp <= now.Stamp)
            return now;
        if (header.Since > now.Stamp)
            throw file.Bad($"it holds the changes after stamp {header.Since}, but the model is at {now.Stamp}; apply the delta between them first");
        KeyedOverlay next = now.Next(header.Stamp);
        while (file.Next(out int kind, out int recordBytes, out ReadOnlySpan<byte> payload))
        {
            if (kind == BlockKind.Rows ? recordBytes != sizeof(ulong) + layout.Bytes : kind != BlockKind.Tombstones || recordBytes != sizeof(ulong))
                throw file.Bad($"it has blocks of kind {kind} with records of {recordBytes} bytes");
            for (; payload.Length > 0; payload = payload[recordBytes..])
                next.Set(MemoryMarshal.Read<ulong>(payload), payload[sizeof(ulong)..recordBytes]);
        }
        return next;
    }

    private ulong HashOf(long at, long bytes)
    {
        const int Chunk = 1 << 24;
        var hash = new XxHash3();
        for (long done = 0; done < bytes; done += Chunk)
            hash.Append(new ReadOnlySpan<byte>(_at + at + done, (int)Math.Min(Chunk, bytes - done)));
        return hash.GetCurrentHashAsUInt64();
    }

    private static VlpsException Bad(string path, string why) =>
        new(VlpsProblem.BadFile, $"the rows in '{Path.GetFileName(path)}' cannot be read: {why}");

    public void Dispose() => _mapping.Release();
}
