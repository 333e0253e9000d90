using MLPlatform.Server.Code;

namespace MLPlatform.Cli.Code;

/// <summary>Code on this machine, as the API takes it.</summary>
internal static class CodeFiles
{
    // What other programs make beside code, and nobody wants to run.
    private static readonly HashSet<string> Skipped = new(StringComparer.Ordinal) { ".git", ".hg", ".svn", "__pycache__", ".venv", "node_modules", ".mlp", ".ipynb_checkpoints", ".DS_Store" };

    /// <summary>The files of a folder, by path; of one file, that file.</summary>
    /// <param name="links">Links, which are left out: what they point at may be anywhere.</param>
    public static List<CodeFile> Read(string folder, out List<string> links)
    {
        links = [];
        if (File.Exists(folder))
            return [Of(Path.GetFileName(folder), folder)];
        if (!Directory.Exists(folder))
            throw CliException.Usage("CLI-006", $"There is no file or folder '{folder}'.", $"The current folder is {Environment.CurrentDirectory}.");
        List<CodeFile> files = [];
        Add(new DirectoryInfo(folder), Path.GetFullPath(folder), files, links);
        return files;
    }

    /// <summary>Whether a folder is a repository without files beside it, as servers keep them.</summary>
    public static bool IsBareRepository(string folder) =>
        File.Exists(Path.Combine(folder, "HEAD")) && Directory.Exists(Path.Combine(folder, "objects")) && Directory.Exists(Path.Combine(folder, "refs"));

    public static CodeFile Of(string path, string file)
    {
        try
        {
            return new CodeFile(path, null, Convert.ToBase64String(File.ReadAllBytes(file)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage("CLI-006", $"'{file}' cannot be read: {e.Message}");
        }
    }

    private static void Add(DirectoryInfo folder, string root, List<CodeFile> files, List<string> links)
    {
        foreach (FileSystemInfo entry in folder.EnumerateFileSystemInfos().OrderBy(e => e.Name, StringComparer.Ordinal))
        {
            if (Skipped.Contains(entry.Name) || entry.Name.EndsWith(".pyc", StringComparison.Ordinal))
                continue;
            if (entry.LinkTarget is not null)
                links.Add(Path.GetRelativePath(root, entry.FullName));
            else if (entry is DirectoryInfo inner)
                Add(inner, root, files, links);
            else
                files.Add(Of(Path.GetRelativePath(root, entry.FullName).Replace('\\', '/'), entry.FullName));
        }
    }
}
