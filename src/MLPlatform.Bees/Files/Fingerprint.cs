using System.IO.Hashing;

namespace MLPlatform.Bees.Files;

/// <summary>A hash with what it is a hash of: so many bytes before the position <paramref name="End"/>.</summary>
public readonly record struct Mark(long End, int Length, UInt128 Hash)
{
    /// <summary>The mark of nothing; every content bears it.</summary>
    public static Mark None { get; } = new(0, 0, XxHash128.HashToUInt128([]));

    public static Mark Of(ReadOnlySpan<byte> bytes, long end) => new(end, bytes.Length, XxHash128.HashToUInt128(bytes));
}

/// <summary>
/// What the beginning of a file looks like: hashes of its first 16, 64, 256, 1024 and 4096 bytes, as far as it goes, and of
/// all there is below that. It grows with the file, so that the shortest file has one and a long common header is seen past.
/// </summary>
/// <param name="Marks">Shortest first; none for an empty file.</param>
public sealed record Fingerprint(IReadOnlyList<Mark> Marks)
{
    /// <summary>How much of a file it covers at most.</summary>
    public const int Most = 4096;

    private static readonly int[] Steps = [16, 64, 256, 1024, Most];

    public static Fingerprint Empty { get; } = new([]);

    /// <summary>Bytes covered.</summary>
    public int Length => Marks.Count == 0 ? 0 : Marks[^1].Length;

    /// <summary>How long a fingerprint must be to tell a file of which so much is delivered from others: the step below that.</summary>
    public static int Telling(long position)
    {
        int needed = 0;
        foreach (int step in Steps)
        {
            if (step <= position)
                needed = step;
        }
        return needed;
    }

    /// <param name="head">The first bytes of a file; those past <see cref="Most"/> do not count.</param>
    public static Fingerprint Of(ReadOnlySpan<byte> head)
    {
        head = head[..Math.Min(head.Length, Most)];
        List<Mark> marks = [];
        foreach (int step in Steps)
        {
            if (step <= head.Length)
                marks.Add(Mark.Of(head[..step], step));
        }
        if (head.Length > 0 && (marks.Count == 0 || marks[^1].Length < head.Length))
            marks.Add(Mark.Of(head, head.Length));
        return new Fingerprint(marks);
    }

    /// <summary>The longest mark that a file of this length can bear, or null where all are longer.</summary>
    public Mark? Longest(long length)
    {
        for (int i = Marks.Count - 1; i >= 0; i--)
        {
            if (Marks[i].Length <= length)
                return Marks[i];
        }
        return null;
    }
}
