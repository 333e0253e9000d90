using System.CommandLine;
using System.Text.Json;
using MLPlatform.Core.Bees;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Cli.Bees;

/// <summary><c>mlp bees configs list|show|set</c>: what the server tells agents to collect.</summary>
internal static class ConfigsCommand
{
    private static readonly Argument<string> Agent = new("AGENT") { Description = "The agent's name." };
    private static readonly Argument<FileInfo> File = new("FILE") { Description = "What it is to collect, JSON." };
    private static readonly Option<int?> Version = new("--version") { Description = "A version; the latest without." };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create() => new("configs", "What the server tells agents to collect.") { List(), Show(), Set() };

    private static Command List() => SourcesCommands.Do(new Command("list", "Show the latest version of each agent.") { Json }, async (parsed, client, cancel) =>
    {
        List<AgentConfigView> all = await client.GetAsync<List<AgentConfigView>>("api/v1/bees/configs", cancel);
        if (parsed.GetValue(Json))
            Print.Json(all);
        else
            Print.Table(["AGENT", "VERSION", "SOURCES", "BY", "SET"], all.Select(c => new[]
            {
                c.Agent, $"{c.Version}", string.Join(' ', c.Config.GetProperty("sources").EnumerateArray().Select(s => s.GetProperty("name").GetString())), Print.Harmless(c.By), Print.Time(c.At),
            }));
    });

    private static Command Show() => SourcesCommands.Do(new Command("show", "Show what an agent is to collect as JSON.") { Agent, Version, Json }, async (parsed, client, cancel) =>
        Print.Json(await client.GetAsync<AgentConfigView>(Path(parsed) + (parsed.GetValue(Version) is { } version ? $"?version={version}" : ""), cancel)));

    private static Command Set() => SourcesCommands.Do(new Command("set", "Say what an agent is to collect; nothing happens where nothing changes.") { Agent, File, Json }, async (parsed, client, cancel) =>
    {
        FileInfo file = parsed.GetValue(File)!;
        if (!file.Exists)
            throw CliException.Usage("BEES-002", $"There is no file '{file}'.", "Name the JSON file that says what the agent is to collect.");
        byte[] bytes = await System.IO.File.ReadAllBytesAsync(file.FullName, cancel);
        (AgentConfig? config, IReadOnlyList<Diagnostic> problems) = AgentConfig.Read(bytes, file.ToString());
        foreach (Diagnostic problem in problems)
            Console.Error.WriteLine(problem);
        if (config is null)
            throw CliException.Usage("BEES-001", $"'{file}' is not right; see above.");
        AgentConfigView set = await client.PutAsync<AgentConfigView>(Path(parsed), JsonElement.Parse(bytes), cancel);
        if (parsed.GetValue(Json))
            Print.Json(set);
        else
            Console.WriteLine($"{set.Agent} is to work by version {set.Version}.");
    });

    private static string Path(ParseResult parsed) => $"api/v1/bees/configs/{Uri.EscapeDataString(parsed.GetValue(Agent)!)}";
}
