using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Code;
using MLPlatform.Core.Jobs;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Server.Jobs;

/// <summary>Frameworks of one's own; section <c>Frameworks</c>.</summary>
public sealed class FrameworkOptions
{
    /// <summary>Folders with declarations of frameworks (<c>*.json</c>), over those that ship or are registered; a later one wins. Default: none.</summary>
    public IList<string> Folders { get; set; } = [];
}

/// <param name="All">By name; of one that was asked for with a version, by <c>name@version</c>.</param>
/// <param name="Registered">The latest version of each that is registered, by its name.</param>
/// <param name="Fixed">Names that the configured folders hold.</param>
/// <param name="Problems">What is wrong with files that are none.</param>
internal sealed record ShelvedFrameworks(
    IReadOnlyDictionary<string, FrameworkFile> All, IReadOnlyDictionary<string, CodeVersion> Registered, IReadOnlySet<string> Fixed, IReadOnlyList<Diagnostic> Problems);

/// <summary>
/// The frameworks there are: those that ship, those that are registered, and those of the configured folders, looked up when they are
/// asked for. One that is registered is a code folder of one file, so that versions, differences and going back are those of code.
/// </summary>
internal sealed class FrameworkShelf(IOptions<FrameworkOptions> options, ICodeStore code, IArtifactStore artifacts)
{
    private const string Shipped = "frameworks/", Prefix = "framework.";

    /// <summary>The file of a registered framework within its code folder.</summary>
    public const string FileName = "framework.json";

    /// <summary>The code folder of a registered framework.</summary>
    public static string FolderOf(string name) => Prefix + name;

    /// <param name="wanted">A framework that a job names, perhaps with a version: <c>torch-2.1@3</c>.</param>
    public async Task<ShelvedFrameworks> ReadAsync(string? wanted, CancellationToken cancel)
    {
        SortedDictionary<string, FrameworkFile> all = new(StringComparer.Ordinal);
        SortedDictionary<string, CodeVersion> registered = new(StringComparer.Ordinal);
        HashSet<string> set = new(StringComparer.Ordinal);
        List<Diagnostic> problems = [];
        // 1. Those that ship.
        Assembly here = typeof(FrameworkShelf).Assembly;
        foreach (string name in here.GetManifestResourceNames().Where(n => n.StartsWith(Shipped, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using Stream stream = here.GetManifestResourceStream(name)!;
            using MemoryStream bytes = new();
            stream.CopyTo(bytes);
            Add(bytes.ToArray(), name, null, all, problems);
        }
        // 2. Those that are registered.
        foreach (CodeVersion latest in (await code.ListAsync(cancel)).Where(v => v.Name.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            if (await AddAsync(latest, all, problems, cancel) is { } framework)
                registered[framework.Name] = latest;
        }
        // 3. Those of this server's own folders.
        foreach (string file in options.Value.Folders.Where(Directory.Exists).SelectMany(f => Directory.GetFiles(f, "*.json").Order(StringComparer.Ordinal)))
        {
            if (Add(await File.ReadAllBytesAsync(file, cancel), file, null, all, problems) is not { } framework)
                continue;
            set.Add(framework.Name);
            registered.Remove(framework.Name);
        }
        // 4. An older version, where one is asked for.
        if (wanted?.Split('@') is [var asked, var text] && int.TryParse(text, CultureInfo.InvariantCulture, out int number) && await code.FindAsync(FolderOf(asked), number, cancel) is { } version)
        {
            SortedDictionary<string, FrameworkFile> older = new(StringComparer.Ordinal);
            if (await AddAsync(version, older, problems, cancel) is { } framework)
                all[wanted] = framework;
        }
        return new ShelvedFrameworks(all, registered, set, problems);
    }

    private async Task<FrameworkFile?> AddAsync(CodeVersion version, SortedDictionary<string, FrameworkFile> all, List<Diagnostic> problems, CancellationToken cancel)
    {
        string place = $"{version.Name}@{version.Version}/{FileName}";
        if ((await artifacts.FindAsync(version.Files.Hash, cancel))?.Files.FirstOrDefault(f => f.Path == FileName) is not { } file)
        {
            problems.Add(new Diagnostic("JOB-041", DiagnosticSeverity.Error, $"the code folder {version.Name} is kept for a framework and has no file {FileName}", place, 0, 0, "$", "Register it again."));
            return null;
        }
        return Add(await File.ReadAllBytesAsync(await artifacts.FetchAsync(file, cancel), cancel), place, version, all, problems);
    }

    private static FrameworkFile? Add(byte[] utf8, string name, CodeVersion? version, SortedDictionary<string, FrameworkFile> all, List<Diagnostic> problems)
    {
        (FrameworkFile? framework, IReadOnlyList<Diagnostic> found) = SettingsFile.Read<FrameworkFile>(utf8, name, "a framework", f =>
            version is null || FolderOf(f.Name) == version.Name ? [] : [new SettingsProblem("JOB-041", ["name"], $"the code folder {version.Name} holds another framework, {f.Name}", "Register it by its own name.")]);
        problems.AddRange(found);
        if (framework is null)
            return null;
        return all[framework.Name] = framework with { Version = version?.Version };
    }
}
