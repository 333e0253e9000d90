using System.Buffers.Binary;
using System.IO.Compression;
using MLPlatform.Bees.Hosts;

namespace MLPlatform.Bees.Files;

/// <summary>What a gzip file unpacks to. Going on is cheap; going back unpacks from the start.</summary>
internal sealed class GzipContent : FileContent
{
    private readonly FileStream _file;
    private readonly byte[] _skipped = new byte[16 << 10];
    private GZipStream _unpacked;
    private long _at;
    private long _length;
    private FileStatus _status;

    private GzipContent(FileStream file)
    {
        _file = file;
        _unpacked = new GZipStream(file, CompressionMode.Decompress, leaveOpen: true);
        _status = FileStatus.Of(file.SafeFileHandle);
    }

    public override long Length => _length;

    /// <summary>Opens the file, or null where it is not whole: still being written, or damaged.</summary>
    /// <param name="length">What it unpacks to, where that is known from before.</param>
    public static GzipContent? Open(string path, long? length)
    {
        GzipContent content = new(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 32 << 10));
        if (length is not null)
        {
            content._length = length.Value;
            return content;
        }
        if (content.Measure())
            return content;
        content.Dispose();
        return null;
    }

    public override FileStatus Look() => _status = FileStatus.Of(_file.SafeFileHandle) with { Size = _length };

    public override int Read(Span<byte> to, long offset)
    {
        if (offset < _at)
            Rewind();
        while (_at < offset)
        {
            int skipped = _unpacked.Read(_skipped.AsSpan(0, (int)Math.Min(_skipped.Length, offset - _at)));
            if (skipped == 0)
                return 0;
            _at += skipped;
        }
        int read = _unpacked.ReadAtLeast(to, to.Length, throwOnEndOfStream: false);
        _at += read;
        return read;
    }

    public override void Dispose()
    {
        _unpacked.Dispose();
        _file.Dispose();
    }

    private void Rewind()
    {
        _unpacked.Dispose();
        _file.Position = 0;
        _unpacked = new GZipStream(_file, CompressionMode.Decompress, leaveOpen: true);
        _at = 0;
    }

    // The last four bytes of a whole file say how much the last member unpacks to; nearly always there is one.
    private bool Measure()
    {
        try
        {
            while (_unpacked.Read(_skipped) is > 0 and int read)
                _at += read;
        }
        catch (InvalidDataException)
        {
            return false;
        }
        _length = _at;
        Span<byte> size = stackalloc byte[4];
        return _status.Size >= 18
            && RandomAccess.Read(_file.SafeFileHandle, size, _status.Size - 4) == 4
            && BinaryPrimitives.ReadUInt32LittleEndian(size) <= _length;
    }
}
