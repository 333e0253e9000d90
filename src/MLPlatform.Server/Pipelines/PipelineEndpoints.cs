using System.Security.Claims;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Triggers;
using MLPlatform.Engine.Alarms;
using MLPlatform.Engine.Triggers;
using MLPlatform.Server.Access;
using MLPlatform.Server.Alarms;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Pipelines;

/// <summary>Registered pipelines.</summary>
internal static class PipelineEndpoints
{
    public static void MapPipelines(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder pipelines = app.MapGroup("/api/v1/pipelines").WithTags("Pipelines").RequireAuthorization(Permissions.View);
        pipelines.MapGet("/", ListPipelines).WithName(nameof(ListPipelines)).WithSummary("Registered pipelines.");
        pipelines.MapPost("/", ApplyPipeline).WithName(nameof(ApplyPipeline)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Register a pipeline or a new revision of it; its triggers are live at once.").ProducesProblem(400).ProducesProblem(422);
        pipelines.MapPost("/validate", ValidatePipeline).WithName(nameof(ValidatePipeline)).WithSummary("All that is wrong with a pipeline file.");
        pipelines.MapGet("/{id}", GetPipeline).WithName(nameof(GetPipeline)).WithSummary("The newest revision of a pipeline, with its file.").ProducesProblem(404);
        pipelines.MapGet("/{id}/revisions", ListRevisions).WithName("ListPipelineRevisions").WithSummary("All revisions, newest first.").ProducesProblem(404);
        pipelines.MapPost("/{id}/pause", PausePipeline).WithName(nameof(PausePipeline)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Let the pipeline's triggers rest.").ProducesProblem(404);
        pipelines.MapPost("/{id}/unpause", UnpausePipeline).WithName(nameof(UnpausePipeline)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Let the pipeline's triggers fire again.").ProducesProblem(404);
        pipelines.MapDelete("/{id}", RemovePipeline).WithName(nameof(RemovePipeline)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Take the pipeline out of use; its runs stay.").ProducesProblem(404);
    }

    private static async Task<Ok<List<PipelineView>>> ListPipelines(IPipelineStore store, CancellationToken cancel) =>
        TypedResults.Ok((await store.ListAsync(cancel)).Select(PipelineView.From).ToList());

    internal static async Task<Results<Created<PipelineView>, Ok<PipelineView>, ProblemHttpResult>> ApplyPipeline(
        PipelineSource source, ClaimsPrincipal user, PipelineDesk desk, IPipelineStore store, TriggerReader triggers, TriggerSignal signal,
        AlarmLookBell alarms, Audit audit, CancellationToken cancel)
    {
        (Compiled? compiled, ProblemHttpResult? problem) = desk.Read(source);
        if (compiled is null)
            return problem!;
        CompiledPipeline pipeline = compiled.Pipeline;
        if (await triggers.CheckAsync(pipeline.Id, pipeline.File.WithActivityDependencies(), cancel) is [ScheduleProblem clash, ..])
            return Problem.Of(422, clash.Code, clash.Message, clash.Hint);
        PipelineRevision? before = await store.FindAsync(pipeline.Id, cancel);
        PipelineRevision now = await store.ApplyAsync(
            pipeline.Id, pipeline.Hash, Encoding.UTF8.GetString(pipeline.Utf8.Span), compiled.Folder, user.Name, cancel);
        if (before?.Revision == now.Revision)
            return TypedResults.Ok(PipelineView.From(now));
        signal.Set();
        alarms.Ring();
        await audit.WriteAsync(user, "pipeline.apply", pipeline.Id, new { now.Revision, now.Hash }, cancel);
        return TypedResults.Created($"/api/v1/pipelines/{pipeline.Id}", PipelineView.From(now));
    }

    private static async Task<Ok<ValidationView>> ValidatePipeline(PipelineSource source, PipelineDesk desk, CancellationToken cancel)
    {
        CompileResult result = desk.Compile(source);
        return TypedResults.Ok(new ValidationView(result.Pipeline is not null, result.Pipeline?.Id, [.. result.Diagnostics, .. await desk.CheckAlarmsAsync(source, cancel)]));
    }

    private static async Task<Results<Ok<PipelineDetail>, ProblemHttpResult>> GetPipeline(string id, IPipelineStore store, CancellationToken cancel) =>
        await store.FindAsync(id, cancel) is { } revision ? TypedResults.Ok(PipelineDetail.From(revision)) : PipelineDesk.NoPipeline(id);

    private static async Task<Results<Ok<List<PipelineView>>, ProblemHttpResult>> ListRevisions(string id, IPipelineStore store, CancellationToken cancel) =>
        await store.ListRevisionsAsync(id, cancel) is { Count: > 0 } revisions
            ? TypedResults.Ok(revisions.Select(PipelineView.From).ToList())
            : PipelineDesk.NoPipeline(id);

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
        string id, ClaimsPrincipal user, IPipelineStore store, Audit audit, CancellationToken cancel)
    {
        if (!await store.RemoveAsync(id, user.Name, cancel))
            return PipelineDesk.NoPipeline(id);
        await audit.WriteAsync(user, "pipeline.remove", id, null, cancel);
        return TypedResults.NoContent();
    }
}
