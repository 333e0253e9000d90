using System.Text.RegularExpressions;

namespace MLPlatform.Core.Pipelines;

/// <summary>
/// A path with wildcards: <c>*</c> and <c>?</c> stay within a folder, <c>**</c> does not, <c>{a,b}</c> is a choice. Pure text:
/// whoever reads files and whoever fingerprints them for the cache must agree on which files a glob names.
/// </summary>
public sealed class FileGlob
{
    private readonly Regex _pattern;

    private FileGlob(string folder, string pattern)
    {
        Folder = folder;
        Deep = pattern.Contains('/') || pattern.Contains("**", StringComparison.Ordinal);
        string text = Regex.Escape(pattern)
            .Replace(@"\*\*/", "(.*/)?", StringComparison.Ordinal).Replace(@"\*\*", ".*", StringComparison.Ordinal)
            .Replace(@"\*", "[^/]*", StringComparison.Ordinal).Replace(@"\?", "[^/]", StringComparison.Ordinal);
        text = Regex.Replace(text, @"\\\{([^}]*)}", m => "(" + m.Groups[1].Value.Replace(',', '|') + ")");
        _pattern = new Regex($"^{text}$", RegexOptions.CultureInvariant);
    }

    /// <summary>The folder that all matches lie in or below; empty where the path begins with a wildcard.</summary>
    public string Folder { get; }

    /// <summary>Whether matches may lie in folders below <see cref="Folder"/>.</summary>
    public bool Deep { get; }

    /// <summary>The glob, or null where the path has no wildcard.</summary>
    public static FileGlob? Parse(string path)
    {
        int wild = path.AsSpan().IndexOfAny("*?{");
        if (wild < 0)
            return null;
        int cut = path.LastIndexOf('/', wild) + 1;
        return new FileGlob(path[..cut], path[cut..]);
    }

    /// <param name="relative">A file's path below <see cref="Folder"/>, with forward slashes.</param>
    public bool Matches(string relative) => _pattern.IsMatch(relative);
}
