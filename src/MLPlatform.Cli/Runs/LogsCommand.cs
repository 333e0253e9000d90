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
    private static readonly Option<string?> Search = new("--search") { Description = "Only lines that hold this text, in whatever case; with --tail the last of them, else the first 1000.", HelpName = "TEXT" };
    private static readonly Option<int?> Attempt = new("--attempt") { Description = "The attempt's number. Default: the last one.", HelpName = "NUMBER" };

    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create()
    {
        Command command = new("logs", "Print the log of an attempt.") { RunArgument.Run, Activity, Follow, Tail, Search, Attempt, Json };
        command.SetAction(ShowAsync);
        return command;
    }

    private static async Task<int> ShowAsync(ParseResult parsed, CancellationToken cancel)
    {
        bool follow = parsed.GetValue(Follow);
        if (follow && parsed.GetValue(Json))
            throw CliException.Usage("CLI-020", "--json tells what there is, --follow goes on: give one of the two.");
        await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, follow ? Purpose.Stay : Purpose.Read, cancel);
        Guid run = await RunArgument.ResolveAsync(parsed, platform.Client, cancel);
        int? attempt = parsed.GetValue(Attempt);
        if (parsed.GetValue(Json))
        {
            await TellAsync(platform.Client, run, parsed.GetValue(Activity), attempt, parsed.GetValue(Tail), parsed.GetValue(Search), cancel);
            return ExitCode.Done;
        }
        if (parsed.GetValue(Activity) is { } activity)
        {
            if (follow)
                await FollowAsync(platform.Client, run, activity, attempt, cancel);
            else
                await CopyAsync(platform.Client, run, activity, attempt, parsed.GetValue(Tail), parsed.GetValue(Search), cancel);
            return ExitCode.Done;
        }
        if (follow)
            throw CliException.Usage("CLI-013", "--follow needs one activity.", $"mlp runs logs {run} ACTIVITY --follow");
        foreach (string ran in await StartedAsync(platform.Client, run, cancel))
        {
            Console.WriteLine($"==> {ran} <==");
            await CopyAsync(platform.Client, run, ran, attempt, parsed.GetValue(Tail), parsed.GetValue(Search), cancel);
        }
        return ExitCode.Done;
    }

    private static async Task<IEnumerable<string>> StartedAsync(PlatformClient client, Guid run, CancellationToken cancel) =>
        (await client.GetAsync<RunDetail>($"api/v1/runs/{run}", cancel)).Activities.Where(a => a.Attempts > 0).Select(a => a.Name);

    private static async Task TellAsync(PlatformClient client, Guid run, string? activity, int? attempt, int? tail, string? search, CancellationToken cancel)
    {
        List<object> all = [];
        foreach (string name in activity is null ? await StartedAsync(client, run, cancel) : [activity])
        {
            StringWriter text = new();
            LogView last = await CopyAsync(client, run, name, attempt, tail, search, cancel, text);
            all.Add(new { activity = name, last.Attempt, last.Number, text = text.ToString(), last.Complete });
        }
        Print.Json(all);
    }

    private static async Task<LogView> CopyAsync(
        PlatformClient client, Guid run, string activity, int? attempt, int? tail, string? search, CancellationToken cancel, TextWriter? to = null)
    {
        to ??= Console.Out;
        string path = RunText.LogPath(run, activity) + $"?limit=1048576{(attempt is { } number ? $"&attempt={number}" : "")}";
        if (tail is not null || search is not null)
        {
            LogView end = await client.GetAsync<LogView>(
                $"{path}{(tail is { } lines ? $"&tail={lines}" : "")}{(search is null ? "" : $"&search={Uri.EscapeDataString(search)}")}", cancel);
            if (search is null || end.Text.Length > 0)
                await to.WriteLineAsync(end.Text.AsMemory(), cancel);
            return end;
        }
        long offset = 0;
        while (true)
        {
            LogView piece = await client.GetAsync<LogView>($"{path}&offset={offset}", cancel);
            await to.WriteAsync(piece.Text.AsMemory(), cancel);
            if (piece.Next == offset)
                return piece;
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
