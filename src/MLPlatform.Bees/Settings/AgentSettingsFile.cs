using System.Text.RegularExpressions;
using MLPlatform.Core.Bees;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Bees.Settings;

/// <summary>Reads and checks the settings of an agent.</summary>
public static class AgentSettingsFile
{
    private const int LeastRecord = 1 << 10;
    private const int MostRecord = 16 << 20;
    private const decimal LeastMemory = 48 << 20;

    /// <summary>The settings, or null and at least one error.</summary>
    public static (AgentSettings? Settings, IReadOnlyList<Diagnostic> Problems) Read(ReadOnlyMemory<byte> utf8, string fileName) =>
        SettingsFile.Read<AgentSettings>(utf8, fileName, "an agent", Check);

    private static IEnumerable<SettingsProblem> Check(AgentSettings settings)
    {
        if (BatchHeader.NameProblem("agent", settings.Agent) is { } wrong)
            yield return new("BEES-001", ["agent"], wrong);
        if (settings.Sources.Count == 0)
            yield return new("BEES-001", ["sources"], "there are no sources", "Name at least one, with its paths.");
        if (settings.Limits.Memory.Value < LeastMemory)
            yield return new("BEES-001", ["limits", "memory"], "the runtime itself needs 48Mi");
        if (settings.Limits.BytesPerSecond is { Value: < 1024 })
            yield return new("BEES-001", ["limits", "bytesPerSecond"], "less than 1Ki a second cannot be kept");
        if (settings.Server is { } server && !(Uri.TryCreate(server, UriKind.Absolute, out Uri? address) && address.Scheme is "http" or "https"))
            yield return new("BEES-001", ["server"], $"\"{server}\" is not an address", "Write one such as \"http://127.0.0.1:5080\".");
        if (settings is { Server: null, Sink: HttpSinkSettings })
            yield return new("BEES-001", ["sink"], "a sink of type http needs \"server\"", "Write for example \"server\": \"http://127.0.0.1:5080\" beside \"agent\".");
        foreach ((string name, TimeSpan time) in Times(settings).Where(t => t.Time <= TimeSpan.Zero))
            yield return new("BEES-001", [name], "this must be longer than nothing");
        for (int i = 0; i < settings.Sources.Count; i++)
        {
            foreach (SettingsProblem problem in CheckSource(settings, i))
                yield return problem;
        }
    }

    private static IEnumerable<SettingsProblem> CheckSource(AgentSettings settings, int index)
    {
        SourceSettings source = settings.Sources[index];
        object[] At(params object[] more) => ["sources", index, .. more];
        if (settings.Sources.Take(index).Any(s => s.Name == source.Name))
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

    private static IEnumerable<(string Name, TimeSpan Time)> Times(AgentSettings settings) =>
        [("poll", settings.Poll), ("settle", settings.Settle), ("heartbeat", settings.Heartbeat)];

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
