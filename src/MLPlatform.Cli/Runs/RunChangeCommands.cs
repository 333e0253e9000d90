using System.CommandLine;
using MLPlatform.Cli.Connection;
using MLPlatform.Server.Runs;

namespace MLPlatform.Cli.Runs;

/// <summary>The commands that change a run's course. Without a server this process stays and carries the run on.</summary>
internal static class RunChangeCommands
{
    private static readonly Argument<string> Activity = new("ACTIVITY") { Description = "The activity that waits." };
    private static readonly Option<string[]> From = new("--from") { Description = "The activity to begin at; may be repeated. Default: the beginning.", HelpName = "ACTIVITY" };
    private static readonly Option<bool> Reject = new("--reject") { Description = "Say no." };
    private static readonly Option<string?> Comment = new("--comment") { Description = "Why; kept with the run." };
    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Cancel() => Simple("cancel", "Stop a run and its attempts.", stays: true);

    public static Command Pause() => Simple("pause", "Start nothing new; what runs goes on.", stays: false);

    public static Command Unpause() => Simple("unpause", "Go on with a paused run.", stays: true);

    public static Command Resume() => Simple("resume", "Run again what did not succeed, and what hangs on it.", stays: true);

    public static Command Retry()
    {
        Command command = new("retry", "Run a finished run again, from chosen activities or from the beginning.") { RunArgument.Run, From, Json };
        command.SetAction((parsed, cancel) =>
        {
            string[] from = parsed.GetValue(From) ?? [];
            return ChangeAsync(parsed, _ => "rerun" + (from.Length == 0 ? "" : $"?from={Uri.EscapeDataString(string.Join(',', from))}"), null, true, cancel);
        });
        return command;
    }

    public static Command Approve()
    {
        Command command = new("approve", "Answer an activity that waits for a person.") { RunArgument.Run, Activity, Reject, Comment, Json };
        command.SetAction((parsed, cancel) => ChangeAsync(
            parsed, p => $"activities/{Uri.EscapeDataString(p.GetValue(Activity)!)}/approve",
            new Approval(!parsed.GetValue(Reject), parsed.GetValue(Comment)), true, cancel));
        return command;
    }

    private static Command Simple(string verb, string description, bool stays)
    {
        Command command = new(verb, description) { RunArgument.Run, Json };
        command.SetAction((parsed, cancel) => ChangeAsync(parsed, _ => verb, null, stays, cancel));
        return command;
    }

    private static async Task<int> ChangeAsync(
        ParseResult parsed, Func<ParseResult, string> path, object? body, bool stays, CancellationToken cancel)
    {
        await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, stays ? Purpose.Stay : Purpose.Change, cancel);
        Guid run = await RunArgument.ResolveAsync(parsed, platform.Client, cancel);
        RunView now = await platform.Client.PostAsync<RunView>($"api/v1/runs/{run}/{path(parsed)}", body, cancel);
        bool json = parsed.GetValue(Json);
        if (stays && platform.IsEmbedded)
        {
            // Nobody else would carry the run on. A cancelled run is what was asked for, so it is no failure.
            int exit = await RunFollowing.FollowAsync(platform, run, RunFollowing.StyleOf(json, watch: true), cancel);
            return parsed.CommandResult.Command.Name == "cancel" ? ExitCode.Done : exit;
        }
        if (json)
            Print.Json(now);
        else
            Console.WriteLine($"Run {run} of {now.Pipeline}: {RunText.Word(now.State)}");
        return ExitCode.Done;
    }
}
