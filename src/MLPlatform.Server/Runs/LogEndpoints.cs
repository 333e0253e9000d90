using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process;
using MLPlatform.Server.Access;
using MLPlatform.Server.Hosting;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Runs;

/// <summary>Logs of attempts, whole, in pieces and as they grow.</summary>
internal static class LogEndpoints
{
    private const int MostBytes = 4 << 20;
    private const int MostLines = 100_000;
    private const int MostFound = 1000;

    public static void MapLogs(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder logs = app.MapGroup("/api/v1/runs/{id:guid}/activities/{name}/log").WithTags("Runs")
            .RequireAuthorization(Permissions.View).ProducesProblem(404);
        logs.MapGet("/", ReadLog).WithName(nameof(ReadLog)).WithSummary("A piece of an attempt's log, or its last lines.").ProducesProblem(400);
        logs.MapGet("/stream", StreamLog).WithName(nameof(StreamLog)).WithSummary("An attempt's log as server-sent events, while it grows.")
            .Produces<string>(200, "text/event-stream");
    }

    /// <param name="attempt">The attempt's number. Default: the last one.</param>
    /// <param name="offset">Where to begin, in bytes.</param>
    /// <param name="limit">The most bytes to read. Default: 65,536.</param>
    /// <param name="tail">Only the last so many lines.</param>
    /// <param name="search">Only lines that hold this text, in whatever case; of them the last so many, where tail says how many. Default: the first 1000.</param>
    private static async Task<Results<Ok<LogView>, ProblemHttpResult>> ReadLog(
        Guid id, string name, IRunStore store, HostSettings settings, CancellationToken cancel,
        int? attempt = null, long offset = 0, int limit = 65_536, int? tail = null, string? search = null)
    {
        if (offset < 0 || limit is < 1 or > MostBytes || tail is < 1 or > MostLines)
            return Problem.BadRequest($"offset must not be negative, limit must lie between 1 and {MostBytes}, tail between 1 and {MostLines}.");
        (AttemptRow? found, ProblemHttpResult? problem) = await FindAsync(id, name, attempt, store, cancel);
        if (found is null)
            return problem!;
        AttemptId wanted = found.Id;
        AttemptLog log = AttemptLog.Of(settings.Home, wanted);
        bool ended = found.EndedAt is not null || log.HasEnded;
        if (search is { Length: > 0 })
            return TypedResults.Ok(new LogView(wanted.ToString(), wanted.Number, Search(log, search, tail), log.Length, log.Length, ended));
        if (tail is { } lines)
            return TypedResults.Ok(new LogView(wanted.ToString(), wanted.Number, log.Tail(lines), log.Length, log.Length, ended));
        LogChunk chunk = log.Read(offset, limit);
        return TypedResults.Ok(new LogView(wanted.ToString(), wanted.Number, chunk.Text, chunk.Next, log.Length, ended && chunk.Next >= log.Length));
    }

    // Read in pieces: a log may be longer than what is to be held at once.
    private static string Search(AttemptLog log, string text, int? tail)
    {
        Queue<string> found = [];
        string rest = "";
        long offset = 0;
        for (bool more = true; more;)
        {
            LogChunk chunk = log.Read(offset, MostBytes);
            more = chunk.Next > offset;
            offset = chunk.Next;
            string[] lines = (rest + chunk.Text).Split('\n');
            rest = more ? lines[^1] : "";
            foreach (string line in lines.AsSpan(0, more ? lines.Length - 1 : lines.Length))
            {
                if (!line.Contains(text, StringComparison.OrdinalIgnoreCase))
                    continue;
                found.Enqueue(line);
                if (tail is { } last && found.Count > last)
                    found.Dequeue();
                if (tail is null && found.Count == MostFound)
                    return string.Join('\n', found);
            }
        }
        return string.Join('\n', found);
    }

    private static async Task StreamLog(
        Guid id, string name, HttpContext context, IRunStore store, HostSettings settings, TimeProvider time,
        IHostApplicationLifetime lifetime, int? attempt = null)
    {
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
            long from = EventStream.LastSeen(context.Request) ?? 0;
            await foreach (LogChunk chunk in AttemptLog.Of(settings.Home, found.Id).FollowAsync(from, time, ending.Token, HasEndedAsync))
            {
                await stream.SendAsync("log", chunk.Next.ToString(CultureInfo.InvariantCulture),
                    JsonSerializer.Serialize(new { text = chunk.Text }), ending.Token);
                await stream.FlushAsync(ending.Token);
            }
            await stream.SendAsync("end", null, "{}", ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The reader left, or the server stops; a reader that comes back goes on at its last id.
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
/// <param name="Text">Control characters made visible, invalid bytes replaced.</param>
/// <param name="Next">The offset that the next piece starts at.</param>
/// <param name="Bytes">The log's length now.</param>
/// <param name="Complete">Whether this is the end and the log grows no more.</param>
public sealed record LogView(string Attempt, int Number, string Text, long Next, long Bytes, bool Complete);
