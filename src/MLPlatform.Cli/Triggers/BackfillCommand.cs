using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MLPlatform.Cli.Connection;
using MLPlatform.Cli.Runs;
using MLPlatform.Server.Triggers;

namespace MLPlatform.Cli.Triggers;

/// <summary><c>mlp backfill PIPELINE --from DAY --to DAY</c></summary>
internal static class BackfillCommand
{
    private static readonly Argument<string> Pipeline = new("PIPELINE") { Description = "A registered pipeline." };
    private static readonly Option<string> From = new("--from") { Description = "The first day, included.", HelpName = "YYYY-MM-DD", Required = true };
    private static readonly Option<string> To = new("--to") { Description = "The last day, included.", HelpName = "YYYY-MM-DD", Required = true };
    private static readonly Option<string?> Trigger = new("--trigger") { Description = "The cron trigger whose instants are taken. Default: the pipeline's only one, else every day." };
    private static readonly Option<int> Limit = new("--limit") { Description = "How many runs may be active at once.", DefaultValueFactory = _ => 1 };
    private static readonly Option<bool> Again = new("--again") { Description = "Run dates that a backfill has run before, too." };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Only show the dates." };
    private static readonly Option<string[]> Parameters = new("--parameter", "-p") { Description = "A parameter as NAME=VALUE; may be repeated.", HelpName = "NAME=VALUE" };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create()
    {
        Command command = new("backfill", "Run a registered pipeline for every date of a range; needs a server.")
        {
            Pipeline, From, To, Trigger, Limit, Again, DryRun, Parameters, Json,
        };
        command.SetAction(StartAsync);
        return command;
    }

    private static async Task<int> StartAsync(ParseResult parsed, CancellationToken cancel)
    {
        bool dry = parsed.GetValue(DryRun);
        BackfillView request = new(
            parsed.GetValue(Pipeline)!, DayOf(parsed.GetValue(From)!), DayOf(parsed.GetValue(To)!), parsed.GetValue(Trigger), parsed.GetValue(Limit),
            parsed.GetValue(Again), dry, RunCommand.ParametersOf(parsed.GetValue(Parameters) ?? []).Deserialize<Dictionary<string, JsonElement>>());
        await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
        if (platform.IsEmbedded && !dry)
            throw CliException.Usage("CLI-008", "Nobody would carry the runs on: no server runs.", "Start 'mlp serve' first, or look at the dates with --dry-run.");
        BackfillStartedView started = await platform.Client.PostAsync<BackfillStartedView>("api/v1/backfills", request, cancel);
        if (parsed.GetValue(Json))
        {
            Print.Json(started);
            return ExitCode.Done;
        }
        Print.Table(["DATE", "RUN"], started.Dates.Select(d => new[] { Print.Time(d.LogicalDate), d.Run?.ToString() ?? "" }));
        Console.WriteLine($"{started.Dates.Count} {(dry ? "would run" : "to run")}{(started.DoneBefore.Count > 0 ? $", {started.DoneBefore.Count} done before (--again runs them too)" : "")}.");
        return ExitCode.Done;
    }

    private static DateOnly DayOf(string text) => DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day)
        ? day
        : throw CliException.Usage("CLI-010", $"'{text}' is not a day.", "Write it like 2025-03-01.");
}
