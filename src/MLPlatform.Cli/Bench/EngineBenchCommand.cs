using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Storage;

namespace MLPlatform.Cli.Bench;

/// <summary><c>mlp bench engine</c>.</summary>
internal static class EngineBenchCommand
{
    public static Command Create()
    {
        Option<string> shape = Choice.Of("--shape", "How activities depend on each other", BenchShape.Layered);
        Option<int> activities = new("--activities") { Description = "Activities in each run", DefaultValueFactory = _ => 10_000 };
        Option<string> store = Choice.Of("--store", "The database; postgres is a private server in a temporary folder", StorageProvider.Sqlite);
        Option<int> runs = new("--runs") { Description = "Runs started together", DefaultValueFactory = _ => 1 };
        Option<int> repeats = new("--repeats") { Description = "Measured repeats, at least a second in all", DefaultValueFactory = _ => 5 };
        Option<bool> json = new("--json") { Description = "Print one JSON object" };
        Command command = new("engine", "Runs durable no-op activities through the engine and a real store") { shape, activities, store, runs, repeats, json };
        command.SetAction(async (parsed, cancel) =>
        {
            EngineBenchRequest request = new(
                parsed.Get<BenchShape>(shape), parsed.GetValue(activities), parsed.Get<StorageProvider>(store), parsed.GetValue(runs), parsed.GetValue(repeats));
            EngineBenchFigures figures = await EngineBench.MeasureAsync(request, cancel);
            string text = JsonSerializer.Serialize(figures, EngineBenchJson.Default.EngineBenchFigures);
            Console.WriteLine(parsed.GetValue(json) ? text : Table(figures));
            return ExitCode.Done;
        });
        return command;
    }

    private static string Table(EngineBenchFigures f) => string.Join('\n',
    [
        $"{f.Shape}, {f.Activities} activities, {f.Runs} runs together, {f.Store}; median of {f.Repeats} repeats after a warm-up",
        $"  activities/s           {f.ActivitiesPerSecond,14:N0}",
        $"  runs/s                 {f.RunsPerSecond,14:N1}",
        $"  ms/activity            {f.MsPerActivity,14:N4}",
        $"  peak memory, MiB       {f.PeakMemoryMiB,14:N0}",
        $"  commits a repeat       {f.Commits,14:N1}",
        $"  rows written a repeat  {f.RowsWritten,14:N0}",
        $"  single commits/s       {f.SingleCommitsPerSecond,14:N0}   (the store alone, same rows)",
        $"  on {f.Machine.Cores} x {f.Machine.Cpu}, {f.Machine.MemoryMiB} MiB, {f.Machine.Runtime}",
    ]);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(EngineBenchFigures))]
internal sealed partial class EngineBenchJson : JsonSerializerContext;
