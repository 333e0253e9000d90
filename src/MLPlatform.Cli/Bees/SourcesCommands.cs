using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MLPlatform.Cli.Connection;
using MLPlatform.Core.Bees;
using MLPlatform.Server.Bees;
using MLPlatform.Server.Describe;

namespace MLPlatform.Cli.Bees;

/// <summary><c>mlp bees sources|show|channels|apply|remove|agents</c></summary>
internal static class SourcesCommands
{
    private static readonly Argument<string> Source = new("SOURCE") { Description = "A registered source." };
    private static readonly Argument<FileInfo> File = new("FILE") { Description = "The source's definition, JSON." };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static IEnumerable<Command> Create() => [List(), Show(), Channels(), Apply(), Remove(), Agents()];

    private static Command List() => Do(new Command("sources", "Show registered sources and what arrived.") { Json }, async (parsed, client, cancel) =>
    {
        List<SourceView> all = await client.GetAsync<List<SourceView>>("api/v1/bees/sources", cancel);
        if (parsed.GetValue(Json))
            Print.Json(all);
        else
            Print.Table(["SOURCE", "KIND", "RECORDS", "BYTES", "SEGMENTS", "LAST ARRIVAL", "PROBLEM"], all.Select(s => new[]
            {
                s.Definition.Name, KindOf(s), $"{s.Records:N0}", $"{s.Bytes:N0}", $"{s.Segments}", Print.Time(s.LastArrival), Print.Harmless(s.Problem ?? ""),
            }));
    });

    private static Command Show() => Do(new Command("show", "Show a source's definition and state as JSON.") { Source, Json }, async (parsed, client, cancel) =>
        Print.Json(await client.GetAsync<SourceView>(Path(parsed), cancel)));

    private static Command Channels() => Do(new Command("channels", "Show how far each channel of a source is durable.") { Source, Json }, async (parsed, client, cancel) =>
    {
        ChannelPositions positions = await client.GetAsync<ChannelPositions>(Path(parsed) + "/channels", cancel);
        if (parsed.GetValue(Json))
            Print.Json(positions);
        else
            Print.Table(["CHANNEL", "PATH", "DURABLE", "AGENT", "ENDED"], positions.Channels.Select(c => new[]
            {
                Print.Harmless(c.Channel), Print.Harmless(c.Path ?? ""), $"{c.Durable}", c.Agent, c.Ended ? "yes" : "",
            }));
    });

    private static Command Apply() => Do(new Command("apply", "Register a source, or change it.") { File, Json }, async (parsed, client, cancel) =>
    {
        FileInfo file = parsed.GetValue(File)!;
        if (!file.Exists)
            throw CliException.Usage("BEES-064", $"There is no file '{file}'.", "Name the JSON file with the source's definition.");
        SourceView source;
        try
        {
            JsonElement definition = JsonElement.Parse(await System.IO.File.ReadAllTextAsync(file.FullName, cancel));
            string name = definition.Deserialize<SourceDefinition>(JsonSetup.ClientOptions)?.Name ?? "";
            source = await client.PutAsync<SourceView>($"api/v1/bees/sources/{Uri.EscapeDataString(name)}", definition, cancel);
        }
        catch (JsonException e)
        {
            throw CliException.Usage("BEES-064", $"'{file}' is not the definition of a source: {e.Message}", "docs/bees.md shows how one is written.");
        }
        if (parsed.GetValue(Json))
            Print.Json(source);
        else
            Console.WriteLine($"Registered {source.Definition.Name} ({KindOf(source)}).");
    });

    private static Command Remove() => Do(new Command("remove", "Take a source off the list; what arrived stays on disk.") { Source }, async (parsed, client, cancel) =>
    {
        await client.DeleteAsync(Path(parsed), cancel);
        Console.WriteLine($"Removed {parsed.GetValue(Source)}.");
    });

    private static Command Agents() => Do(new Command("agents", "Show agents, how far they are behind, and which are silent.") { Json }, async (parsed, client, cancel) =>
    {
        List<AgentView> all = await client.GetAsync<List<AgentView>>("api/v1/bees/agents", cancel);
        if (parsed.GetValue(Json))
            Print.Json(all);
        else
            Print.Table(["AGENT", "HOST", "STATE", "REPORTED", "CLOCK", "CONFIG", "BEHIND", "OLDEST", "LOST", "PROBLEM"], all.Select(a => new[]
            {
                a.Agent, Print.Harmless(a.Report.Host), a.Silent ? "silent" : "alive", Print.Time(a.ReportedAt), FormattableString.Invariant($"{a.SkewSeconds:+0.0;-0.0;0.0} s"),
                a.WantedVersion is null && a.Report.ConfigVersion is null ? "" : $"{a.Report.ConfigVersion?.ToString(CultureInfo.InvariantCulture) ?? "-"}/{a.WantedVersion?.ToString(CultureInfo.InvariantCulture) ?? "-"}",
                FormattableString.Invariant($"{a.LagBytes:N0} B"), FormattableString.Invariant($"{a.LagSeconds:0} s"), $"{a.Report.Sources.Sum(s => s.LostBytes)}",
                Print.Harmless(string.Join("; ", a.Report.Sources.Where(s => s.Problem is not null).Select(s => $"{s.Source}: {s.Problem}").Prepend(a.Report.ConfigProblem).OfType<string>())),
            }));
    });

    private static string KindOf(SourceView source) => source.Definition.Kind.ToString().ToLowerInvariant();

    private static string Path(ParseResult parsed) => $"api/v1/bees/sources/{Uri.EscapeDataString(parsed.GetValue(Source)!)}";

    internal static Command Do(Command command, Func<ParseResult, PlatformClient, CancellationToken, Task> work)
    {
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
            await work(parsed, platform.Client, cancel);
            return ExitCode.Done;
        });
        return command;
    }
}
