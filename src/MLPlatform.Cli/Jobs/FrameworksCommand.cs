using System.CommandLine;
using System.Text;
using System.Text.Json;
using MLPlatform.Cli.Connection;
using MLPlatform.Cli.Pipelines;
using MLPlatform.Core.Jobs;
using MLPlatform.Core.Pipelines;
using MLPlatform.Server.Jobs;

namespace MLPlatform.Cli.Jobs;

/// <summary><c>mlp frameworks list|show|versions|register</c>: the environments that jobs run in.</summary>
internal static class FrameworksCommand
{
    private static readonly Argument<string> Name = new("FRAMEWORK") { Description = "A framework, such as torch-1.13; of one that is registered perhaps a version: torch-2.1@3." };
    private static readonly Argument<string> File = new("FILE") { Description = "A framework: a JSON file." };
    private static readonly Option<string?> Note = new("--note", "-m") { Description = "What to remember about this version.", HelpName = "TEXT" };
    private static readonly Option<int?> Based = new("--based") { Description = "The version this is a change of; it is refused if another came in between. Default: the latest.", HelpName = "VERSION" };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create() => new("frameworks", "Environments that training jobs run in, and their presets.") { List(), Show(), Versions(), Register() };

    private static Command List() => Do(new Command("list", "Show all frameworks.") { Json }, async (parsed, client, cancel) =>
    {
        FrameworksView all = await client.GetAsync<FrameworksView>("api/v1/frameworks", cancel);
        if (parsed.GetValue(Json))
        {
            Print.Json(all);
            return;
        }
        Dictionary<string, RegisteredFrameworkView> registered = all.Registered.ToDictionary(r => r.Name);
        Print.Table(["FRAMEWORK", "VERSION", "OWNER", "PRESETS", "ABOUT"], all.Frameworks.Select(f => new[] { f.Name, registered.TryGetValue(f.Name, out RegisteredFrameworkView? r) ? $"{r.Version}" : "-", f.Owner ?? "", string.Join(", ", f.Presets.Keys), f.Description ?? "" }));
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

    private static Command Versions() => Do(new Command("versions", "Show the versions of a registered framework.") { Name, Json }, async (parsed, client, cancel) =>
    {
        List<RegisteredFrameworkView> versions = await client.GetAsync<List<RegisteredFrameworkView>>($"api/v1/frameworks/{Uri.EscapeDataString(parsed.GetValue(Name)!)}/versions", cancel);
        if (parsed.GetValue(Json))
            Print.Json(versions);
        else
            Print.Table(["VERSION", "MADE", "BY", "NOTE"], versions.Select(v => new[] { $"{v.Version}", Print.Time(v.CreatedAt), v.By, v.Note ?? "" }));
    });

    private static Command Register() => Do(new Command("register", "Register a framework: the next version of its name.") { File, Note, Based, Json }, async (parsed, client, cancel) =>
    {
        string file = parsed.GetValue(File)!;
        JsonElement text = JsonSerializer.SerializeToElement(Encoding.UTF8.GetString(PipelineFiles.Read(file)));
        RegisteredFrameworkView made = await client.PostAsync<RegisteredFrameworkView>("api/v1/frameworks", new RegisterFrameworkRequest(text, file, parsed.GetValue(Note), parsed.GetValue(Based)), cancel);
        if (parsed.GetValue(Json))
            Print.Json(made);
        else
            Console.WriteLine($"{made.Name} is at version {made.Version}.");
    }, Purpose.Change);

    private static Command Do(Command command, Func<ParseResult, PlatformClient, CancellationToken, Task> work, Purpose purpose = Purpose.Read)
    {
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, purpose, cancel);
            await work(parsed, platform.Client, cancel);
            return ExitCode.Done;
        });
        return command;
    }
}
