using System.ComponentModel;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Core.Bees;

/// <summary>What the server says an agent collects. Where records go, and where the agent keeps what it knows, its host alone says.</summary>
public sealed record AgentConfig
{
    /// <summary>The largest one as JSON, in bytes.</summary>
    public const int MostBytes = 256 << 10;

    private const int LeastRecord = 1 << 10;
    private const int MostRecord = 16 << 20;

    [JsonPropertyName("$schema")]
    public string? Schema { get; init; }

    public required IReadOnlyList<SourceSettings> Sources { get; init; }

    [Description("Bytes that are read a second at most; the host's own limit stands where it is lower.")]
    public Quantity? BytesPerSecond { get; init; }

    /// <summary>The config, or null and at least one error.</summary>
    public static (AgentConfig? Config, IReadOnlyList<Diagnostic> Problems) Read(ReadOnlyMemory<byte> utf8, string fileName) =>
        SettingsFile.Read<AgentConfig>(utf8, fileName, "what an agent collects", Check);

    private static IEnumerable<SettingsProblem> Check(AgentConfig config)
    {
        if (config.BytesPerSecond is { Value: < 1024 })
            yield return new("BEES-001", ["bytesPerSecond"], "less than 1Ki a second cannot be kept");
        foreach (SettingsProblem problem in CheckSources(config.Sources))
            yield return problem;
    }

    /// <summary>What is wrong with sources, wherever they are written.</summary>
    public static IEnumerable<SettingsProblem> CheckSources(IReadOnlyList<SourceSettings> sources)
    {
        ArgumentNullException.ThrowIfNull(sources);
        return Enumerable.Range(0, sources.Count).SelectMany(i => CheckSource(sources, i));
    }

    /// <summary>The first path that leads, or may lead, out of the folders; null where none does.</summary>
    public string? Outside(IReadOnlyList<string> roots) => Sources.SelectMany(s => s.Paths).FirstOrDefault(p =>
        p.Contains("..", StringComparison.Ordinal) || !roots.Any(r => p.StartsWith(r.TrimEnd('/') + "/", StringComparison.Ordinal)));

    private static IEnumerable<SettingsProblem> CheckSource(IReadOnlyList<SourceSettings> sources, int index)
    {
        SourceSettings source = sources[index];
        object[] At(params object[] more) => ["sources", index, .. more];
        if (sources.Take(index).Any(s => s.Name == source.Name))
            yield return new("BEES-001", At("name"), $"there is another source \"{source.Name}\"", "Put all paths of a source together.");
        if (source.Paths.Count == 0)
            yield return new("BEES-001", At("paths"), "there are no paths");
        for (int i = 0; i < source.Paths.Count; i++)
        {
            if (!Path.IsPathRooted(source.Paths[i]))
                yield return new("BEES-001", At("paths", i), $"\"{source.Paths[i]}\" is no absolute path");
        }
        if (source.MaxRecordBytes.Value is < LeastRecord or > MostRecord)
            yield return new("BEES-001", At("maxRecordBytes"), "this must be from 1Ki to 16Mi");
        if (source.Multiline is { } lines && PatternProblem(lines.Start) is { } bad)
            yield return new("BEES-001", At("multiline", "start"), bad);
    }

    private static string? PatternProblem(string pattern)
    {
        try
        {
            _ = new Regex(pattern, RegexOptions.NonBacktracking);
            return null;
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            return $"this is no regular expression that can be matched in bounded time: {e.Message}";
        }
    }
}
