using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Runs;
using MLPlatform.Engine.Runs;
using MLPlatform.Server.Access;

namespace MLPlatform.Server.Runs;

/// <summary>
/// A run as server-sent events: <c>journal</c> (what happened, in order, its id the entry's sequence), <c>run</c> and
/// <c>activity</c> (how things stand, whenever that changed), <c>progress</c> (how running attempts are doing, about once a second
/// while it changes) and at last <c>end</c>. A reader that comes back with
/// <c>Last-Event-ID</c> gets every entry after it, and all that stands.
/// </summary>
internal static class RunEvents
{
    public static void MapRunEvents(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/runs/{id:guid}/events", StreamAsync).WithName("StreamRunEvents").WithTags("Runs")
            .RequireAuthorization(Permissions.View).WithSummary("A run's events and states as server-sent events.")
            .Produces<string>(200, "text/event-stream").Produces(204).ProducesProblem(404);

    private static async Task StreamAsync(
        Guid id, HttpContext context, IRunStore store, LiveDesk desk, RunFeed feed, TimeProvider time, IOptions<JsonOptions> json,
        IHostApplicationLifetime lifetime)
    {
        using CancellationTokenSource ending =
            CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        RunId run = new(id);
        if (await store.FindRunAsync(run, ending.Token) is not { } row)
        {
            await RunReading.NoRun(id).ExecuteAsync(context);
            return;
        }
        if (EventStream.LastSeen(context.Request) is { } seen && row.Status.IsTerminal()
            && !await store.ReadJournalAsync(run, seen, ending.Token).AnyAsync(ending.Token))
        {
            // 204 tells a browser's EventSource to stay away: it has seen the end.
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        RunEventWriter writer = new(run, store, desk, feed, time, new EventStream(context.Response), json.Value.SerializerOptions);
        try
        {
            await writer.WriteAsync(EventStream.LastSeen(context.Request) ?? 0, ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The reader left, or the server stops; a reader that comes back misses nothing.
        }
    }
}

/// <summary>Follows one run for one reader.</summary>
internal sealed class RunEventWriter(
    RunId run, IRunStore store, LiveDesk desk, RunFeed feed, TimeProvider time, EventStream stream, JsonSerializerOptions json)
{
    // Runs of other replicas are not in this one's feed, so their rows are looked at as well.
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Ping = TimeSpan.FromSeconds(15);

    private readonly Dictionary<int, ActivityRow> _shown = [];
    private readonly HashSet<int> _running = []; // Apart, since a run may have a hundred thousand activities.
    private Task<bool> _next = Task.FromResult(false);
    private RunRow? _row;
    private long _sequence;
    private long _progressAt;
    private string? _progress;

    public async Task WriteAsync(long after, CancellationToken cancel)
    {
        _sequence = after;
        await stream.OpenAsync(cancel);
        while (!await FollowAsync(cancel))
        {
            // This reader was too slow for the feed: show what stands and listen again.
        }
        await stream.SendAsync("end", null, "{}", cancel);
        await stream.FlushAsync(cancel);
    }

    // True at the end of the run, false when the feed dropped us.
    private async Task<bool> FollowAsync(CancellationToken cancel)
    {
        using CancellationTokenSource leaving = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await using IAsyncEnumerator<RunChange> changes = feed.SubscribeAsync(run, leaving.Token).GetAsyncEnumerator(leaving.Token);
        _next = changes.MoveNextAsync().AsTask();
        try
        {
            return await FollowAsync(changes, cancel);
        }
        finally
        {
            // A read in flight must end before the feed is left.
            await leaving.CancelAsync();
            await _next.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private async Task<bool> FollowAsync(IAsyncEnumerator<RunChange> changes, CancellationToken cancel)
    {
        long spoke = time.GetTimestamp();
        await ShowAllAsync(cancel);
        while (true)
        {
            await ShowJournalAsync(cancel);
            await stream.FlushAsync(cancel);
            if (_row!.Status.IsTerminal())
                return true;

            using CancellationTokenSource waiting = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            bool running = _running.Count > 0;
            Task pause = Task.Delay(running ? LiveDesk.Pause : Look, time, waiting.Token);
            bool changed = await Task.WhenAny(_next, pause) == _next;
            await waiting.CancelAsync();
            if (running && time.GetElapsedTime(_progressAt) >= LiveDesk.Pause)
                await ShowProgressAsync(cancel);
            if (!changed)
            {
                if (await store.FindRunAsync(run, cancel) is { } row && row != _row)
                    await ShowAllAsync(cancel);
                if (time.GetElapsedTime(spoke) > Ping)
                {
                    await stream.PingAsync(cancel);
                    spoke = time.GetTimestamp();
                }
                continue;
            }
            if (!await _next)
                return false;
            await ShowAsync(changes.Current, cancel);
            _next = changes.MoveNextAsync().AsTask();
        }
    }

    private async Task ShowAllAsync(CancellationToken cancel)
    {
        // The run is read first: if it has ended, the activities read after it are final.
        RunRow row = await store.FindRunAsync(run, cancel) ?? throw new InvalidOperationException($"run {run} vanished");
        foreach (ActivityRow activity in await store.ListActivitiesAsync(run, cancel))
            await ShowAsync(activity, cancel);
        await ShowAsync(row, cancel);
    }

    private async Task ShowAsync(RunChange change, CancellationToken cancel)
    {
        foreach (ActivityRow activity in change.Activities)
            await ShowAsync(activity, cancel);
        if (change.Row is not null)
            await ShowAsync(change.Row, cancel);
    }

    private async Task ShowAsync(ActivityRow activity, CancellationToken cancel)
    {
        if (_shown.TryGetValue(activity.Node, out ActivityRow? before) && before == activity)
            return;
        _shown[activity.Node] = activity;
        if (activity.Status is ActivityStatus.Running or ActivityStatus.Stopping)
            _running.Add(activity.Node);
        else
            _running.Remove(activity.Node);
        await stream.SendAsync("activity", null, JsonSerializer.Serialize(ActivityView.From(activity), json), cancel);
    }

    private async Task ShowAsync(RunRow row, CancellationToken cancel)
    {
        if (row == _row)
            return;
        _row = row;
        await stream.SendAsync("run", null, JsonSerializer.Serialize(RunView.From(row), json), cancel);
    }

    private async Task ShowProgressAsync(CancellationToken cancel)
    {
        _progressAt = time.GetTimestamp();
        if (await desk.OfAsync(run, cancel) is not { } progress || JsonSerializer.Serialize(progress, json) is var data && data == _progress)
            return;
        _progress = data;
        await stream.SendAsync("progress", null, data, cancel);
    }

    private async Task ShowJournalAsync(CancellationToken cancel)
    {
        await foreach (JournalEntry entry in store.ReadJournalAsync(run, _sequence, cancel))
        {
            _sequence = entry.Sequence;
            await stream.SendAsync("journal", _sequence.ToString(System.Globalization.CultureInfo.InvariantCulture),
                JsonSerializer.Serialize(JournalView.From(entry), json), cancel);
        }
    }
}
