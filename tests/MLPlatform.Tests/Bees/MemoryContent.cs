using System.Text;
using MLPlatform.Bees.Files;

namespace MLPlatform.Tests.Bees;

/// <summary>A file that is only thought of.</summary>
internal sealed class MemoryContent(string text) : IFileContent
{
    private readonly byte[] _bytes = Encoding.UTF8.GetBytes(text);

    public long Length => _bytes.Length;

    public bool Bears(Mark mark) => mark.End <= _bytes.Length && Mark.Of(_bytes.AsSpan((int)mark.End - mark.Length, mark.Length), mark.End) == mark;

    /// <summary>What is known of a file with this content of which so much was delivered.</summary>
    public static KnownFile Known(string channel, ulong inode, string text, int position, string? path = null)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        int anchor = Math.Min(position, 256);
        return new KnownFile
        {
            Channel = channel,
            Source = "app",
            Key = new FileKey(1, inode),
            Path = path ?? $"/logs/{channel}",
            Position = position,
            Anchor = Mark.Of(bytes.AsSpan(position - anchor, anchor), position),
            Fingerprint = Fingerprint.Of(bytes),
            Size = bytes.Length,
        };
    }

    public static Sighting Seen(string path, ulong inode, string text, double unchanged = 60, bool wanted = true, bool compressed = false) =>
        new(path, new FileKey(1, inode), new MemoryContent(text), wanted, TimeSpan.FromSeconds(unchanged), compressed);
}
