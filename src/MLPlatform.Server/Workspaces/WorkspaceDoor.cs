using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Workspaces;
using MLPlatform.Engine.Runs;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Workspaces;

/// <summary>Who may come in, and whether there is anything behind the door.</summary>
internal sealed class WorkspaceDoor(IWorkspaceStore store, IRunStore runs, EngineLoop engine, WorkspacePass pass, AuthMode mode)
{
    /// <summary>Whether a person may reach, stop, restore and delete a workspace: its owner, and admins.</summary>
    public static bool MayUse(ClaimsPrincipal user, Workspace workspace) =>
        user.IsInRole(Permissions.Administer) || (user.IsInRole(Permissions.Edit) && user.Name == workspace.Owner);

    public static ProblemHttpResult NotYours(ClaimsPrincipal user, Workspace workspace) => Problem.Of(403, "WORK-006",
        $"The workspace {workspace.Name} belongs to {workspace.Owner}; '{user.Name}' may not use it.", "Its owner and admins may.");

    /// <summary>Who asks: by a token in the header, or by the cookie of this workspace; null for strangers.</summary>
    public async Task<ClaimsPrincipal?> WhoAsync(HttpContext context, WorkspaceId id)
    {
        if (mode.Required && context.Request.Cookies[WorkspacePass.Cookie] is { Length: > 0 } cookie && await pass.FindAsync(id, cookie, context.RequestAborted) is { } known)
            return known;
        AuthenticateResult asked = await context.AuthenticateAsync(TokenAuthentication.Name);
        return asked.Succeeded ? asked.Principal : null;
    }

    /// <summary>The workspace, if its session runs on this machine; else why there is nothing to reach.</summary>
    public async Task<(Workspace? Workspace, ProblemHttpResult? Problem)> FindAsync(WorkspaceId id, ClaimsPrincipal user, CancellationToken cancel)
    {
        if (await store.FindAsync(id, cancel) is not { } workspace)
            return (null, Problem.NotFound($"workspace '{id}'", "'mlp workspaces list' shows those there are."));
        if (!MayUse(user, workspace))
            return (null, NotYours(user, workspace));
        if (workspace.State is WorkspaceState.Stopped stopped)
            return (null, Problem.Conflict("WORK-007", $"No session of the workspace {workspace.Name} runs: {stopped.Because}. Its files are kept.", $"'mlp workspaces restore {workspace.Name}' starts one."));
        RunRow? run = await runs.FindRunAsync(workspace.State.Run, cancel);
        if (run is not null && run.Owner != engine.Replica)
            return (null, Problem.Of(421, "WORK-008", $"The session of the workspace {workspace.Name} runs on the machine of the server '{run.Owner}', not on this one ('{engine.Replica}').", "Open it at that server's address."));
        return workspace.State is WorkspaceState.Starting or WorkspaceState.Closing
            ? (null, Problem.Of(503, "WORK-009", $"The session of the workspace {workspace.Name} is {WorkspaceView.NameOf(workspace.State)}.", "Try again in a moment; 'mlp runs show' tells what it waits for."))
            : (workspace, null);
    }
}
