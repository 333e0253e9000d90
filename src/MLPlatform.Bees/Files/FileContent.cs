using System.IO.Hashing;
using MLPlatform.Bees.Hosts;

namespace MLPlatform.Bees.Files;

/// <summary>A file's content on disk, read at any place.</summary>
internal abstract class FileContent : IFileContent, IDisposable
{
    /// <summary>How much before a position proves that it is the same content.</summary>
    public const int AnchorBytes = 256;

    private Fingerprint? _head;

    /// <summary>Bytes there were at the last <see cref="Look"/>.</summary>
    public abstract long Length { get; }

    /// <summary>What the system says of the file that is open.</summary>
    public abstract FileStatus Look();

    /// <summary>Reads as much as fits or is there.</summary>
    public abstract int Read(Span<byte> to, long offset);

    public abstract void Dispose();

    /// <summary>The fingerprint as far as the file goes now.</summary>
    public Fingerprint Head()
    {
        if (_head is not null && _head.Length == Math.Min(Length, Fingerprint.Most))
            return _head;
        byte[] head = new byte[(int)Math.Min(Length, Fingerprint.Most)];
        return _head = Fingerprint.Of(head.AsSpan(0, Read(head, 0)));
    }

    /// <summary>The file has other content: what its beginning was says nothing any more.</summary>
    public void ForgetHead() => _head = null;

    public bool Bears(Mark mark)
    {
        if (mark.End > Length)
            return false;
        // Most questions are about the beginning, and by many files that are compared with this one.
        if (mark.End == mark.Length && Head().Marks.FirstOrDefault(m => m.Length == mark.Length) is { Length: > 0 } same)
            return same == mark;
        byte[] bytes = new byte[mark.Length];
        return Read(bytes, mark.End - mark.Length) == mark.Length && XxHash128.HashToUInt128(bytes) == mark.Hash;
    }
}
