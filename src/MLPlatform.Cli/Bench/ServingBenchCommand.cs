using System.CommandLine;
using System.Text.Json;
using MLPlatform.Server.Describe;

namespace MLPlatform.Cli.Bench;

/// <summary><c>mlp bench serving</c>.</summary>
internal static class ServingBenchCommand
{
    private static readonly JsonSerializerOptions Indented = new(JsonSetup.ClientOptions) { WriteIndented = true };

    public static Command Create()
    {
        Option<string> model = new("--model") { Description = "fm (a factorization machine) or onnx (behind fitted features)", DefaultValueFactory = _ => "fm" };
        model.AcceptOnlyFromAmong("fm", "onnx");
        Option<double> seconds = new("--seconds") { Description = "How long each measurement takes, after a warm-up", DefaultValueFactory = _ => 10 };
        Option<int> rate = new("--rate") { Description = "Single rows a second, sent whether or not answers come", DefaultValueFactory = _ => 2000 };
        Option<int> cores = new("--cores") { Description = "Cores that server and load share", DefaultValueFactory = _ => 2 };
        Option<bool> json = new("--json") { Description = "Print one JSON object" };
        Command command = new("serving", "Serves a model in a process of its own and loads it from this one") { model, seconds, rate, cores, json };
        command.SetAction(async (parsed, cancel) =>
        {
            ServingBenchFigures f = await ServingBench.MeasureAsync(
                new(parsed.GetValue(model)!, parsed.GetValue(seconds), parsed.GetValue(rate), parsed.GetValue(cores)), cancel);
            Console.WriteLine(parsed.GetValue(json)
                ? JsonSerializer.Serialize(f, Indented)
                : $"{f.Model} on {f.Cores} cores: {f.RowsPerSecond:N0} rows/s in batches of {f.BatchRows}; single rows at {f.Rate:N0}/s: "
                    + $"p50 {f.P50:0.00} ms, p99 {f.P99:0.00} ms, p99.9 {f.P999:0.00} ms ({f.Achieved:N0}/s answered, {f.Errors} errors, {f.LostImpressions} impressions lost)");
            return ExitCode.Done;
        });
        return command;
    }
}
