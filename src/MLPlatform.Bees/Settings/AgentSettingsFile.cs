using MLPlatform.Core.Bees;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Bees.Settings;

/// <summary>Reads and checks the settings of an agent.</summary>
public static class AgentSettingsFile
{
    private const decimal LeastMemory = 48 << 20;

    /// <summary>The settings, or null and at least one error.</summary>
    public static (AgentSettings? Settings, IReadOnlyList<Diagnostic> Problems) Read(ReadOnlyMemory<byte> utf8, string fileName) =>
        SettingsFile.Read<AgentSettings>(utf8, fileName, "an agent", Check);

    private static IEnumerable<SettingsProblem> Check(AgentSettings settings)
    {
        if (BatchHeader.NameProblem("agent", settings.Agent) is { } wrong)
            yield return new("BEES-001", ["agent"], wrong);
        if (settings is { Sources.Count: 0, Managed: null })
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
        foreach (SettingsProblem problem in AgentConfig.CheckSources(settings.Sources).Concat(CheckManaged(settings)))
            yield return problem;
    }

    private static IEnumerable<SettingsProblem> CheckManaged(AgentSettings settings)
    {
        if (settings.Managed is not { } managed)
            yield break;
        if (settings.Server is null)
            yield return new("BEES-001", ["managed"], "this needs \"server\"", "Name the server that says what is collected.");
        if (settings.Sources.Count > 0)
            yield return new("BEES-001", ["sources"], "the server says what is collected", "Leave \"sources\" out, or \"managed\".");
        if (managed.Roots.Count == 0)
            yield return new("BEES-001", ["managed", "roots"], "there are no folders that the server may name");
        if (managed.Every < TimeSpan.FromSeconds(0.1))
            yield return new("BEES-001", ["managed", "every"], "this must be longer");
        for (int i = 0; i < managed.Roots.Count; i++)
        {
            if (!Path.IsPathRooted(managed.Roots[i]) || managed.Roots[i].IndexOfAny(['*', '?', '{']) >= 0 || managed.Roots[i].Contains("..", StringComparison.Ordinal))
                yield return new("BEES-001", ["managed", "roots", i], $"\"{managed.Roots[i]}\" is not the absolute path of a folder");
        }
    }

    private static IEnumerable<(string Name, TimeSpan Time)> Times(AgentSettings settings) =>
        [("poll", settings.Poll), ("settle", settings.Settle), ("heartbeat", settings.Heartbeat)];
}
