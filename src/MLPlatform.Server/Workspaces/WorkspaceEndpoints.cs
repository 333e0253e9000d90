using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Workspaces;
using MLPlatform.Engine.Workspaces;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Workspaces;

/// <summary>Places to develop, and the way into them.</summary>
internal static class WorkspaceEndpoints
{
    /// <param name="run">Whether this host looks after sessions.</param>
    public static IServiceCollection AddWorkspaces(this IServiceCollection services, bool run)
    {
        services.AddHttpForwarder();
        services.AddSingleton<SessionFiles>().AddSingleton<SessionWire>().AddSingleton<JupyterApi>().AddSingleton<WorkspaceTraffic>();
        services.AddSingleton<ISessions, Sessions>().AddSingleton<WorkspacePass>().AddSingleton<WorkspaceDoor>().AddSingleton<WorkspaceProxy>().AddSingleton<WorkspaceDesk>();
        return services.AddWorkspaceEngine(run);
    }

    public static void MapWorkspaces(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder workspaces = app.MapGroup("/api/v1/workspaces").WithTags("Workspaces").RequireAuthorization(Permissions.View);
        workspaces.MapGet("/", ListWorkspaces).WithName(nameof(ListWorkspaces)).WithSummary("Workspaces, newest first.");
        workspaces.MapPost("/", CreateWorkspace).WithName(nameof(CreateWorkspace)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Create a workspace and start its first session.").ProducesProblem(400).ProducesProblem(403).ProducesProblem(409).ProducesProblem(422);
        workspaces.MapGet("/{id:guid}", GetWorkspace).WithName(nameof(GetWorkspace)).WithSummary("A workspace.").ProducesProblem(404);
        workspaces.MapPost("/{id:guid}/open", OpenWorkspace).WithName(nameof(OpenWorkspace)).RequireAuthorization(Permissions.Edit)
            .WithSummary("An address for a browser.").ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).ProducesProblem(421).ProducesProblem(503);
        workspaces.MapPost("/{id:guid}/stop", StopWorkspace).WithName(nameof(StopWorkspace)).RequireAuthorization(Permissions.Edit)
            .WithSummary("End its session: notebooks are kept, kernels shut down. Files stay.").ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);
        workspaces.MapPost("/{id:guid}/restore", RestoreWorkspace).WithName(nameof(RestoreWorkspace)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Start a session with the files, the environment and the open notebooks of the last one.").ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);
        workspaces.MapDelete("/{id:guid}", DeleteWorkspace).WithName(nameof(DeleteWorkspace)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Delete a workspace with its files.").ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);
        // The door asks who comes by itself: a browser has no token to send. Not a part of the API.
        app.Map("/workspaces/{id:guid}/{**rest}", (HttpContext context, Guid id, WorkspaceProxy proxy) => proxy.InvokeAsync(context, id)).AllowAnonymous().ExcludeFromDescription();
    }

    private static async Task<Ok<List<WorkspaceView>>> ListWorkspaces(IWorkspaceStore store, CancellationToken cancel, string? owner = null) =>
        TypedResults.Ok((await store.ListAsync(owner, cancel)).Select(WorkspaceView.From).ToList());

    private static async Task<Results<Created<WorkspaceView>, ProblemHttpResult>> CreateWorkspace(NewWorkspace request, ClaimsPrincipal user, WorkspaceDesk desk, CancellationToken cancel)
    {
        (Workspace? made, ProblemHttpResult? problem) = await desk.CreateAsync(request, user, cancel);
        return made is null ? problem! : TypedResults.Created($"/api/v1/workspaces/{made.Id}", WorkspaceView.From(made));
    }

    private static async Task<Results<Ok<WorkspaceView>, ProblemHttpResult>> GetWorkspace(Guid id, IWorkspaceStore store, CancellationToken cancel) =>
        await store.FindAsync(new WorkspaceId(id), cancel) is { } found ? TypedResults.Ok(WorkspaceView.From(found)) : NoWorkspace(id);

    private static async Task<Results<Ok<WorkspaceOpening>, ProblemHttpResult>> OpenWorkspace(
        Guid id, HttpContext context, ClaimsPrincipal user, WorkspaceDoor door, WorkspacePass pass, AuthMode mode, Audit audit, CancellationToken cancel)
    {
        (Workspace? workspace, ProblemHttpResult? problem) = await door.FindAsync(new WorkspaceId(id), user, cancel);
        if (workspace is null)
            return problem!;
        await audit.WriteAsync(user, "workspace.open", workspace.Id.ToString(), null, cancel);
        string address = $"{context.Request.Scheme}://{context.Request.Host}{SessionFiles.Address(workspace.Id)}tree";
        return TypedResults.Ok(new WorkspaceOpening(mode.Required ? $"{address}?{WorkspacePass.Parameter}={pass.Ticket(workspace.Id, user)}" : address));
    }

    private static async Task<Results<Ok<WorkspaceView>, ProblemHttpResult>> StopWorkspace(Guid id, ClaimsPrincipal user, IWorkspaceStore store, WorkspaceDesk desk, CancellationToken cancel) =>
        await DoAsync(id, user, store, w => desk.StopAsync(w, user, cancel), cancel);

    private static async Task<Results<Ok<WorkspaceView>, ProblemHttpResult>> RestoreWorkspace(Guid id, ClaimsPrincipal user, IWorkspaceStore store, WorkspaceDesk desk, CancellationToken cancel) =>
        await DoAsync(id, user, store, w => desk.RestoreAsync(w, user, cancel), cancel);

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteWorkspace(Guid id, ClaimsPrincipal user, IWorkspaceStore store, WorkspaceDesk desk, CancellationToken cancel)
    {
        (Workspace? workspace, ProblemHttpResult? problem) = await FindAsync(id, user, store, cancel);
        problem ??= await desk.DeleteAsync(workspace!, user, cancel);
        return problem is null ? TypedResults.NoContent() : problem;
    }

    private static async Task<Results<Ok<WorkspaceView>, ProblemHttpResult>> DoAsync(
        Guid id, ClaimsPrincipal user, IWorkspaceStore store, Func<Workspace, Task<(Workspace? Workspace, ProblemHttpResult? Problem)>> work, CancellationToken cancel)
    {
        (Workspace? workspace, ProblemHttpResult? problem) = await FindAsync(id, user, store, cancel);
        if (workspace is null || problem is not null)
            return problem!;
        Workspace found = workspace;
        (workspace, problem) = await work(found);
        return workspace is null ? problem! : TypedResults.Ok(WorkspaceView.From(workspace));
    }

    private static async Task<(Workspace? Workspace, ProblemHttpResult? Problem)> FindAsync(Guid id, ClaimsPrincipal user, IWorkspaceStore store, CancellationToken cancel)
    {
        if (await store.FindAsync(new WorkspaceId(id), cancel) is not { } workspace)
            return (null, (ProblemHttpResult?)NoWorkspace(id));
        return WorkspaceDoor.MayUse(user, workspace) ? (workspace, null) : (null, (ProblemHttpResult?)WorkspaceDoor.NotYours(user, workspace));
    }

    private static ProblemHttpResult NoWorkspace(Guid id) => Problem.NotFound($"workspace '{id}'", "'mlp workspaces list' shows those there are.");
}
