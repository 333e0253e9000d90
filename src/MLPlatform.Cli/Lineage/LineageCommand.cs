using System.CommandLine;
using System.Globalization;
using MLPlatform.Cli.Connection;
using MLPlatform.Core.Lineage;
using MLPlatform.Server.Lineage;

namespace MLPlatform.Cli.Lineage;

/// <summary><c>mlp lineage --file PATH [--from N] [--to N]</c>, <c>mlp datasets lineage</c> and <c>mlp models lineage</c>.</summary>
internal static class LineageCommand
{
    private static readonly Option<string> FileName = new("--file") { Description = "A source file: its path, sha256:…/name in an artifact, or its identity.", Required = true };
    private static readonly Option<long?> From = new("--from") { Description = "Only records that end after this offset. Default: 0." };
    private static readonly Option<long?> To = new("--to") { Description = "Only records that begin before this offset. Default: the end." };
    private static readonly Option<bool> Down = new("--down") { Description = "Show what was made of it instead of what it was made of." };
    private static readonly Option<bool> Columns = new("--columns") { Description = "Show which columns were made of which, instead of artifacts." };
    private static readonly Option<string?> Column = new("--column") { Description = "Show one column alone." };
    private static readonly Option<bool> RowsToo = new("--rows") { Description = "With columns: also those that only decide which rows there are." };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    /// <summary>What was made of a source file.</summary>
    public static Command Create()
    {
        Command command = new("lineage", "Show which datasets and models hold records of a source file.") { FileName, From, To, Column, RowsToo, Json };
        command.SetAction(async (parsed, cancel) =>
        {
            string file = parsed.GetValue(FileName)!;
            string path = file.StartsWith("sha256:", StringComparison.Ordinal) || !File.Exists(file) ? file : Path.GetFullPath(file);
            if (parsed.GetValue(Column) is { } column)
                return await ShowAsync(parsed, $"api/v1/lineage/files/columns?path={Uri.EscapeDataString(path)}&column={Uri.EscapeDataString(column)}{RowsOf(parsed)}", down: true, cancel, columns: true);
            string range = (parsed.GetValue(From) is { } from ? string.Create(CultureInfo.InvariantCulture, $"&from={from}") : "")
                + (parsed.GetValue(To) is { } to ? string.Create(CultureInfo.InvariantCulture, $"&to={to}") : "");
            return await ShowAsync(parsed, $"api/v1/lineage/files?path={Uri.EscapeDataString(path)}{range}", down: true, cancel);
        });
        command.Subcommands.Add(Sending());
        return command;
    }

    private static Command Sending()
    {
        Command command = new("sending", "Show whether OpenLineage events reach their receiver.") { Json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
            SendingView sending = await platform.Client.GetAsync<SendingView>("api/v1/lineage/sending", cancel);
            if (parsed.GetValue(Json))
                Print.Json(sending);
            else
                SendingText.Write(sending);
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary><c>lineage NAME VERSION</c> below <c>datasets</c> or <c>models</c>.</summary>
    public static Command Of(string things, Argument<string> name)
    {
        Argument<string> version = new("VERSION") { Description = "A version.", Arity = things == "datasets" ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne };
        Command command = new("lineage", "Show what a version was made of, or what was made of it.") { name, version, Down, Columns, RowsToo, Json };
        if (things == "datasets")
            command.Options.Add(Column);
        command.SetAction((parsed, cancel) =>
        {
            bool down = parsed.GetValue(Down), columns = parsed.GetValue(Columns) || (things == "datasets" && parsed.GetValue(Column) is not null);
            string one = columns && things == "datasets" && parsed.GetValue(Column) is { } column ? $"&column={Uri.EscapeDataString(column)}" : "";
            return ShowAsync(parsed, $"api/v1/lineage/{things}/{Uri.EscapeDataString(parsed.GetValue(name)!)}/{Uri.EscapeDataString(parsed.GetValue(version) ?? "latest")}"
                + (columns ? "/columns" : "") + (down ? "?down=true" : "?down=false") + (columns ? one + RowsOf(parsed) : ""), down, cancel, columns);
        });
        if (things == "models")
            command.Validators.Add(result =>
            {
                if (result.GetValue(Columns) && result.GetValue(Down))
                    result.AddError("A model has no columns that something could be made of: leave --down or --columns out.");
            });
        return command;
    }

    private static string RowsOf(ParseResult parsed) => parsed.GetValue(RowsToo) ? "&rows=true" : "";

    private static async Task<int> ShowAsync(ParseResult parsed, string path, bool down, CancellationToken cancel, bool columns = false)
    {
        await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
        LineageGraph graph = await platform.Client.GetAsync<LineageGraph>(path, cancel);
        if (parsed.GetValue(Json))
            Print.Json(graph);
        else if (columns)
            ColumnText.Write(graph, down);
        else
            LineageText.Write(graph, down);
        return ExitCode.Done;
    }
}
