using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Alarms;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process;
using MLPlatform.Server.Access;
using MLPlatform.Server.Alarms;
using MLPlatform.Server.Hosting;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Runs;

/// <summary>Logs of attempts, whole, in pieces and as they grow.</summary>
internal static class LogEndpoints
{
    private const int MostBytes = 4 << 20;
    private const int MostLines = 100_000;
    private const int MostFound = 1000;

    /// <summary>How long one answer looks through a log; the next goes on.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    public static void MapLogs(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder logs = app.MapGroup("/api/v1/runs/{id:guid}/activities/{name}/log").WithTags("Runs")
            .RequireAuthorization(Permissions.View).ProducesProblem(404);
        logs.MapGet("/", ReadLog).WithName(nameof(ReadLog)).WithSummary("A piece of an attempt's log, or its last lines.").ProducesProblem(400);
        logs.MapGet("/search", SearchLog).WithName(nameof(SearchLog)).WithSummary("Lines of an attempt's log that hold a text or match an expression, with their positions.").ProducesProblem(400);
        logs.MapGet("/errors", FindLogError).WithName(nameof(FindLogError)).WithSummary("The first lines of an attempt's log that tell of an error, else its last lines.");
        logs.MapGet("/stream", StreamLog).WithName(nameof(StreamLog)).WithSummary("An attempt's log as server-sent events while it grows: its text (log), or the lines that are looked for (match), then end.").ProducesProblem(400)
            .Produces<string>(200, "text/event-stream");
    }

    /// <param name="attempt">The attempt's number. Default: the last one.</param>
    /// <param name="offset">Where to begin, in bytes.</param>
    /// <param name="limit">The most bytes to read. Default: 65,536.</param>
    /// <param name="tail">Only the last so many lines.</param>
    private static async Task<Results<Ok<LogView>, ProblemHttpResult>> ReadLog(
        Guid id, string name, IRunStore store, HostSettings settings, CancellationToken cancel,
        int? attempt = null, long offset = 0, int limit = 65_536, int? tail = null)
    {
        if (offset < 0 || limit is < 1 or > MostBytes || tail is < 1 or > MostLines)
            return Problem.BadRequest($"offset must not be negative, limit must lie between 1 and {MostBytes}, tail between 1 and {MostLines}.");
        (AttemptRow? found, ProblemHttpResult? problem) = await FindAsync(id, name, attempt, store, cancel);
        if (found is null)
            return problem!;
        AttemptId wanted = found.Id;
        AttemptLog log = AttemptLog.Of(settings.Home, wanted);
        bool ended = found.EndedAt is not null || log.HasEnded;
        if (tail is { } lines)
        {
            long end = log.Length;
            return TypedResults.Ok(new LogView(wanted.ToString(), wanted.Number, log.Tail(lines, end), end, end, ended));
        }
        LogChunk chunk = log.Read(offset, limit);
        return TypedResults.Ok(new LogView(wanted.ToString(), wanted.Number, chunk.Text, chunk.Next, log.Length, ended && chunk.Next >= log.Length));
    }

    /// <param name="text">What to look for: text in whatever case, or a regular expression.</param>
    /// <param name="regex">Whether it is a regular expression: .NET's, without references to groups and looking around, minding case unless it says (?i).</param>
    /// <param name="attempt">The attempt's number. Default: the last one.</param>
    /// <param name="offset">Where to begin, in bytes: 0, or <c>next</c> of an earlier answer.</param>
    /// <param name="line">The number of the line there: <c>nextLine</c> of that answer. Default: counted.</param>
    /// <param name="limit">The most matches, up to 1000. Default: 200.</param>
    /// <param name="last">Look from the end, or <paramref name="offset"/> where given, towards the beginning: the last matches there, in the log's order.</param>
    private static async Task<Results<Ok<LogSearchView>, ProblemHttpResult>> SearchLog(
        Guid id, string name, string text, IRunStore store, HostSettings settings, TimeProvider time, CancellationToken cancel,
        bool regex = false, int? attempt = null, long? offset = null, long? line = null, int limit = 200, bool last = false)
    {
        if (offset < 0 || line < 1 || limit is < 1 or > MostFound)
            return Problem.BadRequest($"offset must not be negative, line must be at least 1, limit must lie between 1 and {MostFound}.");
        (LogPattern? pattern, ProblemHttpResult? refused) = PatternOf(text, regex);
        if (pattern is null)
            return refused!;
        (AttemptRow? found, ProblemHttpResult? problem) = await FindAsync(id, name, attempt, store, cancel);
        if (found is null)
            return problem!;
        AttemptLog log = AttemptLog.Of(settings.Home, found.Id);
        bool ended = found.EndedAt is not null || log.HasEnded; // Asked first, so that the last words are not missed.
        return TypedResults.Ok(await Task.Run(() =>
        {
            if (last)
            {
                long end = offset ?? log.Length;
                (List<LogMatch> ending, long before, int skipped) = LogSearch.Last(log, pattern, end, limit, time, Patience);
                return new LogSearchView(found.Id.ToString(), found.Id.Number, [.. ending.Select(LogMatchView.From)], before, log.CountLines(before) + 1, log.Length, before > 0, before == 0 && ended, skipped);
            }
            LogSearch search = new(log, pattern, offset ?? 0, line ?? log.CountLines(offset ?? 0) + 1);
            List<LogMatch> matches = search.Next(ended, limit, time, Patience);
            return new LogSearchView(found.Id.ToString(), found.Id.Number, [.. matches.Select(LogMatchView.From)], search.Offset, search.Line, log.Length, search.HasMore, ended && !search.HasMore, search.Skipped);
        }, cancel));
    }

    /// <param name="attempt">The attempt's number. Default: the last one.</param>
    private static async Task<Results<Ok<LogErrorView>, ProblemHttpResult>> FindLogError(
        Guid id, string name, IRunStore store, AttemptLogFiles logs, CancellationToken cancel, int? attempt = null)
    {
        (AttemptRow? found, ProblemHttpResult? problem) = await FindAsync(id, name, attempt, store, cancel);
        if (found is null)
            return problem!;
        FirstError told = await Task.Run(() => logs.Read(found.Id), cancel);
        return TypedResults.Ok(new LogErrorView(found.Id.ToString(), found.Id.Number, told.Offset is not null, told.Excerpt?.Line, told.Excerpt?.FirstLine, told.Excerpt?.Lines ?? [], told.Offset, told.Searched));
    }

    private static (LogPattern? Pattern, ProblemHttpResult? Problem) PatternOf(string text, bool regex)
    {
        if (text.Length is 0 or > LogPattern.Longest)
            return (null, Problem.BadRequest($"The text to look for must have between 1 and {LogPattern.Longest} characters."));
        if (!regex)
            return (LogPattern.Text(text), null);
        return LogPattern.Expression(text, out string? why) is { } pattern
            ? (pattern, null)
            : (null, Problem.BadRequest($"The regular expression cannot be used: {why}", "Leave 'regex' out to look for the text itself."));
    }

    private static async Task StreamLog(
        Guid id, string name, HttpContext context, IRunStore store, HostSettings settings, TimeProvider time,
        IHostApplicationLifetime lifetime, int? attempt = null, long offset = 0, string? search = null, bool regex = false)
    {
        LogPattern? pattern = null;
        if (search is not null)
        {
            (pattern, ProblemHttpResult? refused) = PatternOf(search, regex);
            if (refused is not null)
            {
                await refused.ExecuteAsync(context);
                return;
            }
        }
        using CancellationTokenSource ending =
            CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        (AttemptRow? found, ProblemHttpResult? problem) = await FindAsync(id, name, attempt, store, ending.Token);
        if (found is null)
        {
            await problem!.ExecuteAsync(context);
            return;
        }
        EventStream stream = new(context.Response);
        try
        {
            await stream.OpenAsync(ending.Token);
            long from = EventStream.LastSeen(context.Request) ?? Math.Max(0, offset);
            AttemptLog log = AttemptLog.Of(settings.Home, found.Id);
            if (pattern is null)
                await FollowTextAsync(from, log);
            else
                await FollowMatchesAsync(new LogSearch(log, pattern, from, log.CountLines(from) + 1), log);
            await stream.SendAsync("end", null, "{}", ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The reader left, or the server stops; a reader that comes back goes on at its last id.
        }

        async Task FollowTextAsync(long from, AttemptLog log)
        {
            await foreach (LogChunk chunk in log.FollowAsync(from, time, ending.Token, HasEndedAsync))
            {
                await stream.SendAsync("log", chunk.Next.ToString(CultureInfo.InvariantCulture),
                    JsonSerializer.Serialize(new { text = chunk.Text }), ending.Token);
                await stream.FlushAsync(ending.Token);
            }
        }

        async Task FollowMatchesAsync(LogSearch looking, AttemptLog log)
        {
            for (bool ended = false; ;)
            {
                ended = ended || log.HasEnded || await HasEndedAsync(ending.Token);
                // One at a time, so that each has the position that a reader who comes back goes on from.
                foreach (LogMatch match in looking.Next(ended, 1, time, Patience))
                    await stream.SendAsync("match", looking.Offset.ToString(CultureInfo.InvariantCulture), JsonSerializer.Serialize(LogMatchView.From(match), JsonSerializerOptions.Web), ending.Token);
                if (looking.HasMore)
                    continue;
                await stream.FlushAsync(ending.Token);
                if (ended)
                    return;
                await Task.Delay(Pause, time, ending.Token);
            }
        }

        async Task<bool> HasEndedAsync(CancellationToken cancel) =>
            (await store.ListAttemptsAsync(new RunId(id), found.Id.Node, cancel)).First(a => a.Id == found.Id).EndedAt is not null;
    }

    private static async Task<(AttemptRow? Attempt, ProblemHttpResult? Problem)> FindAsync(
        Guid id, string name, int? number, IRunStore store, CancellationToken cancel)
    {
        RunId run = new(id);
        if (await store.FindRunAsync(run, cancel) is null)
            return (null, RunReading.NoRun(id));
        if (await RunNodes.FindAsync(store, run, name, cancel) is not { } node)
            return (null, RunReading.NoActivity(id, name));
        IReadOnlyList<AttemptRow> attempts = await store.ListAttemptsAsync(run, node, cancel);
        AttemptRow? wanted = number is null ? attempts.MaxBy(a => a.Id.Number) : attempts.FirstOrDefault(a => a.Id.Number == number);
        return wanted is not null
            ? (wanted, null)
            : (null, Problem.NotFound($"attempt {number?.ToString(CultureInfo.InvariantCulture) ?? "yet"} of '{name}'", "It has not started, or its result came from the cache."));
    }
}

