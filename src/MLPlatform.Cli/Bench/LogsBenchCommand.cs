using System.CommandLine;
using System.Text.Json;
using MLPlatform.Server.Describe;

namespace MLPlatform.Cli.Bench;

/// <summary><c>mlp bench logs</c>.</summary>
internal static class LogsBenchCommand
{
    private static readonly JsonSerializerOptions Indented = new(JsonSetup.ClientOptions) { WriteIndented = true };

    public static Command Create()
    {
        Option<long> lines = new("--lines") { Description = "Lines of the log", DefaultValueFactory = _ => 10_000_000 };
        Option<int> repeats = new("--repeats") { Description = "Measured repeats", DefaultValueFactory = _ => 5 };
        Option<bool> json = new("--json") { Description = "Print one JSON object" };
        Command command = new("logs", "Has an activity write a long log and reads it as the console does") { lines, repeats, json };
        command.SetAction(async (parsed, cancel) =>
        {
            LogsBenchFigures f = await LogsBench.MeasureAsync(parsed.GetValue(lines), parsed.GetValue(repeats), cancel);
            Console.WriteLine(parsed.GetValue(json)
                ? JsonSerializer.Serialize(f, Indented)
                : $"{f.Lines:N0} lines, {f.Bytes / 1e6:N0} MB, written in {f.WriteSeconds:N1} s: opened in {f.OpenMs:N1} ms, a window in {f.WindowMs:N1} ms, first error {f.FirstErrorMs:N0} ms, search {f.SearchMs:N0} ms (medians of {f.Repeats})");
            return ExitCode.Done;
        });
        return command;
    }
}
