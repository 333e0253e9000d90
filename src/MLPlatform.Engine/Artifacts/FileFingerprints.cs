using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Engine.Artifacts;

/// <summary>Hashes the content of files outside the artifact store: a file, a folder, or a glob.</summary>
public sealed class FileFingerprints
{
    private readonly ConcurrentDictionary<string, (long Length, DateTime Written, string Hash)> _known = new(StringComparer.Ordinal);

    /// <summary>A text that changes with the content of what the path names, and says so where there is nothing.</summary>
    public async Task<string> OfAsync(string path, CancellationToken cancel)
    {
        StringBuilder all = new();
        string root = Directory.Exists(path) ? path : FileGlob.Parse(path)?.Folder ?? Path.GetDirectoryName(path) ?? "";
        foreach (string file in Expand(path))
        {
            string hash = await HashAsync(file, cancel).ConfigureAwait(false);
            all.Append(Path.GetRelativePath(root, file)).Append(' ').Append(hash).Append('\n');
        }
        return all.Length == 0 ? "nothing at " + path : all.ToString();
    }

    private static IEnumerable<string> Expand(string path)
    {
        if (File.Exists(path))
            return [path];
        if (Directory.Exists(path))
            return Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal);
        return FileGlob.Parse(path) is { } glob && Directory.Exists(glob.Folder)
            ? Directory.EnumerateFiles(glob.Folder, "*", glob.Deep ? SearchOption.AllDirectories : SearchOption.TopDirectoryOnly)
                .Where(f => glob.Matches(Path.GetRelativePath(glob.Folder, f).Replace('\\', '/'))).Order(StringComparer.Ordinal)
            : [];
    }

    // Length and time of the last write stand for the content, as they do for make; a file being written changes both.
    private async Task<string> HashAsync(string file, CancellationToken cancel)
    {
        FileInfo info = new(file);
        if (_known.TryGetValue(file, out (long Length, DateTime Written, string Hash) known)
            && known.Length == info.Length && known.Written == info.LastWriteTimeUtc)
            return known.Hash;
        await using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 16, FileOptions.SequentialScan);
        byte[] hash = await SHA256.HashDataAsync(stream, cancel).ConfigureAwait(false);
        string text = string.Create(CultureInfo.InvariantCulture, $"{info.Length}:{Convert.ToHexStringLower(hash)}");
        _known[file] = (info.Length, info.LastWriteTimeUtc, text);
        return text;
    }
}