/// <summary>A piece of a log.</summary>
/// <param name="Attempt">The attempt's id.</param>
/// <param name="Text">Without colours; control characters made visible, invalid bytes replaced.</param>
/// <param name="Next">The offset that the next piece starts at.</param>
/// <param name="Bytes">The log's length now.</param>
/// <param name="Complete">Whether this is the end and the log grows no more.</param>
public sealed record LogView(string Attempt, int Number, string Text, long Next, long Bytes, bool Complete);

/// <summary>Lines of a log that were looked for.</summary>
/// <param name="Attempt">The attempt's id.</param>
/// <param name="Next">Where to go on, in bytes.</param>
/// <param name="NextLine">The number of the line there.</param>
/// <param name="Bytes">The log's length now.</param>
/// <param name="More">Whether there is more to look through: ask again with <c>offset</c>, and <c>line</c> where it goes forward.</param>
/// <param name="Complete">Whether this is the end and the log grows no more.</param>
/// <param name="Skipped">Lines that took more than half a second to match and were passed over.</param>
public sealed record LogSearchView(
    string Attempt, int Number, IReadOnlyList<LogMatchView> Matches, long Next, long NextLine, long Bytes, bool More, bool Complete, int Skipped);

/// <summary>A line that was looked for.</summary>
/// <param name="Line">Its number, from 1; what was left out of a very long log is not counted.</param>
/// <param name="Offset">Where the line begins, in bytes of the log.</param>
/// <param name="Column">Where the match begins in the line, from 1, in characters.</param>
/// <param name="Length">How long the match is, in characters.</param>
/// <param name="Text">The line; of a very long one the part around the match.</param>
public sealed record LogMatchView(long Line, long Offset, int Column, int Length, string Text)
{
    internal static LogMatchView From(LogMatch match) => new(match.Line, match.Offset, match.Column, match.Length, match.Text);
}

/// <summary>What a log tells of an error.</summary>
/// <param name="Attempt">The attempt's id.</param>
/// <param name="Found">Whether a line tells of an error; else the last lines are shown.</param>
/// <param name="Line">The line that says it; absent for an empty log.</param>
/// <param name="FirstLine">The first of the lines shown.</param>
/// <param name="Lines">A traceback to its end, or the line and a few after it.</param>
/// <param name="Offset">Where the first of these lines begins, in bytes of the log; absent where none tells of an error.</param>
/// <param name="Searched">How far the log was looked through, in bytes: of one that takes more than ten seconds not to its end.</param>
public sealed record LogErrorView(string Attempt, int Number, bool Found, long? Line, long? FirstLine, IReadOnlyList<string> Lines, long? Offset, long Searched);
