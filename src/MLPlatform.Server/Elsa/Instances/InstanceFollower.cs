using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.SignalR;
using MLPlatform.Core.Elsa;
using MLPlatform.Core.Runs;
using MLPlatform.Engine.Runs;

namespace MLPlatform.Server.Elsa.Instances;

/// <summary>Follows runs for connections: as soon as rows are committed here, and by a look now and then for runs of other servers.</summary>
internal sealed partial class InstanceFollower(IHubContext<InstanceHub> hub, InstanceDesk desk, RunFeed feed, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<InstanceFollower> log)
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Together = TimeSpan.FromMilliseconds(100); // What changes at once is told at once.

    /// <summary>Tells the connection about the instance until that ends or the connection does.</summary>
    public void Follow(string instance, string connection, CancellationToken left) => _ = FollowAsync(instance, connection, left);

    private async Task FollowAsync(string instance, string connection, CancellationToken left)
    {
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(left, lifetime.ApplicationStopping);
        try
        {
            await FollowAsync(instance, hub.Clients.Client(connection), ending.Token);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            // The viewer went, or the server stops.
        }
        catch (Exception e)
        {
            LogFailed(log, instance, e); // Nobody awaits this; the viewer still reads what it asks for.
        }
    }

    private async Task FollowAsync(string id, ISingleClientProxy viewer, CancellationToken cancel)
    {
        if (!Guid.TryParse(id, out Guid run))
            return;
        using CancellationTokenSource leaving = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        IAsyncEnumerator<RunChange> changes = feed.SubscribeAsync(new RunId(run), leaving.Token).GetAsyncEnumerator(leaving.Token);
        Task<bool> next = changes.MoveNextAsync().AsTask();
        bool heard = true;
        string? told = null;
        try
        {
            while (await desk.FindAsync(id, cancel) is { } instance)
            {
                JsonObject report = ActivityExecutions.Report(instance.Activities);
                if (ElsaJson.Line(report) + instance.Run.Status is var now && now != told)
                    await TellAsync(viewer, id, report, cancel);
                told = now;
                if (instance.Run.Status.IsTerminal())
                    break;
                Task pause = Task.Delay(Look, time, cancel);
                if (heard && await Task.WhenAny(next, pause) == next)
                {
                    heard = await next; // A reader that fell behind only looks from then on.
                    next = heard ? changes.MoveNextAsync().AsTask() : next;
                    await Task.Delay(Together, time, cancel);
                }
                else
                    await pause;
            }
        }
        finally
        {
            // A read in flight must end before the feed is left.
            await leaving.CancelAsync();
            await next.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            await changes.DisposeAsync();
        }
    }

    private static async Task TellAsync(ISingleClientProxy viewer, string id, JsonObject report, CancellationToken cancel)
    {
        JsonElement stats = JsonElement.Parse(ElsaJson.Line(report));
        await viewer.SendAsync("ActivityExecutionLogUpdatedAsync", stats, cancel);
        await viewer.SendAsync("WorkflowExecutionLogUpdatedAsync", new { }, cancel);
        await viewer.SendAsync("WorkflowInstanceUpdatedAsync", new { workflowInstanceId = id }, cancel);
    }

    [LoggerMessage(4501, LogLevel.Warning, "Following run {Instance} for Elsa Studio failed")]
    private static partial void LogFailed(ILogger logger, string instance, Exception exception);
}
