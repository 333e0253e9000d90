using System.CommandLine;
using MLPlatform.Cli.Connection;
using MLPlatform.Server.Describe;
using MLPlatform.Server.Runs;

namespace MLPlatform.Cli.Runs;

/// <summary><c>mlp runs list|show|why|logs|watch|score|cancel|pause|unpause|resume|retry|approve</c></summary>
internal static class RunsCommand
{
    private static readonly Option<string?> Pipeline = new("--pipeline") { Description = "Only runs of this pipeline." };
    private static readonly Option<string?> State = new("--state") { Description = "Only runs in this state: running, paused, cancelling, succeeded, failed or cancelled." };
    private static readonly Option<int> Limit = new("--limit") { Description = "How many, newest first.", DefaultValueFactory = _ => 20 };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create() => new("runs", "Runs: look at them and change their course.")
    {
        List(), Show(), Why(), LogsCommand.Create(), Watch(), ScoreCommands.OfRun(),
        RunChangeCommands.Cancel(), RunChangeCommands.Pause(), RunChangeCommands.Unpause(), RunChangeCommands.Resume(),
        RunChangeCommands.Retry(), RunChangeCommands.Approve(),
    };

    private static Command List()
    {
        Command command = new("list", "Show runs, newest first.") { Pipeline, State, Limit, Json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
            string query = $"limit={parsed.GetValue(Limit)}"
                + (parsed.GetValue(Pipeline) is { } pipeline ? $"&pipeline={Uri.EscapeDataString(pipeline)}" : "")
                + (parsed.GetValue(State) is { } state ? $"&state={Uri.EscapeDataString(state)}" : "");
            PageView<RunView> page = await platform.Client.GetAsync<PageView<RunView>>($"api/v1/runs?{query}", cancel);
            if (parsed.GetValue(Json))
                Print.Json(page.Items);
            else
                Print.Table(["RUN", "PIPELINE", "STATE", "CREATED", "TIME", "DONE"], page.Items.Select(r => new[]
                {
                    r.Id.ToString(), r.Pipeline, RunText.Word(r.State), Print.Time(r.CreatedAt), Print.Seconds(r.Seconds),
                    $"{r.Counts.Succeeded + r.Counts.Failed + r.Counts.Skipped}/{r.Counts.Total}",
                }));
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Show()
    {
        Command command = new("show", "Show a run and its activities.") { RunArgument.Run, Json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
            Guid run = await RunArgument.ResolveAsync(parsed, platform.Client, cancel);
            RunDetail detail = await platform.Client.GetAsync<RunDetail>($"api/v1/runs/{run}", cancel);
            if (parsed.GetValue(Json))
            {
                Print.Json(detail);
                return ExitCode.Done;
            }
            RunText.Show(detail);
            await RunText.ShowUsedAsync(platform.Client, detail, cancel);
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Why()
    {
        Command command = new("why", "Tell why a run's activities wait, what would let them start, and when.") { RunArgument.Run, Json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Read, cancel);
            Guid run = await RunArgument.ResolveAsync(parsed, platform.Client, cancel);
            List<WaitView> waits = await platform.Client.GetAsync<List<WaitView>>($"api/v1/runs/{run}/waiting", cancel);
            if (parsed.GetValue(Json))
                Print.Json(waits);
            else if (waits.Count > 0)
                RunText.Waits(waits);
            else
                Console.WriteLine("Nothing of it waits for resources.");
            return ExitCode.Done;
        });
        return command;
    }

    private static Command Watch()
    {
        Command command = new("watch", "Follow a run until it has ended.") { RunArgument.Run, Json };
        command.SetAction(async (parsed, cancel) =>
        {
            await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, Purpose.Stay, cancel);
            Guid run = await RunArgument.ResolveAsync(parsed, platform.Client, cancel);
            return await RunFollowing.FollowAsync(platform, run, RunFollowing.StyleOf(parsed.GetValue(Json), watch: true), cancel);
        });
        return command;
    }
}
