using System.CommandLine;
using System.Globalization;
using MLPlatform.Cli.Connection;
using MLPlatform.Server.Triggers;

namespace MLPlatform.Cli.Triggers;

/// <summary><c>mlp triggers list|next|preview</c></summary>
internal static class TriggersCommand
{
    private static readonly Argument<string?> Pipeline = new("PIPELINE") { Description = "Only triggers of this pipeline.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<int> Count = new("--count", "-n") { Description = "How many.", DefaultValueFactory = _ => 20 };
    private static readonly Option<string?> Name = new("--trigger") { Description = "Only this trigger of the pipeline, by its name or index." };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create() => new("triggers", "What starts runs without a person.") { List(), Next(), PreviewCommand.Create() };

    private static Command List()
    {
        Command command = new("list", "Show all triggers of registered pipelines.") { Json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
            TriggersView all = await platform.Client.GetAsync<TriggersView>("api/v1/triggers", cancel);
            if (parsed.GetValue(Json))
            {
                Print.Json(all);
                return ExitCode.Done;
            }
            Print.Table(["TRIGGER", "TYPE", "STATE", "NEXT", "LAST", "WAITING"], all.Triggers.Select(t => new[]
            {
                t.Key, t.Definition.GetProperty("type").GetString()!, t.Paused ? "paused" : "live", Print.Time(t.Next), t.Last?.Instant ?? "", $"{t.Waiting.Count}",
            }));
            foreach ((string pipeline, string problem) in all.Problems)
                Console.Error.WriteLine($"{pipeline}: its triggers rest: {problem}");
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Next()
    {
        Command command = new("next", "Show the instants that cron triggers come to next.") { Pipeline, Name, Count, Json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
            string query = $"count={parsed.GetValue(Count)}"
                + (parsed.GetValue(Pipeline) is { } pipeline ? $"&pipeline={Uri.EscapeDataString(pipeline)}" : "")
                + (parsed.GetValue(Name) is { } name ? $"&trigger={Uri.EscapeDataString(name)}" : "");
            List<InstantView> all = await platform.Client.GetAsync<List<InstantView>>($"api/v1/triggers/next?{query}", cancel);
            if (parsed.GetValue(Json))
                Print.Json(all);
            else
                Print.Table(["TRIGGER", "UTC", "LOCAL", "NOTE"], all.Select(i => new[]
                {
                    i.Trigger, Print.Time(i.Instant), i.Local.ToString("yyyy-MM-dd HH:mm:sszzz", CultureInfo.InvariantCulture), i.Note ?? "",
                }));
            return ExitCode.Done;
        });
        return command;
    }
}
