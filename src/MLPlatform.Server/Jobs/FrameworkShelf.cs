using System.Reflection;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Jobs;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Server.Jobs;

/// <summary>Frameworks of one's own; section <c>Frameworks</c>.</summary>
public sealed class FrameworkOptions
{
    /// <summary>Folders with declarations of frameworks (<c>*.json</c>), over those that ship; a later one wins. Default: none.</summary>
    public IList<string> Folders { get; set; } = [];
}

/// <summary>The frameworks there are: those that ship, and those of the configured folders, looked up when they are asked for.</summary>
internal sealed class FrameworkShelf(IOptions<FrameworkOptions> options)
{
    private const string Shipped = "frameworks/";

    /// <summary>All of them by name, and what is wrong with files that are none.</summary>
    public (IReadOnlyDictionary<string, FrameworkFile> Frameworks, IReadOnlyList<Diagnostic> Problems) Read()
    {
        SortedDictionary<string, FrameworkFile> all = new(StringComparer.Ordinal);
        List<Diagnostic> problems = [];
        Assembly here = typeof(FrameworkShelf).Assembly;
        foreach (string name in here.GetManifestResourceNames().Where(n => n.StartsWith(Shipped, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using Stream stream = here.GetManifestResourceStream(name)!;
            using MemoryStream bytes = new();
            stream.CopyTo(bytes);
            Add(bytes.ToArray(), name, all, problems);
        }
        foreach (string file in options.Value.Folders.Where(Directory.Exists).SelectMany(f => Directory.GetFiles(f, "*.json").Order(StringComparer.Ordinal)))
            Add(File.ReadAllBytes(file), file, all, problems);
        return (all, problems);
    }

    private static void Add(byte[] utf8, string name, SortedDictionary<string, FrameworkFile> all, List<Diagnostic> problems)
    {
        (FrameworkFile? framework, IReadOnlyList<Diagnostic> found) = SettingsFile.Read<FrameworkFile>(utf8, name, "a framework", _ => []);
        problems.AddRange(found);
        if (framework is not null)
            all[framework.Name] = framework;
    }
}
