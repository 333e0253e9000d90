using System.IO.Compression;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;

namespace MLPlatform.Activities.Bees;

/// <summary>Opens a source file, decompressed if it is gzip, and refuses what is not what its name says.</summary>
internal sealed class SourceStream : Stream
{
    private static readonly byte[] EndMark = "end of the file, unharmed"u8.ToArray();

    private static readonly (string What, byte[] Start)[] Signatures =
    [
        ("a PNG image", [0x89, (byte)'P', (byte)'N', (byte)'G']), ("a JPEG image", [0xFF, 0xD8, 0xFF]),
        ("a ZIP archive or an Office document", [(byte)'P', (byte)'K', 3, 4]), ("a PDF document", "%PDF"u8.ToArray()),
        ("a Parquet file", "PAR1"u8.ToArray()), ("gzip", [0x1F, 0x8B]), ("a Zstandard file", [0x28, 0xB5, 0x2F, 0xFD]),
        ("a bzip2 file", "BZh9"u8.ToArray()), ("an xz file", [0xFD, (byte)'7', (byte)'z', (byte)'X']),
        ("text in UTF-16 (save it as UTF-8)", [0xFF, 0xFE]), ("text in UTF-16 (save it as UTF-8)", [0xFE, 0xFF]),
        ("a SQLite database", "SQLite format 3"u8.ToArray()), ("a program", [0x7F, (byte)'E', (byte)'L', (byte)'F']),
    ];

    private readonly Stream _file;
    private readonly Stream _content;
    private readonly SourceFile _source;
    private readonly bool _compressed;
    private readonly byte[] _held = new byte[64 << 10];
    private int _start;
    private int _end;
    private bool _ended;

    private SourceStream(SourceFile source)
    {
        _source = source;
        if (source.Landed is { } parts)
        {
            _file = _content = Landed = new LandedStream(parts);
            return;
        }
        _file = new FileStream(source.Path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        byte[] start = new byte[2];
        int read = _file.ReadAtLeast(start, 2, throwOnEndOfStream: false);
        _file.Position = 0;
        _compressed = read == 2 && start[0] == 0x1F && start[1] == 0x8B;
        _content = _compressed ? new GZipStream(new MarkedStream(_file, Mark()), CompressionMode.Decompress) : _file;
    }

    /// <summary>Opens a text file; its first bytes must look like text.</summary>
    public static SourceStream OpenText(SourceFile source)
    {
        SourceStream stream = Open(source);
        ReadOnlySpan<byte> head = stream._held.AsSpan(0, stream._end);
        if (LooksLike(head) is { } what)
        {
            stream.Dispose();
            throw NotWhatItSays(source, $"it is not text: it looks like {what}");
        }
        return stream;
    }

    /// <summary>Opens a file of any kind.</summary>
    public static SourceStream Open(SourceFile source)
    {
        SourceStream stream = new(source);
        try
        {
            if (source.Landed is null && !stream._compressed && source.Name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase))
            {
                byte[] head = new byte[512];
                int read = stream._file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
                throw NotWhatItSays(source, read == 0 ? "it is named .gz but is empty" : $"it is named .gz but is {LooksLike(head.AsSpan(0, read)) ?? "plain text"}");
            }
            stream.Hold();
            if (stream._ended && stream._compressed)
                stream.CheckMark();
            return stream;
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Says where records came from, where they are of a registered source.</summary>
    public LandedStream? Landed { get; }

    /// <summary>Bytes read of the file as it lies on disk.</summary>
    public long FilePosition => _file.Position;

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override int Read(Span<byte> buffer)
    {
        // The last bytes of a compressed file are the end mark, so that many are always held back.
        int keep = _compressed ? EndMark.Length : 0;
        if (_end - _start <= keep && !_ended)
            Hold();
        if (_ended && _compressed)
            CheckMark();
        int count = Math.Min(buffer.Length, _end - _start - keep);
        if (count <= 0)
            return 0;
        _held.AsSpan(_start, count).CopyTo(buffer);
        _start += count;
        return count;
    }

    private void Hold()
    {
        _held.AsSpan(_start, _end - _start).CopyTo(_held);
        (_start, _end) = (0, _end - _start);
        try
        {
            while (_end < _held.Length && !_ended)
            {
                int read = _content.Read(_held, _end, _held.Length - _end);
                _end += read;
                _ended = read == 0;
            }
        }
        catch (InvalidDataException problem)
        {
            throw Damaged(problem);
        }
    }

    private void CheckMark()
    {
        if (!_held.AsSpan(0, _end).EndsWith(EndMark))
            throw Damaged(null);
    }

    private ActivityException Damaged(Exception? inner) => DataErrors.Bad("DATA-005",
        $"The compressed file '{_source.Name}' is damaged: it is cut short, or its bytes were changed. Fetch it again.", inner);

    private static ActivityException NotWhatItSays(SourceFile source, string why) =>
        DataErrors.Bad("DATA-004", $"The file '{source.Name}' is not what its name or format says: {why}.");

    private static string? LooksLike(ReadOnlySpan<byte> head)
    {
        foreach ((string what, byte[] start) in Signatures)
        {
            if (head.StartsWith(start))
                return what;
        }
        int strange = 0;
        foreach (byte b in head)
            strange += b < 0x20 && b is not ((byte)'\t' or (byte)'\n' or (byte)'\r' or 0x0C or 0x1B) ? 1 : 0;
        return strange * 10 > head.Length ? "binary data" : null;
    }

    private static byte[] Mark()
    {
        using MemoryStream mark = new();
        using (GZipStream gzip = new(mark, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(EndMark);
        return mark.ToArray();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _content.Dispose();
            _file.Dispose();
        }
        base.Dispose(disposing);
    }

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
    public override void Flush() { }
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>
    /// The file followed by a gzip member with known text. The decoder takes an input that ends too early for a
    /// clean end; it only gets to the mark where every member before it is whole.
    /// </summary>
    private sealed class MarkedStream(Stream file, byte[] mark) : Stream
    {
        private int _marked;

        public override int Read(byte[] buffer, int offset, int count)
        {
            int read = file.Read(buffer, offset, count);
            if (read > 0)
                return read;
            read = Math.Min(count, mark.Length - _marked);
            mark.AsSpan(_marked, read).CopyTo(buffer.AsSpan(offset));
            _marked += read;
            return read;
        }

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
