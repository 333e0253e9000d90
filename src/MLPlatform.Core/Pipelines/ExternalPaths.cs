using System.Text.RegularExpressions;

namespace MLPlatform.Core.Pipelines;

/// <summary>
/// What a relative path is relative to: the caller's working folder where a caller gave it, the pipeline file's folder
/// where the file says it. Pure text: nothing is looked up on disk.
/// </summary>
public static partial class ExternalPaths
{
    /// <summary>
    /// The absolute form of <paramref name="path"/>. Left alone: the empty string, absolute paths, anything that starts with
    /// a scheme (<c>source:</c>, <c>https:</c>) or an expression, and everything where there is no folder.
    /// </summary>
    /// <param name="path">A path, folder or glob; it may hold expressions after its start.</param>
    /// <param name="folder">An absolute folder, or null.</param>
    public static string Resolve(string path, string? folder)
    {
        if (!IsRelative(path) || folder is null)
            return path;
        int expression = path.IndexOf("${{", StringComparison.Ordinal);
        if (expression < 0)
            return Path.GetFullPath(path, folder);

        // Only the part before the expression is known; dots after it are the file system's business.
        int cut = path.LastIndexOf('/', expression) + 1;
        string start = Path.GetFullPath(cut == 0 ? "." : path[..cut], folder);
        return start.TrimEnd('/') + "/" + path[cut..];
    }

    /// <summary>Whether the path needs a folder to mean something.</summary>
    public static bool IsRelative(string path) =>
        path.Length > 0 && path[0] != '/' && !path.StartsWith("${{", StringComparison.Ordinal)
        && !Scheme.IsMatch(path) && !Path.IsPathRooted(path);

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9+.-]+:")]
    private static partial Regex Scheme { get; }
}
