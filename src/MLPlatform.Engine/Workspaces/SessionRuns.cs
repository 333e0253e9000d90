using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Workspaces;
using MLPlatform.Engine.Runs;

namespace MLPlatform.Engine.Workspaces;

/// <summary>The runs of sessions: what starts and ends them.</summary>
public sealed class SessionRuns(ISessions sessions, RunStarter starter, RunCommands commands, ActivityCatalog catalog, TimeProvider time)
{
    /// <summary>What is wrong with a workspace's settings; empty where a session of it can be planned.</summary>
    public IReadOnlyList<Diagnostic> Check(Workspace workspace)
    {
        (RunPlan? plan, IReadOnlyList<Diagnostic> problems) = SessionPlan.Of(workspace, new SessionOrder("/", "/", "python3"), catalog, time.GetUtcNow());
        return plan is null ? problems : [];
    }

    /// <summary>Makes the folder ready and starts the run; doing it again does nothing.</summary>
    public async Task StartAsync(Workspace workspace, RunId session, CancellationToken cancel)
    {
        SessionOrder order = await sessions.PrepareAsync(workspace, session, cancel).ConfigureAwait(false);
        (RunPlan? plan, IReadOnlyList<Diagnostic> problems) = SessionPlan.Of(workspace, order, catalog, workspace.CreatedAt);
        if (plan is null)
            throw new ActivityException("WORK-002", $"the session of workspace {workspace.Name} cannot be planned: {problems[0].Message}");
        await starter.StartAsync(new RunRequest(plan, SessionPlan.Trigger(workspace, workspace.Owner), time.GetUtcNow(), session), cancel).ConfigureAwait(false);
    }

    /// <param name="why">In a person's words; the run keeps it.</param>
    public Task CancelAsync(RunId session, string why, CancellationToken cancel) => commands.CancelAsync(session, $"workspaces: {why}", cancel);
}
