using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Bees.Agents;

namespace MLPlatform.Cli.Bench;

/// <summary><c>mlp bench bees</c>.</summary>
internal static class BeesBenchCommand
{
    private static readonly Option<string> What = new("--what") { Description = "agent (tails a log and ships it, held to one core), collector (keeps what it is sent) or parquet (JSON lines to Parquet, on two cores)", DefaultValueFactory = _ => "agent" };
    private static readonly Option<int> Size = new("--mebibytes") { Description = "Size of the log", DefaultValueFactory = _ => 512 };
    private static readonly Option<string> Sink = new("--sink") { Description = "Of the agent: http (a receiver that checks every frame) or folder (durable files)", DefaultValueFactory = _ => "http" };
    private static readonly Option<int> Repeats = new("--repeats") { Description = "Measured repeats", DefaultValueFactory = _ => 5 };
    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object" };

    public static Command Create()
    {
        What.AcceptOnlyFromAmong("agent", "collector", "parquet");
        Sink.AcceptOnlyFromAmong("http", "folder");
        Command command = new("bees", "Measures how fast records are tailed, kept and made into tables") { What, Size, Sink, Repeats, Json };
        command.SetAction(async (parsed, cancel) =>
        {
            (int size, int repeats, bool json) = (parsed.GetValue(Size), parsed.GetValue(Repeats), parsed.GetValue(Json));
            Console.WriteLine(parsed.GetValue(What) switch
            {
                "collector" => Tell(await BeesCollectorBench.MeasureAsync(size, repeats, cancel), json),
                "parquet" => Tell(await BeesParquetBench.MeasureAsync(size, repeats, cancel), json),
                _ => Tell(await BeesBench.MeasureAsync(new(size, parsed.GetValue(Sink)!, repeats), cancel), json),
            });
            return ExitCode.Done;
        });
        return command;
    }

    private static string Tell(BeesBenchFigures f, bool json) => json ? JsonSerializer.Serialize(f, BeesBenchJson.Default.BeesBenchFigures)
        : $"{f.MebiBytes} MiB to {f.Sink}{(f.OneCore ? ", on one core" : "")}: {f.MegabytesPerSecond:N0} MB/s, {f.MegabytesPerCpuSecond:N0} MB a CPU second, "
            + $"{f.RecordsPerSecond:N0} records/s, at most {f.PeakMemoryMiB:N0} MiB resident (median of {f.Repeats}, load {f.LoadBefore:N1})";

    private static string Tell(BeesCollectorFigures f, bool json) => json ? JsonSerializer.Serialize(f, BeesBenchJson.Default.BeesCollectorFigures)
        : $"{f.MebiBytes} MiB from {f.Senders} senders, durable: {f.MegabytesPerSecond:N0} MB/s, {f.RecordsPerSecond:N0} records/s, {f.MegabytesPerCpuSecond:N0} MB a CPU second "
            + $"of the server (median of {f.Repeats}, load {f.LoadBefore:N1})";

    private static string Tell(BeesParquetFigures f, bool json) => json ? JsonSerializer.Serialize(f, BeesBenchJson.Default.BeesParquetFigures)
        : $"{f.MebiBytes} MiB of JSON lines to Parquet{(f.TwoCores ? ", on two cores" : "")}: {f.RecordsPerSecond:N0} events/s, {f.MegabytesPerSecond:N0} MB/s (median of {f.Repeats}, load {f.LoadBefore:N1})";
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
[JsonSerializable(typeof(BeesBenchFigures))]
[JsonSerializable(typeof(BeesCollectorFigures))]
[JsonSerializable(typeof(BeesParquetFigures))]
[JsonSerializable(typeof(AgentOutcome))]
internal sealed partial class BeesBenchJson : JsonSerializerContext;
