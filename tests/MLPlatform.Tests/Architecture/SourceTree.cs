namespace MLPlatform.Tests.Architecture;

/// <summary>The repository's own source files, as its rules see them.</summary>
internal static class SourceTree
{
    private static readonly string[] Roots = ["src", "activities", "tests"];
    private static readonly string[] Skipped = ["bin", "obj", "node_modules", "Migrations"];

    /// <summary>Hand-written C# files, relative to the root with forward slashes.</summary>
    public static IReadOnlyList<string> Files { get; } =
        [.. Roots.SelectMany(root => Walk(Path.Combine(RepositoryFiles.Root, root))).Order(StringComparer.Ordinal)];

    /// <summary>Files of the product, tests aside.</summary>
    public static IEnumerable<string> Production => Files.Where(f => !f.StartsWith("tests/", StringComparison.Ordinal));

    /// <summary>Python that the product brings along, absolute.</summary>
    public static IEnumerable<string> Programs => Roots.Where(r => r != "tests").SelectMany(root => Walk(Path.Combine(RepositoryFiles.Root, root), "*.py")).Select(f => Path.Combine(RepositoryFiles.Root, f));

    /// <summary>Project files by project name.</summary>
    public static IReadOnlyDictionary<string, string> Projects { get; } =
        Roots.SelectMany(root => Directory.EnumerateFiles(Path.Combine(RepositoryFiles.Root, root), "*.csproj", SearchOption.AllDirectories))
            .ToDictionary(f => Path.GetFileNameWithoutExtension(f), f => f);

    public static string Read(string file) => File.ReadAllText(Path.Combine(RepositoryFiles.Root, file));

    /// <summary>The file's lines without those that are comments alone.</summary>
    public static IEnumerable<string> Code(string file) =>
        File.ReadLines(Path.Combine(RepositoryFiles.Root, file)).Where(line => !line.AsSpan().TrimStart().StartsWith("//"));

    private static IEnumerable<string> Walk(string folder, string pattern = "*.cs")
    {
        foreach (string file in Directory.EnumerateFiles(folder, pattern))
            yield return Path.GetRelativePath(RepositoryFiles.Root, file).Replace('\\', '/');
        foreach (string child in Directory.EnumerateDirectories(folder).Where(c => !Skipped.Contains(Path.GetFileName(c))))
            foreach (string file in Walk(child, pattern))
                yield return file;
    }
}
