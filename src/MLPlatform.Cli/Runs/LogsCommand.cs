using System.CommandLine;
using MLPlatform.Cli.Connection;
using MLPlatform.Server.Runs;

namespace MLPlatform.Cli.Runs;

/// <summary><c>mlp runs logs RUN [ACTIVITY] [-f] [--search TEXT]</c></summary>
internal static class LogsCommand
{
    private static readonly Argument<string?> Activity = new("ACTIVITY") { Description = "Default: all that have a log, one after the other.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<bool> Follow = new("--follow", "-f") { Description = "Go on while the attempt writes; with --tail from the last lines on, with --search only lines that hold the text." };
    private static readonly Option<int?> Tail = new("--tail") { Description = "Only the last so many lines.", HelpName = "LINES" };
    private static readonly Option<string?> Search = new("--search") { Description = "Only lines that hold this text, in whatever case, with their numbers; with --tail the last of them.", HelpName = "TEXT" };
    private static readonly Option<bool> Regex = new("--regex") { Description = "What is searched is a regular expression, minding case unless it says (?i)." };
    private static readonly Option<bool> Errors = new("--errors") { Description = "Only the first lines that tell of an error, else the last lines." };
    private static readonly Option<int?> Attempt = new("--attempt") { Description = "The attempt's number. Default: the last one.", HelpName = "NUMBER" };

    private static readonly Option<bool> Json = GlobalOptions.Json();

    public static Command Create()
    {
        Command command = new("logs", "Print the log of an attempt.") { RunArgument.Run, Activity, Follow, Tail, Search, Regex, Errors, Attempt, Json };
        command.SetAction(ShowAsync);
        return command;
    }

    private static async Task<int> ShowAsync(ParseResult parsed, CancellationToken cancel)
    {
        bool follow = parsed.GetValue(Follow);
        if (follow && parsed.GetValue(Json))
            throw CliException.Usage("CLI-020", "--json tells what there is, --follow goes on: give one of the two.");
        if (parsed.GetValue(Regex) && parsed.GetValue(Search) is null)
            throw CliException.Usage("CLI-013", "--regex says how --search is meant: give the expression there.", "mlp runs logs RUN ACTIVITY --search 'loss: [0-9.]+' --regex");
        await using PlatformConnection platform = await PlatformConnection.OpenAsync(parsed, follow ? Purpose.Stay : Purpose.Read, cancel);
        Guid run = await RunArgument.ResolveAsync(parsed, platform.Client, cancel);
        string? activity = parsed.GetValue(Activity);
        if (follow && activity is null)
            throw CliException.Usage("CLI-013", "--follow needs one activity.", $"mlp runs logs {run} ACTIVITY --follow");
        List<object> told = [];
        foreach (string name in activity is null ? await StartedAsync(platform.Client, run, cancel) : [activity])
        {
            LogReader log = new(platform.Client, RunText.LogPath(run, name), parsed.GetValue(Attempt));
            if (parsed.GetValue(Json))
            {
                told.Add(await TellAsync(log, name, parsed, cancel));
                continue;
            }
            if (activity is null)
                Console.WriteLine($"==> {name} <==");
            await PrintAsync(log, parsed, follow, cancel);
        }
        if (parsed.GetValue(Json))
            Print.Json(told);
        return ExitCode.Done;
    }

    private static async Task<IEnumerable<string>> StartedAsync(PlatformClient client, Guid run, CancellationToken cancel) =>
        (await client.GetAsync<RunDetail>($"api/v1/runs/{run}", cancel)).Activities.Where(a => a.Attempts > 0).Select(a => a.Name);

    private static async Task PrintAsync(LogReader log, ParseResult parsed, bool follow, CancellationToken cancel)
    {
        if (parsed.GetValue(Errors))
        {
            LogErrorView errors = await log.ErrorsAsync(cancel);
            for (int i = 0; i < errors.Lines.Count; i++)
                Console.WriteLine($"{errors.FirstLine + i}:{errors.Lines[i]}");
        }
        else if (parsed.GetValue(Search) is { } text)
        {
            if (follow)
                await foreach (LogMatchView match in log.FollowAsync(text, parsed.GetValue(Regex), cancel))
                    Say(match);
            else if (parsed.GetValue(Tail) is { } last)
                (await log.LastAsync(text, parsed.GetValue(Regex), last, cancel)).ForEach(Say);
            else
                await foreach (LogMatchView match in log.SearchAsync(text, parsed.GetValue(Regex), cancel))
                    Say(match);
        }
        else if (follow)
            await log.FollowAsync(parsed.GetValue(Tail), cancel);
        else
            await log.CopyAsync(parsed.GetValue(Tail), Console.Out, cancel);
    }

    private static async Task<object> TellAsync(LogReader log, string activity, ParseResult parsed, CancellationToken cancel)
    {
        if (parsed.GetValue(Errors))
        {
            LogErrorView errors = await log.ErrorsAsync(cancel);
            return new { activity, errors.Attempt, errors.Number, errors.Found, errors.Line, errors.FirstLine, errors.Lines };
        }
        if (parsed.GetValue(Search) is { } text)
            return new { activity, matches = parsed.GetValue(Tail) is { } last ? await log.LastAsync(text, parsed.GetValue(Regex), last, cancel) : await log.SearchAsync(text, parsed.GetValue(Regex), cancel).ToListAsync(cancel) };
        StringWriter all = new();
        LogView view = await log.CopyAsync(parsed.GetValue(Tail), all, cancel);
        return new { activity, view.Attempt, view.Number, text = all.ToString(), view.Complete };
    }

    private static void Say(LogMatchView match) => Console.WriteLine($"{match.Line}:{match.Text}");
}
