using System.Collections.Frozen;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace MLPlatform.Server.Console;

/// <summary>
/// What the console's build left, listed once at the start: only what is on this list is ever served, so that no path
/// leads out of the folder.
/// </summary>
internal sealed class ConsoleFiles
{
    private static readonly Dictionary<string, string> Types = new(StringComparer.OrdinalIgnoreCase)
    {
        [".html"] = "text/html; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".png"] = "image/png",
        [".json"] = "application/json",
        [".wasm"] = "application/wasm",
        [".ttf"] = "font/ttf",
        [".woff2"] = "font/woff2",
    };

    private readonly FrozenDictionary<string, ConsoleFile> _files;

    public ConsoleFiles(IOptions<ConsoleOptions> options)
    {
        string folder = options.Value.Path;
        HashSet<string> there = Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)] : [];
        _files = there
            .Select(path => (Path: path, Name: Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/')))
            .Where(f => f.Name[0] != '.' && Types.ContainsKey(Path.GetExtension(f.Name)))
            .ToFrozenDictionary(f => f.Name, f => new ConsoleFile(
                f.Path, Types[Path.GetExtension(f.Name)], there.Contains(f.Path + ".br"), there.Contains(f.Path + ".gz"), f.Name.StartsWith("assets/", StringComparison.Ordinal)));
    }

    /// <summary>Whether the console was built.</summary>
    public bool Any => _files.ContainsKey("index.html");

    public ConsoleFile? Find(string name) => _files.GetValueOrDefault(name);
}

/// <summary>A file of the console.</summary>
/// <param name="Brotli">Whether it lies there compressed by Brotli, too.</param>
/// <param name="Gzip">Whether it lies there compressed by gzip, too.</param>
/// <param name="Lasting">Whether its name changes with its content, so that browsers may keep it for ever.</param>
internal sealed record ConsoleFile(string Path, string Type, bool Brotli, bool Gzip, bool Lasting)
{
    /// <summary>The encoding to answer in, or null for the file as it is.</summary>
    public string? EncodingFor(HttpRequest request)
    {
        if (!Brotli && !Gzip)
            return null;
        IList<StringWithQualityHeaderValue> accepted = request.GetTypedHeaders().AcceptEncoding;
        return Brotli && Takes("br") ? "br" : Gzip && Takes("gzip") ? "gzip" : null;

        bool Takes(string encoding) => accepted.Any(a => a.Value.Equals(encoding, StringComparison.OrdinalIgnoreCase) && a.Quality is not 0);
    }

    public string PathFor(string? encoding) => encoding switch { "br" => Path + ".br", "gzip" => Path + ".gz", _ => Path };
}
