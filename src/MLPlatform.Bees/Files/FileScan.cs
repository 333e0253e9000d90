using MLPlatform.Bees.Hosts;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Bees.Files;

/// <summary>What one look around in the folders of a source found.</summary>
/// <param name="Folders">Where changes may bring something new.</param>
/// <param name="Blocked">Folders that cannot be read now: nothing is known of what is in them.</param>
internal sealed record ScanResult(IReadOnlyList<(string Path, FileStatus Status)> Wanted, IReadOnlyList<string> BlockedPaths, IReadOnlyCollection<string> Folders, IReadOnlyCollection<string> Blocked);

/// <summary>Looks for the files that a source asks for.</summary>
internal sealed class FileScan
{
    private readonly IReadOnlyList<(string Folder, FileGlob? Glob, string Path)> _paths;
    private readonly IReadOnlyList<(FileGlob? Glob, string Path)> _excluded;

    public FileScan(IReadOnlyList<string> paths, IReadOnlyList<string> exclude)
    {
        _paths = [.. paths.Select(p => FileGlob.Parse(p) is { } glob ? (glob.Folder, glob, p) : (Path.GetDirectoryName(p)!, null, p))];
        _excluded = [.. exclude.Select(p => (FileGlob.Parse(p), p))];
    }

    public ScanResult Look()
    {
        List<(string, FileStatus)> wanted = [];
        List<string> blockedPaths = [];
        HashSet<string> folders = new(StringComparer.Ordinal), blocked = new(StringComparer.Ordinal), seen = new(StringComparer.Ordinal);
        foreach ((string folder, FileGlob? glob, string path) in _paths)
        {
            folders.Add(Path.TrimEndingDirectorySeparator(folder));
            IEnumerable<string> found = glob is null ? [path] : Find(folder, folder, glob, folders, blocked);
            foreach (string file in found.Where(f => seen.Add(f) && !IsExcluded(f)))
            {
                try
                {
                    if (FileStatus.Of(file) is { IsRegular: true } status)
                        wanted.Add((file, status));
                }
                catch (UnauthorizedAccessException)
                {
                    blockedPaths.Add(file);
                }
            }
        }
        return new ScanResult(wanted, blockedPaths, folders, blocked);
    }

    /// <summary>Every file in the folders by its key: one that was moved there keeps its own.</summary>
    public static IEnumerable<(string Path, FileStatus Status)> Everything(IEnumerable<string> folders)
    {
        foreach (string file in folders.SelectMany(f => List(f, [], Directory.EnumerateFiles)))
        {
            FileStatus? status = null;
            try
            {
                status = FileStatus.Of(file);
            }
            catch (UnauthorizedAccessException)
            {
                // It is not wanted by name, and what it is cannot be told.
            }
            if (status is { IsRegular: true })
                yield return (file, status.Value);
        }
    }

    private static IEnumerable<string> Find(string root, string folder, FileGlob glob, HashSet<string> folders, HashSet<string> blocked)
    {
        foreach (string file in List(folder, blocked, Directory.EnumerateFiles))
        {
            if (glob.Matches(Path.GetRelativePath(root, file)))
                yield return file;
        }
        if (!glob.Deep)
            yield break;
        foreach (string child in List(folder, blocked, Directory.EnumerateDirectories).Where(c => new DirectoryInfo(c).LinkTarget is null)) // A link may lead in a circle.
        {
            folders.Add(child);
            foreach (string file in Find(root, child, glob, folders, blocked))
                yield return file;
        }
    }

    private static IReadOnlyList<string> List(string folder, HashSet<string> blocked, Func<string, IEnumerable<string>> list)
    {
        try
        {
            return [.. list(folder)];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            blocked.Add(Path.TrimEndingDirectorySeparator(folder));
            return [];
        }
    }

    private bool IsExcluded(string file) => _excluded.Any(e =>
        e.Glob is null ? e.Path == file : file.StartsWith(e.Glob.Folder, StringComparison.Ordinal) && e.Glob.Matches(file[e.Glob.Folder.Length..]));
}
