using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLPlatform.Cli.Bench;

/// <summary><c>mlp bench steps</c>.</summary>
internal static class StepsBenchCommand
{
    public static Command Create()
    {
        Option<int> steps = new("--steps") { Description = "Processes in the run", DefaultValueFactory = _ => 1000 };
        Option<int> repeats = new("--repeats") { Description = "Measured repeats", DefaultValueFactory = _ => 5 };
        Option<bool> json = new("--json") { Description = "Print one JSON object" };
        Command command = new("steps", "Runs /bin/true over and over through the process executor") { steps, repeats, json };
        command.SetAction(async (parsed, cancel) =>
        {
            StepsBenchFigures figures = await StepsBench.MeasureAsync(parsed.GetValue(steps), parsed.GetValue(repeats), cancel);
            Console.WriteLine(parsed.GetValue(json)
                ? JsonSerializer.Serialize(figures, StepsBenchJson.Default.StepsBenchFigures)
                : $"{figures.Steps} steps of /bin/true: {figures.Seconds:N2} s (median of {figures.Repeats}); "
                    + $"in a chain, ready to ended: median {figures.ReadyToEndedMsMedian:N1} ms, p99 {figures.ReadyToEndedMsP99:N1} ms");
            return ExitCode.Done;
        });
        return command;
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(StepsBenchFigures))]
internal sealed partial class StepsBenchJson : JsonSerializerContext;
