using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Pipelines.Git;
using MLPlatform.Engine.Triggers;
using MLPlatform.Server.Access;

namespace MLPlatform.Server.Pipelines;

/// <summary>Registered pipelines.</summary>
internal static class PipelineEndpoints
{
    public static void MapPipelines(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder pipelines = app.MapGroup("/api/v1/pipelines").WithTags("Pipelines").RequireAuthorization(Permissions.View);
        pipelines.MapGet("/", ListPipelines).WithName(nameof(ListPipelines)).WithSummary("Registered pipelines.");
        pipelines.MapPost("/", ApplyPipeline).WithName(nameof(ApplyPipeline)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Register a pipeline or a new revision of it; its triggers are live at once.").ProducesProblem(400).ProducesProblem(409).ProducesProblem(422);
        pipelines.MapPost("/validate", ValidatePipeline).WithName(nameof(ValidatePipeline)).WithSummary("All that is wrong with a pipeline file.");
        pipelines.MapPost("/scope", GetScope).WithName("GetPipelineScope").WithSummary("What an expression in a place of a pipeline file may read, by the rules of the check.");
        pipelines.MapGet("/{id}", GetPipeline).WithName(nameof(GetPipeline)).WithSummary("The newest revision of a pipeline, with its file.").ProducesProblem(404);
        pipelines.MapGet("/{id}/revisions", ListRevisions).WithName("ListPipelineRevisions").WithSummary("All revisions, newest first.").ProducesProblem(404);
        pipelines.MapPost("/{id}/pause", PausePipeline).WithName(nameof(PausePipeline)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Let the pipeline's triggers rest.").ProducesProblem(404);
        pipelines.MapPost("/{id}/unpause", UnpausePipeline).WithName(nameof(UnpausePipeline)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Let the pipeline's triggers fire again.").ProducesProblem(404);
        pipelines.MapDelete("/{id}", RemovePipeline).WithName(nameof(RemovePipeline)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Take the pipeline out of use; its runs stay.").ProducesProblem(404).ProducesProblem(409);
    }

    private static async Task<Ok<List<PipelineView>>> ListPipelines(IPipelineStore store, CancellationToken cancel) =>
        TypedResults.Ok((await store.ListAsync(cancel)).Select(r => PipelineView.From(r)).ToList());

    internal static async Task<Results<Created<PipelineView>, Ok<PipelineView>, ProblemHttpResult>> ApplyPipeline(
        PipelineSource source, ClaimsPrincipal user, PipelineRegistrar registrar, CancellationToken cancel)
    {
        (PipelineRevision? now, bool isNew, ProblemHttpResult? problem) = await registrar.ApplyAsync(source, user, cancel);
        return now is null ? problem! : isNew ? TypedResults.Created($"/api/v1/pipelines/{now.Pipeline}", PipelineView.From(now)) : TypedResults.Ok(PipelineView.From(now));
    }

    private static async Task<Ok<ValidationView>> ValidatePipeline(PipelineSource source, PipelineDesk desk, CancellationToken cancel)
    {
        CompileResult result = desk.Compile(source);
        return TypedResults.Ok(new ValidationView(result.Pipeline is not null, result.Pipeline?.Id, [.. result.Diagnostics, .. await desk.CheckAlarmsAsync(source, cancel)]));
    }

    private static async Task<Ok<ScopeView>> GetScope(ScopeRequest request, PipelineDesk desk, CancellationToken cancel) =>
        TypedResults.Ok(await desk.ScopeAsync(request, cancel));

    private static async Task<Results<Ok<PipelineDetail>, ProblemHttpResult>> GetPipeline(string id, IPipelineStore store, CancellationToken cancel) =>
        await store.FindAsync(id, cancel) is { } revision ? TypedResults.Ok(PipelineDetail.From(revision)) : PipelineDesk.NoPipeline(id);

    private static async Task<Results<Ok<List<PipelineView>>, ProblemHttpResult>> ListRevisions(
        string id, IPipelineStore store, IGitSyncStore git, CancellationToken cancel)
    {
        if (await store.ListRevisionsAsync(id, cancel) is not { Count: > 0 } revisions)
            return PipelineDesk.NoPipeline(id);
        IReadOnlyDictionary<int, GitCommit> commits = await git.ListCommitsAsync(id, cancel);
        return TypedResults.Ok(revisions.Select(r => PipelineView.From(r, commits.GetValueOrDefault(r.Revision))).ToList());
    }

    private static Task<Results<Ok<PipelineView>, ProblemHttpResult>> PausePipeline(
        string id, ClaimsPrincipal user, IPipelineStore store, TriggerSignal signal, Audit audit, CancellationToken cancel) =>
        SetPausedAsync(id, true, user, store, signal, audit, cancel);

    private static Task<Results<Ok<PipelineView>, ProblemHttpResult>> UnpausePipeline(
        string id, ClaimsPrincipal user, IPipelineStore store, TriggerSignal signal, Audit audit, CancellationToken cancel) =>
        SetPausedAsync(id, false, user, store, signal, audit, cancel);

    private static async Task<Results<Ok<PipelineView>, ProblemHttpResult>> SetPausedAsync(
        string id, bool paused, ClaimsPrincipal user, IPipelineStore store, TriggerSignal signal, Audit audit, CancellationToken cancel)
    {
        if (!await store.SetPausedAsync(id, paused, user.Name, cancel) || await store.FindAsync(id, cancel) is not { } revision)
            return PipelineDesk.NoPipeline(id);
        signal.Set();
        await audit.WriteAsync(user, paused ? "pipeline.pause" : "pipeline.unpause", id, null, cancel);
        return TypedResults.Ok(PipelineView.From(revision));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RemovePipeline(
        string id, ClaimsPrincipal user, IPipelineStore store, PipelineRegistrar registrar, Audit audit, CancellationToken cancel)
    {
        if (await registrar.HeldByGitAsync(id, cancel) is { } held)
            return held;
        if (!await store.RemoveAsync(id, user.Name, cancel))
            return PipelineDesk.NoPipeline(id);
        await audit.WriteAsync(user, "pipeline.remove", id, null, cancel);
        return TypedResults.NoContent();
    }
}
