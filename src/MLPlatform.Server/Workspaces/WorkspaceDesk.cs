using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Workspaces;
using MLPlatform.Engine.Workspaces;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Workspaces;

/// <summary>Creates, stops, restores and deletes workspaces.</summary>
internal sealed class WorkspaceDesk(
    IWorkspaceStore store, SessionRuns runs, SessionFiles files, WorkspaceSignal signal, WorkspaceOptions options, Audit audit, TimeProvider time)
{
    private const int LongestName = 64;
    private static readonly TimeSpan ShortestLimit = TimeSpan.FromSeconds(1);

    public async Task<(Workspace? Workspace, ProblemHttpResult? Problem)> CreateAsync(NewWorkspace wanted, ClaimsPrincipal user, CancellationToken cancel)
    {
        if (!Names.IsPipeline(wanted.Name) || wanted.Name.Length > LongestName)
            return (null, Problem.BadRequest($"'{wanted.Name}' cannot name a workspace.", $"A letter or digit, then letters, digits and . _ -, {LongestName} characters at most."));
        string owner = wanted.Owner ?? user.Name;
        if (owner != user.Name && !user.IsInRole(Permissions.Administer))
            return (null, Problem.Of(403, "WORK-006", $"'{user.Name}' may not create a workspace of {owner}.", "Admins may."));
        TimeSpan limit = options.IdleLimit;
        if (wanted.IdleLimit is { } text && (!IsoDuration.TryParse(text, out limit) || limit < ShortestLimit))
            return (null, Problem.BadRequest($"'{text}' is no idle limit.", "Give an ISO 8601 duration of a second or more, such as PT1H."));
        DateTimeOffset now = time.GetUtcNow();
        RunId session = new(Guid.CreateVersion7(now));
        Workspace made = new(
            new WorkspaceId(Guid.CreateVersion7(now)), wanted.Name, owner, wanted.Group ?? "",
            new WorkspaceSettings
            {
                Pool = wanted.Pool,
                Cpu = wanted.Cpu ?? "1",
                Memory = wanted.Memory,
                Gpu = wanted.Gpu,
                IdleLimit = limit,
                WarnBefore = options.WarnBefore,
                Requirements = wanted.Requirements ?? [],
            },
            now, [], 0, new WorkspaceState.Starting(session, now));
        if (runs.Check(made) is { Count: > 0 } problems)
            return (null, Problem.Of(422, "WORK-002", $"A session of the workspace cannot be planned: {problems[0].Message}", problems[0].Hint, [new("diagnostics", problems)]));
        if (!await store.AddAsync(made, cancel))
            return (null, Problem.Conflict("WORK-012", $"{owner} has a workspace named '{wanted.Name}' already.", "Open or restore that one, or choose another name."));
        await audit.WriteAsync(user, "workspace.create", made.Id.ToString(), new { made.Name, made.Owner }, cancel);
        await runs.StartAsync(made, session, cancel);
        signal.Set();
        return (made, null);
    }

    public Task<(Workspace? Workspace, ProblemHttpResult? Problem)> StopAsync(Workspace workspace, ClaimsPrincipal user, CancellationToken cancel) =>
        MoveAsync(workspace, new WorkspaceEvent.StopAsked(user.Name, time.GetUtcNow()), "workspace.stop", user, cancel);

    public async Task<(Workspace? Workspace, ProblemHttpResult? Problem)> RestoreAsync(Workspace workspace, ClaimsPrincipal user, CancellationToken cancel)
    {
        DateTimeOffset now = time.GetUtcNow();
        RunId session = new(Guid.CreateVersion7(now));
        (Workspace? moved, ProblemHttpResult? problem) = await MoveAsync(workspace, new WorkspaceEvent.Restored(session, now), "workspace.restore", user, cancel);
        if (moved?.State is WorkspaceState.Starting starting && starting.Session == session)
        {
            await runs.StartAsync(moved, session, cancel);
            signal.Set();
        }
        return (moved, problem);
    }

    public async Task<ProblemHttpResult?> DeleteAsync(Workspace workspace, ClaimsPrincipal user, CancellationToken cancel)
    {
        if (workspace.State.IsLive)
            return Problem.Conflict("WORK-013", $"A session of the workspace {workspace.Name} runs.", $"'mlp workspaces stop {workspace.Name}' ends it.");
        files.Delete(workspace.Id); // First: a row without files can be deleted again, files without a row would stay for ever.
        if (!await store.RemoveAsync(workspace, cancel))
            return Changed();
        await audit.WriteAsync(user, "workspace.delete", workspace.Id.ToString(), new { workspace.Name, workspace.Owner }, cancel);
        return null;
    }

    private async Task<(Workspace?, ProblemHttpResult?)> MoveAsync(Workspace workspace, WorkspaceEvent happened, string action, ClaimsPrincipal user, CancellationToken cancel)
    {
        switch (WorkspaceMachine.Apply(workspace.State, happened))
        {
            case WorkspaceTransition.Refused refused:
                return (null, Problem.Conflict("WORK-014", $"The workspace {workspace.Name} is {WorkspaceView.NameOf(workspace.State)}: {refused.Why}."));
            case WorkspaceTransition.Moved moved when await store.CommitAsync(workspace, moved.Next, workspace.Documents, cancel):
                await audit.WriteAsync(user, action, workspace.Id.ToString(), new { workspace.Name }, cancel);
                signal.Set();
                return (await store.FindAsync(workspace.Id, cancel), null);
            case WorkspaceTransition.Moved:
                return (null, Changed());
            default:
                return (workspace, null);
        }
    }

    private static ProblemHttpResult Changed() => Problem.Conflict("WORK-014", "The workspace changed at this moment.", "Try again.");
}
