using Microsoft.Extensions.Logging;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Workspaces;

namespace MLPlatform.Engine.Workspaces;

/// <summary>One look at all workspaces with a session. One that cannot be looked after does not keep the others waiting.</summary>
internal sealed partial class WorkspaceCycle(
    IWorkspaceStore store, IRunStore runs, ISessions sessions, SessionRuns starter, WorkspaceSignal signal, Func<string> replica, WorkspaceOptions options, TimeProvider time,
    ILogger<WorkspaceCycle> log)
{
    // A replica that dies between writing a workspace and starting its run leaves the start to whoever looks after this long.
    private static readonly TimeSpan Unstarted = TimeSpan.FromMinutes(1);

    /// <summary>Whether a session begins or ends, which somebody waits for.</summary>
    public async Task<bool> RunOnceAsync(CancellationToken cancel)
    {
        IReadOnlyList<Workspace> live = await store.ListLiveAsync(cancel).ConfigureAwait(false);
        foreach (Workspace workspace in live)
        {
            try
            {
                await AdvanceAsync(workspace, cancel).ConfigureAwait(false);
            }
            catch (Exception error) when (error is not OperationCanceledException || !cancel.IsCancellationRequested)
            {
                LogFailed(log, error, workspace.Id);
            }
        }
        return live.Any(w => w.State is WorkspaceState.Starting or WorkspaceState.Closing);
    }

    private async Task AdvanceAsync(Workspace workspace, CancellationToken cancel)
    {
        // 1. See.
        RunId session = workspace.State.Run;
        RunRow? run = await runs.FindRunAsync(session, cancel).ConfigureAwait(false);
        if (run is null)
        {
            await StartAsync(workspace, session, cancel).ConfigureAwait(false);
            return;
        }
        if (run.Owner != replica())
            return; // It runs on another machine, which looks after it.
        DateTimeOffset now = time.GetUtcNow();
        if (run.Status.IsTerminal())
        {
            string? because = run.Status == RunStatus.Failed ? await sessions.WhyFailedAsync(workspace, session, cancel).ConfigureAwait(false) : null;
            await CommitAsync(workspace, new WorkspaceEvent.RunEnded(session, run.Status, because, run.EndedAt ?? now), workspace.Documents, cancel).ConfigureAwait(false);
            return;
        }
        if (workspace.State is WorkspaceState.Closing closing)
        {
            await CloseAsync(workspace, closing, run, cancel).ConfigureAwait(false);
            return;
        }
        if (await sessions.SeeAsync(workspace, session, cancel).ConfigureAwait(false) is not { } seen)
            return; // It waits for room, or starts; if it died, the end of its run says so.

        // 2. Decide, and commit.
        bool first = workspace.State is WorkspaceState.Starting;
        WorkspaceEvent happened = new WorkspaceEvent.Seen(session, seen, Rules(workspace.Settings), now);
        if (await CommitAsync(workspace, happened, workspace.Documents, cancel).ConfigureAwait(false) is not { } next)
            return;

        // 3. Carry out what is written down.
        if (first && workspace.Documents.Count > 0)
            await sessions.ReopenAsync(workspace, cancel).ConfigureAwait(false);
        if (next is WorkspaceState.Closing)
            signal.Set();
    }

    private async Task StartAsync(Workspace workspace, RunId session, CancellationToken cancel)
    {
        if (workspace.State is WorkspaceState.Closing)
            await CommitAsync(workspace, new WorkspaceEvent.RunEnded(session, RunStatus.Cancelled, null, time.GetUtcNow()), workspace.Documents, cancel).ConfigureAwait(false);
        else if (workspace.State is WorkspaceState.Starting { At: var at } && time.GetUtcNow() - at > Unstarted)
            await starter.StartAsync(workspace, session, cancel).ConfigureAwait(false);
    }

    private async Task CloseAsync(Workspace workspace, WorkspaceState.Closing closing, RunRow run, CancellationToken cancel)
    {
        if (run.Status == RunStatus.Cancelling)
            return;
        // What was open is written down before anything is shut down; where nothing answers, what is known stays.
        if (await sessions.CloseAsync(workspace, cancel).ConfigureAwait(false) is { } open
            && !await store.CommitAsync(workspace, closing, open, cancel).ConfigureAwait(false))
            return;
        await starter.CancelAsync(closing.Session, closing.Because, cancel).ConfigureAwait(false);
        signal.Set();
    }

    private async Task<WorkspaceState?> CommitAsync(Workspace workspace, WorkspaceEvent happened, IReadOnlyList<OpenDocument> documents, CancellationToken cancel)
    {
        if (WorkspaceMachine.Apply(workspace.State, happened) is not WorkspaceTransition.Moved { Next: var next })
            return null;
        if (!await store.CommitAsync(workspace, next, documents, cancel).ConfigureAwait(false))
            return null; // It changed meanwhile: the next look sees how.
        switch (next)
        {
            case WorkspaceState.Warned warned:
                LogWarned(log, workspace.Name, workspace.Owner, warned.ActiveAt, warned.ActiveBy, warned.ReclaimAt);
                break;
            case WorkspaceState.Closing closing:
                LogReclaimed(log, workspace.Name, workspace.Owner, closing.Because);
                break;
            case WorkspaceState.Stopped stopped:
                LogStopped(log, workspace.Name, workspace.Owner, stopped.End, stopped.Because);
                break;
        }
        return next;
    }

    private IdleRules Rules(WorkspaceSettings settings) => new(settings.IdleLimit, settings.WarnBefore, options.IdleCores, options.IdleGpu);

    [LoggerMessage(3201, LogLevel.Warning, "WORK-010 Workspace {Workspace} of {Owner} is idle since {ActiveAt:u} (last used: {ActiveBy}) and is reclaimed at {ReclaimAt:u}; its files are kept")]
    private static partial void LogWarned(ILogger logger, string workspace, string owner, DateTimeOffset activeAt, string activeBy, DateTimeOffset reclaimAt);

    [LoggerMessage(3202, LogLevel.Information, "Workspace {Workspace} of {Owner} is reclaimed: {Because}")]
    private static partial void LogReclaimed(ILogger logger, string workspace, string owner, string because);

    [LoggerMessage(3203, LogLevel.Information, "The session of workspace {Workspace} of {Owner} has ended ({End}): {Because}")]
    private static partial void LogStopped(ILogger logger, string workspace, string owner, SessionEnd end, string because);

    [LoggerMessage(3204, LogLevel.Error, "WORK-011 Looking after workspace {Workspace} failed; it stays as it is and is looked at again")]
    private static partial void LogFailed(ILogger logger, Exception error, WorkspaceId workspace);
}
