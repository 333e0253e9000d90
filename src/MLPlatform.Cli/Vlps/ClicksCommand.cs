using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using MLPlatform.Cli.Bench.Vlps;
using MLPlatform.Cli.Vlps.Shards;

namespace MLPlatform.Cli.Vlps;

/// <summary><c>mlp vlps clicks</c>: the made-up clicks of <c>mlp bench vlps</c> as files, for other trainers to learn from.</summary>
internal static class ClicksCommand
{
    private static readonly Option<int> Rows = new("--rows") { Description = "Clicks; nine tenths to learn from, one tenth to judge by.", DefaultValueFactory = _ => 2_000_000 };
    private static readonly Option<long> Seed = new("--seed") { Description = "The same seed gives the same clicks.", DefaultValueFactory = _ => (long)VlpsBench.Seed };
    private static readonly Option<string?> To = new("--to") { Description = "The folder. Default: 'clicks' in the attempt's scratch folder, else in the current one." };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create()
    {
        Command command = new("clicks", "Write made-up clicks: label.u8, num.f32 [rows, 13] (NaN: missing), cat.i32 [rows, 26], row by row, little endian.") { Rows, Seed, To, Json };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        int rows = parsed.GetValue(Rows);
        if (rows is < 10 or > 50_000_000)
            throw CliException.Usage("CLI-001", "--rows must be from 10 to 50000000");
        string? attempt = WorkerReport.Attempt;
        string folder = Path.GetFullPath(parsed.GetValue(To) ?? Path.Combine(attempt is null ? "" : Path.Combine(attempt, "scratch"), "clicks"));
        ClickFacts made = Write(folder, (ulong)parsed.GetValue(Seed), rows);
        JsonObject told = new() { ["rows"] = made.Rows, ["clickRate"] = made.ClickRate, ["bestAuc"] = made.BestAuc };
        if (attempt is not null)
        {
            JsonObject outputs = told.DeepClone().AsObject();
            if (WorkerReport.Relative(folder) is { } relative)
                outputs["clicks"] = new JsonObject { ["$file"] = relative, ["kind"] = "folder" };
            File.WriteAllText(Path.Combine(attempt, "outputs.json"), outputs.ToJsonString());
        }
        Console.WriteLine(parsed.GetValue(Json) ? told.ToJsonString()
            : string.Create(CultureInfo.InvariantCulture, $"{made.Rows:N0} clicks in {folder}: rate {made.ClickRate:0.0000}, best AUC of the last tenth {made.BestAuc:0.00000}"));
        return ExitCode.Done;
    }

    private static ClickFacts Write(string folder, ulong seed, int rows)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return new ClickData(seed).Write(folder, rows);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CliException.Usage("CLI-051", $"The clicks cannot be written to '{folder}': {e.Message}", "Name a folder that can be written to with --to; each row takes 157 bytes.");
        }
    }
}
