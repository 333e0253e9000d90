using System.CommandLine;
using System.Text.Json;
using MLPlatform.Server.Describe;

namespace MLPlatform.Cli.Bench.Vlps;

/// <summary><c>mlp bench vlps-files</c>.</summary>
internal static class FileBenchCommand
{
    private static readonly JsonSerializerOptions Indented = new(JsonSetup.ClientOptions) { WriteIndented = true };

    public static Command Create()
    {
        Option<int> rows = new("--rows") { Description = "Samples", DefaultValueFactory = _ => 2_000_000 };
        Option<string> model = new("--model") { Description = "lr, fm, fwfm, deepfm or dcn-v2", DefaultValueFactory = _ => "fm" };
        model.AcceptOnlyFromAmong("lr", "fm", "fwfm", "deepfm", "dcn-v2");
        Option<int> threads = new("--threads") { Description = "Threads that train; one reads ahead", DefaultValueFactory = _ => Environment.ProcessorCount };
        Option<int> batch = new("--batch") { Description = "Samples whose gradients are taken together", DefaultValueFactory = _ => 2304 };
        Option<int> scored = new("--scored-batch") { Description = "Rows that are scored at once", DefaultValueFactory = _ => 100 };
        Option<int> repeats = new("--repeats") { Description = "Measured repeats", DefaultValueFactory = _ => 5 };
        Option<bool> json = new("--json") { Description = "Print one JSON object" };
        Command command = new("vlps-files", "Trains from a Parquet file and from memory in turns, and scores raw rows with the model's folder on one thread")
        {
            rows, model, threads, batch, scored, repeats, json,
        };
        command.SetAction((parsed, cancel) =>
        {
            FileBenchRequest request = new(
                parsed.GetValue(rows), parsed.GetValue(model)!, parsed.GetValue(threads), parsed.GetValue(batch), parsed.GetValue(scored), parsed.GetValue(repeats));
            if (request.Rows is < 1000 or > 10_000_000 || request.Threads is < 1 or > 1024 || request.Batch is < 1 or > 65_536 || request.ScoredBatch is < 1 or > 10_000 || request.Repeats < 1)
                throw CliException.Usage("CLI-001", "--rows must be from 1000 to 10000000, --threads from 1 to 1024, --batch from 1 to 65536, --scored-batch from 1 to 10000, --repeats 1 or above");
            FileBenchFigures f = FileBench.Measure(request, cancel);
            Console.WriteLine(parsed.GetValue(json) ? JsonSerializer.Serialize(f, Indented)
                : $"{f.Model} on {f.Threads} threads: {f.FromMemory:N0} samples/s from memory, {f.FromParquet:N0} from Parquet ({f.OfMemory:P0}); one thread scores {f.Scored:N0} rows/s");
            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }
}
