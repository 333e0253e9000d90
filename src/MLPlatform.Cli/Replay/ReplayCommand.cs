using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.Cli.Connection;
using MLPlatform.Cli.Runs;
using MLPlatform.Core.Runs;
using MLPlatform.Server.Pipelines;
using MLPlatform.Server.Runs;

namespace MLPlatform.Cli.Replay;

/// <summary><c>mlp replay</c>: would retraining have paid on this feedback?</summary>
internal static class ReplayCommand
{
    private static readonly Argument<string> Data = new("DATA") { Description = "Dated, labeled rows: a file, folder or pattern (CSV, JSON lines, Parquet), or the name of a dataset." };
    private static readonly Option<string> Time = new("--time") { Description = "The timestamp column.", HelpName = "COLUMN", Required = true };
    private static readonly Option<string> Label = new("--label") { Description = "The column with the label.", HelpName = "COLUMN", Required = true };
    private static readonly Option<string[]> Positive = new("--positive") { Description = "A label value that counts as 1; may be repeated. Default: the label is 0 or 1.", HelpName = "VALUE" };
    private static readonly Option<string[]> Ignore = new("--ignore") { Description = "A column to leave out, an id say; may be repeated.", HelpName = "COLUMN" };
    private static readonly Option<string?> Features = new("--features") { Description = "A file with feature declarations, as in features.build. Default: every column is hashed.", HelpName = "FILE" };
    private static readonly Option<string> Step = new("--step") { Description = "The length of a step. Default: P1D.", HelpName = "ISO-8601", DefaultValueFactory = _ => "P1D" };
    private static readonly Option<int> WarmUp = new("--warm-up") { Description = "Steps to train the first model on. Default: 1.", HelpName = "N", DefaultValueFactory = _ => 1 };
    private static readonly Option<int?> Window = new("--window") { Description = "The newest steps that are trained on. Default: all.", HelpName = "N" };
    private static readonly Option<double> Holdout = new("--holdout") { Description = "The newest part of each step, kept to judge the new model by; 0: no gate. Default: 0.2.", HelpName = "SHARE", DefaultValueFactory = _ => 0.2 };
    private static readonly Option<string> Model = new("--model") { Description = "lr or fm. Default: fm.", HelpName = "KIND", DefaultValueFactory = _ => "fm" };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create()
    {
        Command command = new("replay", "Replay dated feedback: a model that stays as it is against one that is retrained after every step.")
        {
            Data, Time, Label, Positive, Ignore, Features, Step, WarmUp, Window, Holdout, Model, Json,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken cancel)
    {
        JsonObject pipeline = ReplayPipeline.Of(RequestOf(parsed));
        await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Stay, cancel);
        StartRequest request = new(null, new PipelineSource(JsonSerializer.SerializeToElement(pipeline), "replay.json", null), RunCommand.ParametersOf([]), null, Environment.CurrentDirectory);
        RunView started = await platform.Client.PostAsync<RunView>("api/v1/runs", request, cancel);
        if (parsed.GetValue(Json))
            return await RunFollowing.FollowAsync(platform, started.Id, FollowStyle.Json, cancel);
        await foreach (object _ in RunFollowing.ChangesAsync(platform.Client, started.Id, new RunPicture(), cancel))
        {
            // Nothing to show before the end: there are two activities, and the second is the replay.
        }
        RunDetail run = await platform.Client.GetAsync<RunDetail>($"api/v1/runs/{started.Id}", cancel);
        if (run.State != RunStatus.Succeeded)
        {
            await RunText.EndAsync(platform.Client, run, cancel);
            return ExitCode.Failed;
        }
        await ShowAsync(platform.Client, run, cancel);
        return ExitCode.Done;
    }

    private static ReplayRequest RequestOf(ParseResult parsed) => new(parsed.GetValue(Data)!, parsed.GetValue(Time)!, parsed.GetValue(Label)!)
    {
        Positive = parsed.GetValue(Positive) ?? [],
        Ignore = parsed.GetValue(Ignore) ?? [],
        Features = parsed.GetValue(Features) is { } file ? FeaturesIn(file) : null,
        Step = parsed.GetValue(Step)!,
        WarmUp = parsed.GetValue(WarmUp),
        Window = parsed.GetValue(Window),
        Holdout = parsed.GetValue(Holdout),
        Model = parsed.GetValue(Model)!,
    };

    private static JsonArray FeaturesIn(string file)
    {
        try
        {
            return JsonNode.Parse(File.ReadAllText(file)) as JsonArray
                ?? throw CliException.Usage("CLI-045", $"'{file}' does not hold a list of feature declarations.", "Write it like [ { \"hash\": [\"userId\"] }, { \"log\": [\"price\"] } ].");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or JsonException)
        {
            throw CliException.Usage("CLI-045", $"The feature declarations in '{file}' cannot be read: {problem.Message}");
        }
    }

    private static async Task ShowAsync(PlatformClient client, RunDetail run, CancellationToken cancel)
    {
        JsonElement outputs = run.Outputs!.Value;
        string report = outputs.GetProperty("report").GetProperty("$artifact").GetString()!;
        JsonElement told = JsonDocument.Parse(await client.GetTextAsync($"api/v1/artifacts/{report}/files/replay.json", cancel)).RootElement;
        Print.Table(
            ["STEP", "ROWS", "POSITIVES", "AUC STAYED", "AUC RETRAINED", "LOSS STAYED", "LOSS RETRAINED", "AFTER IT"],
            [.. told.GetProperty("steps").EnumerateArray().Select(Row)]);
        Console.WriteLine();
        Console.WriteLine(outputs.GetProperty("improvement").ValueKind == JsonValueKind.Null
            ? "All rows have the same label: nothing can be compared."
            : $"Over {Figure(outputs, "rows", "N0")} rows: {Figure(outputs, "frozen", "F4")} stayed, {Figure(outputs, "retrained", "F4")} retrained; the improvement is {Figure(outputs, "improvement", "F4")}, with 95 % confidence between {Figure(outputs, "ciLow", "F4")} and {Figure(outputs, "ciHigh", "F4")}.");
        Console.WriteLine($"Report: mlp artifacts get {report} --to FOLDER, then open index.html");
    }

    private static string[] Row(JsonElement step) =>
    [
        step.GetProperty("from").GetDateTimeOffset().ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture),
        Figure(step, "rows", "N0"), Figure(step, "positives", "N0"), Figure(step, "frozenAuc", "F4"), Figure(step, "retrainedAuc", "F4"),
        Figure(step, "frozenLogLoss", "F4"), Figure(step, "retrainedLogLoss", "F4"), step.GetProperty("why").GetString()!,
    ];

    private static string Figure(JsonElement of, string name, string format) =>
        of.GetProperty(name) is { ValueKind: JsonValueKind.Number } number ? number.GetDouble().ToString(format, CultureInfo.InvariantCulture) : "-";
}
