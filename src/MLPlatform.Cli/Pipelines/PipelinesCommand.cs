using System.CommandLine;
using MLPlatform.Cli.Connection;
using MLPlatform.Cli.Runs;
using MLPlatform.Server.Pipelines;

namespace MLPlatform.Cli.Pipelines;

/// <summary><c>mlp pipelines list|show|score|pause|unpause|remove</c></summary>
internal static class PipelinesCommand
{
    private static readonly Argument<string> Id = new("PIPELINE") { Description = "A registered pipeline." };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create() => new("pipelines", "Registered pipelines.")
    {
        List(),
        Show(),
        ScoreCommands.OfPipeline(),
        Change("pause", "Let a pipeline's triggers rest.", "paused"),
        Change("unpause", "Let a pipeline's triggers fire again.", "unpaused"),
        Remove(),
    };

    private static Command List()
    {
        Command command = new("list", "Show all.") { Json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
            List<PipelineView> all = await platform.Client.GetAsync<List<PipelineView>>("api/v1/pipelines", cancel);
            if (parsed.GetValue(Json))
                Print.Json(all);
            else
                Print.Table(["PIPELINE", "REVISION", "STATE", "APPLIED", "BY"],
                    all.Select(p => new[] { p.Id, $"{p.Revision}", p.Paused ? "paused" : "live", Print.Time(p.AppliedAt), p.AppliedBy }));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Show()
    {
        Command command = new("show", "Print the newest revision's file.") { Id, Json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
            PipelineDetail detail = await platform.Client.GetAsync<PipelineDetail>($"api/v1/pipelines/{Uri.EscapeDataString(parsed.GetValue(Id)!)}", cancel);
            if (parsed.GetValue(Json))
                Print.Json(detail);
            else
                Console.WriteLine(detail.File.GetRawText());
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Change(string verb, string description, string done)
    {
        Command command = new(verb, description) { Id };
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
            string id = parsed.GetValue(Id)!;
            await platform.Client.PostAsync<PipelineView>($"api/v1/pipelines/{Uri.EscapeDataString(id)}/{verb}", null, cancel);
            Console.WriteLine($"{id}: {done}");
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Remove()
    {
        Command command = new("remove", "Take a pipeline out of use; its runs stay.") { Id };
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
            string id = parsed.GetValue(Id)!;
            await platform.Client.DeleteAsync($"api/v1/pipelines/{Uri.EscapeDataString(id)}", cancel);
            Console.WriteLine($"{id}: removed");
            return ExitCode.Done;
        });
        return command;
    }
}
