using System.CommandLine;
using System.Text.Json;
using MLPlatform.Cli.Connection;
using MLPlatform.Core.Jobs;
using MLPlatform.Core.Pipelines;
using MLPlatform.Server.Jobs;

namespace MLPlatform.Cli.Jobs;

/// <summary><c>mlp frameworks list|show</c>: the environments that jobs run in.</summary>
internal static class FrameworksCommand
{
    private static readonly Argument<string> Name = new("FRAMEWORK") { Description = "A framework, such as torch-1.13." };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create() => new("frameworks", "Environments that training jobs run in, and their presets.") { List(), Show() };

    private static Command List() => Do(new Command("list", "Show all frameworks.") { Json }, async (parsed, client, cancel) =>
    {
        FrameworksView all = await client.GetAsync<FrameworksView>("api/v1/frameworks", cancel);
        if (parsed.GetValue(Json))
        {
            Print.Json(all);
            return;
        }
        Print.Table(["FRAMEWORK", "OWNER", "PRESETS", "ABOUT"], all.Frameworks.Select(f => new[] { f.Name, f.Owner ?? "", string.Join(", ", f.Presets.Keys), f.Description ?? "" }));
        foreach (Diagnostic problem in all.Problems)
            Console.Error.WriteLine(Print.Harmless(problem.ToString()));
    });

    private static Command Show() => Do(new Command("show", "Show a framework's presets and what they ask for.") { Name, Json }, async (parsed, client, cancel) =>
    {
        FrameworkFile framework = await client.GetAsync<FrameworkFile>($"api/v1/frameworks/{Uri.EscapeDataString(parsed.GetValue(Name)!)}", cancel);
        if (parsed.GetValue(Json))
        {
            Print.Json(framework);
            return;
        }
        Console.WriteLine($"{framework.Name}: {Print.Harmless(framework.Description ?? "")}");
        Console.WriteLine($"One machine: {(framework.Activity == "train.script" ? string.Join(' ', framework.Command) : framework.Activity)}; image for clusters: {framework.Image ?? "none"}");
        foreach ((string name, PresetFile preset) in framework.Presets)
        {
            Console.WriteLine();
            Console.WriteLine($"{name} ({preset.Owner ?? "nobody"}): {Print.Harmless(preset.Description ?? "")} Runs: {Print.Harmless(string.Join(' ', preset.Command))}");
            Print.Table(["PARAMETER", "TYPE", "DEFAULT", "ABOUT"], preset.Parameters.Select(p => new[]
            {
                p.Key, p.Value.Type.ToString().ToLowerInvariant(), p.Value.Default is JsonElement value ? value.ToString() : "must be given", p.Value.Description ?? "",
            }));
        }
    });

    private static Command Do(Command command, Func<ParseResult, PlatformClient, CancellationToken, Task> work)
    {
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
            await work(parsed, platform.Client, cancel);
            return ExitCode.Done;
        });
        return command;
    }
}
