using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using MLPlatform.Server.Console;

namespace MLPlatform.Server.Elsa.Studio;

/// <summary>
/// The files of the npm package that the console's build laid into the folder <c>elsa-studio</c>, listed once at the start:
/// only what is on this list is ever served, so that no path leads out of the folder.
/// </summary>
internal sealed partial class StudioFiles
{
    private static readonly Dictionary<string, string> Types = new(StringComparer.OrdinalIgnoreCase)
    {
        [".wasm"] = "application/wasm",
        [".dat"] = "application/octet-stream",
        [".js"] = "text/javascript; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".png"] = "image/png",
        [".ico"] = "image/x-icon",
        [".cur"] = "image/x-icon",
        [".woff2"] = "font/woff2",
        [".ttf"] = "font/ttf",
    };

    private readonly FrozenDictionary<string, ConsoleFile> _files;

    public StudioFiles(IOptions<ConsoleOptions> options)
    {
        string folder = Path.Combine(options.Value.Path, "elsa-studio");
        HashSet<string> there = Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)] : [];
        _files = there
            .Select(path => (Path: path, Name: Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/')))
            .Where(f => Types.ContainsKey(Path.GetExtension(f.Name)))
            .ToFrozenDictionary(f => f.Name, f => new ConsoleFile(
                f.Path, Types[Path.GetExtension(f.Name)], there.Contains(f.Path + ".br"), there.Contains(f.Path + ".gz"), Fingerprint().IsMatch(f.Name)));
    }

    /// <summary>Whether the package is there.</summary>
    public bool Any => _files.ContainsKey("_framework/blazor.webassembly.js");

    public ConsoleFile? Find(string name) => _files.GetValueOrDefault(name);

    // dotnet.native.1a2b3c4d5e.wasm: the name changes with the content.
    [GeneratedRegex(@"^_framework/.*\.[a-z0-9]{10}\.(wasm|js|dat)$", RegexOptions.CultureInvariant)]
    private static partial Regex Fingerprint();
}
