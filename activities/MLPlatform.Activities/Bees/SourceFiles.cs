using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Activities.Bees;

/// <param name="Path">Where the file lies.</param>
/// <param name="Name">The path below the folder or glob it was found by, with forward slashes: what tables and messages say.</param>
internal sealed record SourceFile(string Path, string Name, long Bytes)
{
    /// <summary>What lineage calls it: the full path, or the artifact and the name in it, or the source and the channel.</summary>
    public string LineageName { get; init; } = Path;

    /// <summary>The batches that make it up, where it is a channel of a registered source (the path then is the channel); null for a file.</summary>
    public IReadOnlyList<LandedPart>? Landed { get; init; }

    /// <summary>The channel's position behind the last of them.</summary>
    public long LandedTo { get; init; }
}

/// <summary>Finds the files that a source names: a file, a folder (all files below it) or a glob.</summary>
internal static class SourceFiles
{
    /// <summary>The files of all sources, in the order of the sources and by name within each.</summary>
    /// <param name="wanted">Whether a file found in a folder is of the format asked for; a file named outright or by a glob always is.</param>
    /// <param name="skipped">Names of the files in folders that were not wanted.</param>
    public static IReadOnlyList<SourceFile> Find(IEnumerable<string> sources, Func<string, bool> wanted, List<string> skipped)
    {
        List<SourceFile> found = [];
        foreach (string source in sources)
        {
            if (source.StartsWith("source:", StringComparison.Ordinal))
                throw DataErrors.Bad("DATA-003", $"The registered source '{source["source:".Length..]}' cannot stand among more. Name it as the source; more holds files, folders and globs.");
            if (string.IsNullOrWhiteSpace(source))
                throw DataErrors.Bad("DATA-001", "The source is empty. Name a file, a folder or a glob.");
            found.AddRange(One(Path.GetFullPath(source), source, wanted, skipped));
        }
        return found;
    }

    private static List<SourceFile> One(string full, string source, Func<string, bool> wanted, List<string> skipped)
    {
        if (File.Exists(full))
            return [Describe(full, Path.GetDirectoryName(full)!)];
        if (Directory.Exists(full))
        {
            ILookup<bool, SourceFile> files = Below(full).ToLookup(f => wanted(f.Name));
            skipped.AddRange(files[false].Select(f => f.Name));
            return files[true].Any()
                ? [.. files[true]]
                : throw DataErrors.Bad("DATA-002", $"The folder '{source}' holds no file of this format. It holds {Held(files[false])}.");
        }
        if (FileGlob.Parse(source) is not { } glob)
            throw NotFound(full, source);

        string root = Path.GetFullPath(glob.Folder.Length == 0 ? "." : glob.Folder);
        if (!Directory.Exists(root))
            throw NotFound(root, source);
        List<SourceFile> matches = [.. Below(root, glob.Deep).Where(f => glob.Matches(f.Name))];
        return matches.Count > 0
            ? matches
            : throw DataErrors.Bad("DATA-002", $"No file matches '{source}'. The folder '{root}' holds {Held(Below(root, glob.Deep))}.");
    }

    private static List<SourceFile> Below(string folder, bool deep = true) =>
        [.. Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = deep, MaxRecursionDepth = 16 })
            .Select(f => Describe(f, folder))
            .Where(f => !f.Name.Split('/').Any(part => part.StartsWith('_')))
            .OrderBy(f => f.Name, StringComparer.Ordinal)];

    private static SourceFile Describe(string path, string root) =>
        new(path, Path.GetRelativePath(root, path).Replace('\\', '/'), new FileInfo(path).Length);

    private static string Held(IEnumerable<SourceFile> files) =>
        files.Any() ? DataErrors.Some(files.Select(f => f.Name), 5) : "no files";

    private static ActivityException NotFound(string full, string source)
    {
        // The first part of the path that is not there is the one to correct.
        string missing = full;
        while (Path.GetDirectoryName(missing) is { } parent && !Directory.Exists(parent))
            missing = parent;
        string? folder = Path.GetDirectoryName(missing);
        if (File.Exists(missing))
            return DataErrors.Bad("DATA-001", $"The source '{source}' does not exist: '{missing}' is a file, not a folder.");
        IEnumerable<string> near = folder is null ? [] : Directory.EnumerateFileSystemEntries(folder).Select(e => Path.GetFileName(e));
        return DataErrors.Bad("DATA-001",
            $"The source '{source}' does not exist: there is no '{Path.GetFileName(missing)}' in '{folder}'."
            + DataErrors.DidYouMean(Path.GetFileName(missing), near));
    }
}
