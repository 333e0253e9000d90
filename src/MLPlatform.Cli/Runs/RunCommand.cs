using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MLPlatform.Cli.Connection;
using MLPlatform.Cli.Pipelines;
using MLPlatform.Server.Runs;

namespace MLPlatform.Cli.Runs;

/// <summary><c>mlp run FILE|PIPELINE</c>: starts a run and stays until it has ended.</summary>
internal static class RunCommand
{
    private static readonly Argument<string> What = new("FILE|PIPELINE") { Description = "A pipeline file, or the name of a registered pipeline." };
    private static readonly Option<string[]> Parameters = new("--parameter", "-p")
    {
        Description = "A parameter as NAME=VALUE; may be repeated. A relative path given for a parameter with format path belongs to the current folder.",
        HelpName = "NAME=VALUE",
    };
    private static readonly Option<bool> Watch = new("--watch", "-w") { Description = "Show progress bars while it runs." };
    private static readonly Option<bool> Detach = new("--detach", "-d") { Description = "Print the run's id and do not wait; needs a server." };
    private static readonly Option<string?> LogicalDate = new("--logical-date") { Description = "The date the run is about. Default: now.", HelpName = "ISO-8601" };
    private static readonly Option<string?> Key = new("--idempotency-key") { Description = "Starts one run however often the command is repeated with it.", HelpName = "KEY" };
    private static readonly Option<int?> Slots = new("--slots") { Description = "Cores to give out, where this command runs the platform itself. Default: all of this machine's.", HelpName = "N" };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create()
    {
        Command command = new("run", "Run a pipeline and wait for its end.") { What, Parameters, Watch, Detach, LogicalDate, Key, Slots, Json };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        StartRequest request = Request(parsed.GetValue(What)!, parsed.GetValue(Parameters) ?? [], parsed.GetValue(LogicalDate));
        await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Stay, cancel, parsed.GetValue(Slots));
        bool detach = parsed.GetValue(Detach);
        if (detach && platform.IsEmbedded)
            throw CliException.Usage("CLI-008", "Nobody would carry the run on: no server runs.", "Start 'mlp serve' first, or leave --detach out.");
        RunView run = await platform.Client.PostAsync<RunView>("api/v1/runs", request, cancel, parsed.GetValue(Key));
        if (!detach)
            return await RunFollowing.FollowAsync(platform, run.Id, RunFollowing.StyleOf(parsed.GetValue(Json), parsed.GetValue(Watch)), cancel);
        if (parsed.GetValue(Json))
            Print.Json(run);
        else
            Console.WriteLine(run.Id);
        return ExitCode.Done;
    }

    /// <summary>The request for a pipeline named or stored under <paramref name="what"/>.</summary>
    internal static StartRequest Request(string what, IEnumerable<string> parameters, string? logicalDate)
    {
        bool isFile = File.Exists(what) || what.EndsWith(".json", StringComparison.OrdinalIgnoreCase) || what.Contains('/', StringComparison.Ordinal);
        return new StartRequest(
            isFile ? null : what, isFile ? PipelineFiles.Source(what) : null, ParametersOf(parameters), DateOf(logicalDate), Environment.CurrentDirectory);
    }

    // Values go as text: the platform reads them as the declared type says.
    internal static JsonElement ParametersOf(IEnumerable<string> given)
    {
        Dictionary<string, string> values = [];
        foreach (string pair in given)
        {
            int cut = pair.IndexOf('=', StringComparison.Ordinal);
            if (cut <= 0)
                throw CliException.Usage("CLI-009", $"'{pair}' is not of the form NAME=VALUE.");
            if (!values.TryAdd(pair[..cut], pair[(cut + 1)..]))
                throw CliException.Usage("CLI-009", $"The parameter '{pair[..cut]}' is given twice.");
        }
        return JsonSerializer.SerializeToElement(values);
    }

    private static DateTimeOffset? DateOf(string? text)
    {
        if (text is null)
            return null;
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset date)
            ? date
            : throw CliException.Usage("CLI-010", $"'{text}' is not a date.", "Write it like 2025-03-01 or 2025-03-01T06:00:00Z; without an offset it is UTC.");
    }
}
