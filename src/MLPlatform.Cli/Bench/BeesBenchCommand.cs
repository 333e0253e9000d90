using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Bees.Agents;

namespace MLPlatform.Cli.Bench;

/// <summary><c>mlp bench bees</c>.</summary>
internal static class BeesBenchCommand
{
    public static Command Create()
    {
        Option<int> size = new("--mebibytes") { Description = "Size of the log", DefaultValueFactory = _ => 512 };
        Option<string> sink = new("--sink") { Description = "http (a receiver that checks every frame) or folder (durable files)", DefaultValueFactory = _ => "http" };
        sink.AcceptOnlyFromAmong("http", "folder");
        Option<int> repeats = new("--repeats") { Description = "Measured repeats", DefaultValueFactory = _ => 5 };
        Option<bool> json = new("--json") { Description = "Print one JSON object" };
        Command command = new("bees", "Lets an agent, held to one core, tail a log and ship it") { size, sink, repeats, json };
        command.SetAction(async (parsed, cancel) =>
        {
            BeesBenchFigures f = await BeesBench.MeasureAsync(new(parsed.GetValue(size), parsed.GetValue(sink)!, parsed.GetValue(repeats)), cancel);
            Console.WriteLine(parsed.GetValue(json)
                ? JsonSerializer.Serialize(f, BeesBenchJson.Default.BeesBenchFigures)
                : $"{f.MebiBytes} MiB to {f.Sink}{(f.OneCore ? ", on one core" : "")}: {f.MegabytesPerSecond:N0} MB/s, {f.MegabytesPerCpuSecond:N0} MB a CPU second, "
                    + $"{f.RecordsPerSecond:N0} records/s, at most {f.PeakMemoryMiB:N0} MiB resident (median of {f.Repeats})");
            return ExitCode.Done;
        });
        return command;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true)]
[JsonSerializable(typeof(BeesBenchFigures))]
[JsonSerializable(typeof(AgentOutcome))]
internal sealed partial class BeesBenchJson : JsonSerializerContext;
