using System.CommandLine;
using System.Net.ServerSentEvents;
using System.Text.Json;
using MLPlatform.Cli.Connection;
using MLPlatform.Server.Runs;

namespace MLPlatform.Cli.Runs;

/// <summary><c>mlp runs logs RUN [ACTIVITY] [-f]</c></summary>
internal static class LogsCommand
{
    private static readonly Argument<string?> Activity = new("ACTIVITY") { Description = "Default: all that have a log, one after the other.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<bool> Follow = new("--follow", "-f") { Description = "Go on while the attempt writes." };
    private static readonly Option<int?> Tail = new("--tail") { Description = "Only the last so many lines.", HelpName = "LINES" };
    private static readonly Option<int?> Attempt = new("--attempt") { Description = "The attempt's number. Default: the last one.", HelpName = "NUMBER" };

    public static Command Create()
    {
        Command command = new("logs", "Print the log of an attempt.") { RunArgument.Run, Activity, Follow, Tail, Attempt };
        command.SetAction(ShowAsync);
        return command;
    }

    private static async Task<int> ShowAsync(ParseResult parsed, CancellationToken cancel)
    {
        bool follow = parsed.GetValue(Follow);
        await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, follow ? Purpose.Stay : Purpose.Read, cancel);
        Guid run = await RunArgument.ResolveAsync(parsed, platform.Client, cancel);
        int? attempt = parsed.GetValue(Attempt);
        if (parsed.GetValue(Activity) is { } activity)
        {
            if (follow)
                await FollowAsync(platform.Client, run, activity, attempt, cancel);
            else
                await CopyAsync(platform.Client, run, activity, attempt, parsed.GetValue(Tail), cancel);
            return ExitCode.Done;
        }
        if (follow)
            throw CliException.Usage("CLI-013", "--follow needs one activity.", $"mlp runs logs {run} ACTIVITY --follow");
        RunDetail detail = await platform.Client.GetAsync<RunDetail>($"api/v1/runs/{run}", cancel);
        foreach (ActivityView ran in detail.Activities.Where(a => a.Attempts > 0))
        {
            Console.WriteLine($"==> {ran.Name} <==");
            await CopyAsync(platform.Client, run, ran.Name, attempt, parsed.GetValue(Tail), cancel);
        }
        return ExitCode.Done;
    }

    private static async Task CopyAsync(PlatformClient client, Guid run, string activity, int? attempt, int? tail, CancellationToken cancel)
    {
        string path = RunText.LogPath(run, activity) + $"?limit=1048576{(attempt is { } number ? $"&attempt={number}" : "")}";
        if (tail is { } lines)
        {
            Console.WriteLine((await client.GetAsync<LogView>($"{path}&tail={lines}", cancel)).Text);
            return;
        }
        long offset = 0;
        while (true)
        {
            LogView piece = await client.GetAsync<LogView>($"{path}&offset={offset}", cancel);
            Console.Write(piece.Text);
            if (piece.Next == offset)
                return;
            offset = piece.Next;
        }
    }

    private static async Task FollowAsync(PlatformClient client, Guid run, string activity, int? attempt, CancellationToken cancel)
    {
        string path = $"{RunText.LogPath(run, activity)}/stream{(attempt is { } number ? $"?attempt={number}" : "")}";
        await foreach (SseItem<string> item in client.StreamAsync(path, cancel))
        {
            if (item.EventType == "log")
                Console.Write(JsonElement.Parse(item.Data).GetProperty("text").GetString());
        }
    }
}
