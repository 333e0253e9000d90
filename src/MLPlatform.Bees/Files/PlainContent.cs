using Microsoft.Win32.SafeHandles;
using MLPlatform.Bees.Hosts;

namespace MLPlatform.Bees.Files;

/// <summary>A file as it is.</summary>
internal sealed class PlainContent : FileContent
{
    private readonly SafeFileHandle _file;
    private FileStatus _status;

    private PlainContent(SafeFileHandle file) => (_file, _status) = (file, FileStatus.Of(file));

    public override long Length => _status.Size;

    /// <exception cref="IOException">It cannot be opened.</exception>
    public static PlainContent Open(string path) =>
        new(File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));

    public override FileStatus Look()
    {
        FileStatus now = FileStatus.Of(_file);
        if (now.Size < _status.Size)
            ForgetHead();
        return _status = now;
    }

    public override int Read(Span<byte> to, long offset)
    {
        int read = 0;
        while (read < to.Length && RandomAccess.Read(_file, to[read..], offset + read) is > 0 and int more)
            read += more;
        return read;
    }

    public override void Dispose() => _file.Dispose();
}
