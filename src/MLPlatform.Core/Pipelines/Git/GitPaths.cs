namespace MLPlatform.Core.Pipelines.Git;

/// <summary>Which files of a repository are pipelines, and where their layouts lie.</summary>
public static class GitPaths
{
    public const string LayoutEnding = ".layout.json";
    private const string Ending = ".json";

    /// <summary>Whether a file is a pipeline's by its name: <c>*.json</c> in the folder itself, except schemas and layouts.</summary>
    /// <param name="folder">Relative to the repository; empty for its root.</param>
    public static bool IsPipeline(string path, string folder) =>
        FolderOf(path) == folder.Trim('/') && path.EndsWith(Ending, StringComparison.Ordinal) && path.Length > path.LastIndexOf('/') + 1 + Ending.Length
        && !path.EndsWith(LayoutEnding, StringComparison.Ordinal) && !path.EndsWith(".schema.json", StringComparison.Ordinal);

    /// <summary>The layout beside a pipeline file.</summary>
    public static string LayoutOf(string pipeline) => pipeline[..^Ending.Length] + LayoutEnding;

    /// <summary>The pipeline file that a changed file belongs to, or null.</summary>
    public static string? PipelineOf(string path, string folder) =>
        IsPipeline(path, folder) ? path
        : path.EndsWith(LayoutEnding, StringComparison.Ordinal) && FolderOf(path) == folder.Trim('/') ? path[..^LayoutEnding.Length] + Ending
        : null;

    public static string Join(string folder, string file) => folder.Trim('/') is { Length: > 0 } within ? $"{within}/{file}" : file;

    /// <summary>Whether a path may be written to by somebody who is not trusted: a plain name in the folder.</summary>
    public static bool IsWritable(string path, string folder) => IsPipeline(path, folder)
        && path.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '_' or '-') && !path.Split('/').Any(p => p.Length == 0 || p[0] is '.' or '-');

    private static string FolderOf(string path) => path.LastIndexOf('/') is > 0 and int at ? path[..at] : "";
}
