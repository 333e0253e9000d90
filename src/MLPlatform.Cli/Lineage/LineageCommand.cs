using System.CommandLine;
using System.Globalization;
using MLPlatform.Cli.Connection;
using MLPlatform.Core.Lineage;

namespace MLPlatform.Cli.Lineage;

/// <summary><c>mlp lineage --file PATH [--from N] [--to N]</c>, <c>mlp datasets lineage</c> and <c>mlp models lineage</c>.</summary>
internal static class LineageCommand
{
    private static readonly Option<string> FileName = new("--file") { Description = "A source file: its path, sha256:…/name in an artifact, or its identity.", Required = true };
    private static readonly Option<long?> From = new("--from") { Description = "Only records that end after this offset. Default: 0." };
    private static readonly Option<long?> To = new("--to") { Description = "Only records that begin before this offset. Default: the end." };
    private static readonly Option<bool> Down = new("--down") { Description = "Show what was made of it instead of what it was made of." };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    /// <summary>What was made of a source file.</summary>
    public static Command Create()
    {
        Command command = new("lineage", "Show which datasets and models hold records of a source file.") { FileName, From, To, Json };
        command.SetAction(async (parsed, cancel) =>
        {
            string file = parsed.GetValue(FileName)!;
            string path = file.StartsWith("sha256:", StringComparison.Ordinal) || !File.Exists(file) ? file : Path.GetFullPath(file);
            string range = (parsed.GetValue(From) is { } from ? string.Create(CultureInfo.InvariantCulture, $"&from={from}") : "")
                + (parsed.GetValue(To) is { } to ? string.Create(CultureInfo.InvariantCulture, $"&to={to}") : "");
            return await ShowAsync(parsed, $"api/v1/lineage/files?path={Uri.EscapeDataString(path)}{range}", down: true, cancel);
        });
        return command;
    }

    /// <summary><c>lineage NAME VERSION</c> below <c>datasets</c> or <c>models</c>.</summary>
    public static Command Of(string things, Argument<string> name)
    {
        Argument<string> version = new("VERSION") { Description = "A version.", Arity = things == "datasets" ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne };
        Command command = new("lineage", "Show what a version was made of, or what was made of it.") { name, version, Down, Json };
        command.SetAction((parsed, cancel) =>
        {
            bool down = parsed.GetValue(Down);
            return ShowAsync(parsed, $"api/v1/lineage/{things}/{Uri.EscapeDataString(parsed.GetValue(name)!)}/{Uri.EscapeDataString(parsed.GetValue(version) ?? "latest")}"
                + (down ? "?down=true" : ""), down, cancel);
        });
        return command;
    }

    private static async Task<int> ShowAsync(ParseResult parsed, string path, bool down, CancellationToken cancel)
    {
        await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
        LineageGraph graph = await platform.Client.GetAsync<LineageGraph>(path, cancel);
        if (parsed.GetValue(Json))
            Print.Json(graph);
        else
            LineageText.Write(graph, down);
        return ExitCode.Done;
    }
}
