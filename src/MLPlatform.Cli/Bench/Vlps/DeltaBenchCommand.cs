using System.CommandLine;
using System.Text.Json;
using MLPlatform.Server.Describe;

namespace MLPlatform.Cli.Bench.Vlps;

/// <summary><c>mlp bench vlps-delta</c>.</summary>
internal static class DeltaBenchCommand
{
    private static readonly JsonSerializerOptions Indented = new(JsonSetup.ClientOptions) { WriteIndented = true };

    public static Command Create()
    {
        Option<int> rows = new("--rows") { Description = "Ids of the model that is served first", DefaultValueFactory = _ => 5_000_000 };
        Option<int> changed = new("--changed") { Description = "Ids of each new day", DefaultValueFactory = _ => 1_000_000 };
        Option<int> rate = new("--rate") { Description = "Requests of 10 rows a second, sent whether or not answers come", DefaultValueFactory = _ => 300 };
        Option<double> seconds = new("--seconds") { Description = "How long requests are sent for each change", DefaultValueFactory = _ => 8 };
        Option<int> repeats = new("--repeats") { Description = "New days", DefaultValueFactory = _ => 5 };
        Option<bool> json = new("--json") { Description = "Print one JSON object" };
        Command command = new("vlps-delta", "Deploys what changed of a served model under load, and waits for the first answer by it") { rows, changed, rate, seconds, repeats, json };
        command.SetAction(async (parsed, cancel) =>
        {
            DeltaBenchRequest request = new(parsed.GetValue(rows), parsed.GetValue(changed), parsed.GetValue(rate), parsed.GetValue(seconds), parsed.GetValue(repeats));
            if (request.Rows is < 1000 or > 100_000_000 || request.Changed < 1000 || request.Changed > request.Rows || request.Rate < 1 || request.Seconds < 2 || request.Repeats < 1)
                throw CliException.Usage("CLI-001", "--rows must be from 1000 to 100000000, --changed from 1000 to as many, --rate and --repeats 1 or above, --seconds 2 or above");
            DeltaBenchFigures f = await DeltaBench.MeasureAsync(request, cancel);
            Console.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(f, Indented)
                : $"{f.EachChanged.Max():N0} changed rows of {f.Rows:N0}: answered by after {f.Visible:0.00} s (longest {f.EachVisible.Max():0.00} s); "
                    + $"{f.Dropped} of {f.Requests:N0} requests dropped at {f.Rate}/s, p50 {f.P50:0.0} ms, p99 {f.P99:0.0} ms, p99.9 {f.P999:0.0} ms");
            return ExitCode.Done;
        });
        return command;
    }
}
