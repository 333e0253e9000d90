using System.Text.Json;
using MLPlatform.Core.Plans;

namespace MLPlatform.Engine.Plans;

/// <summary>Finds out where code is from, by reading a repository's own files: no program is run, and hooks have no say.</summary>
public static class GitCode
{
    private const int LongestFile = 4 << 20;

    /// <summary>The plan with the places that the pipeline and its scripts are from.</summary>
    public static RunPlan Located(RunPlan plan, string? folder)
    {
        Dictionary<string, CodeLocation?> known = new(StringComparer.Ordinal);
        CodeLocation? Of(string path) => known.TryGetValue(path, out CodeLocation? found) ? found : known[path] = Find(path);
        return plan with
        {
            Code = folder is null ? null : Of(folder),
            Nodes = plan.Nodes.Any(n => CodeOf(n) is not null) ? [.. plan.Nodes.Select(n => CodeOf(n) is { } code ? n with { Code = Of(code) } : n)] : plan.Nodes,
        };
    }

    /// <summary>Where a file or folder is from; null where it is in no repository, or in one that cannot be read.</summary>
    public static CodeLocation? Find(string path)
    {
        try
        {
            for (DirectoryInfo? at = new(Directory.Exists(path) ? path : Path.GetDirectoryName(path) ?? path); at is not null; at = at.Parent)
            {
                string git = Path.Combine(at.FullName, ".git");
                if (Directory.Exists(git) || File.Exists(git))
                    return Read(GitFolder(git), Path.GetRelativePath(at.FullName, path));
            }
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return null; // It is told for people's sake; no run fails for it.
        }
        return null;
    }

    private static string? CodeOf(PlannedNode node) =>
        node.Inputs.ValueKind == JsonValueKind.Object && node.Inputs.TryGetProperty("code", out JsonElement code) && code.ValueKind == JsonValueKind.Array
        && code.EnumerateArray().FirstOrDefault() is { ValueKind: JsonValueKind.String } first && Path.IsPathRooted(first.GetString())
        && !first.GetString()!.Contains("${{", StringComparison.Ordinal) ? first.GetString() : null;

    // A worktree or submodule has a file that names its folder.
    private static string GitFolder(string git) => Directory.Exists(git) ? git
        : Path.GetFullPath(Line(git)["gitdir:".Length..].Trim(), Path.GetDirectoryName(git)!);

    private static CodeLocation? Read(string git, string path)
    {
        string shared = File.Exists(Path.Combine(git, "commondir")) ? Path.GetFullPath(Line(Path.Combine(git, "commondir")), git) : git;
        string head = Line(Path.Combine(git, "HEAD"));
        string? reference = head.StartsWith("ref:", StringComparison.Ordinal) ? head["ref:".Length..].Trim() : null;
        string? commit = reference is null ? head : Resolve(git, shared, reference);
        string inside = path.Replace('\\', '/');
        return commit is { Length: 40 or 64 } && commit.All(char.IsAsciiHexDigit)
            ? new CodeLocation(Origin(Path.Combine(shared, "config")), inside == "." ? "" : inside, commit,
                reference?.StartsWith("refs/heads/", StringComparison.Ordinal) == true ? reference["refs/heads/".Length..] : null)
            : null; // Nothing was committed yet.
    }

    private static string? Resolve(string git, string shared, string reference)
    {
        if (reference.Contains("..", StringComparison.Ordinal) || Path.IsPathRooted(reference))
            return null;
        foreach (string folder in (string[])[git, shared])
        {
            if (File.Exists(Path.Combine(folder, reference)))
                return Line(Path.Combine(folder, reference));
        }
        return Lines(Path.Combine(shared, "packed-refs")).FirstOrDefault(l => l.EndsWith(" " + reference, StringComparison.Ordinal))?.Split(' ')[0];
    }

    private static string? Origin(string config)
    {
        bool inside = false;
        foreach (string line in Lines(config).Select(l => l.Trim()))
        {
            if (line.StartsWith('['))
                inside = line == "[remote \"origin\"]";
            else if (inside && line.Split('=', 2) is [var key, var value] && key.Trim() == "url")
                return WithoutCredentials(value.Trim());
        }
        return null;
    }

    private static string WithoutCredentials(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) && uri.UserInfo.Length > 0 && uri.Scheme is "http" or "https"
            ? new UriBuilder(uri) { UserName = "", Password = "" }.Uri.ToString() : url;

    private static string Line(string file) => Lines(file).FirstOrDefault()?.Trim() ?? "";

    private static IEnumerable<string> Lines(string file) => new FileInfo(file) is { Exists: true, Length: <= LongestFile } ? File.ReadLines(file) : [];
}
