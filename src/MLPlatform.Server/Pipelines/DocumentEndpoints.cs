using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Pipelines;

/// <summary>Pipelines as texts: what the designer opens, saves and compares.</summary>
internal static class DocumentEndpoints
{
    public static void MapDocuments(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder pipelines = app.MapGroup("/api/v1/pipelines").WithTags("Pipelines").RequireAuthorization(Permissions.View);
        pipelines.MapGet("/{id}/document", GetPipelineDocument).WithName(nameof(GetPipelineDocument))
            .WithSummary("A pipeline's very file with its layout and its place in git; the newest, or one revision.").ProducesProblem(404);
        pipelines.MapGet("/{id}/diff", DiffPipeline).WithName(nameof(DiffPipeline)).WithSummary("How two revisions differ, with both texts.").ProducesProblem(404);
        pipelines.MapPost("/save", SavePipeline).WithName(nameof(SavePipeline)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Save a file and its layout: a commit where the pipelines are in git, else the next revision. What changes nothing writes nothing.")
            .ProducesProblem(400).ProducesProblem(409).ProducesProblem(422).ProducesProblem(502);
    }

    private static async Task<Results<Ok<PipelineDocument>, ProblemHttpResult>> GetPipelineDocument(
        string id, DocumentDesk desk, CancellationToken cancel, int? revision = null) =>
        await desk.OpenAsync(id, revision, cancel) is { } document ? TypedResults.Ok(document) : PipelineDesk.NoPipeline(id);

    private static async Task<Results<Ok<PipelineDiff>, ProblemHttpResult>> DiffPipeline(string id, int from, int to, DocumentDesk desk, CancellationToken cancel) =>
        await desk.DiffAsync(id, from, to, cancel) is { } diff
            ? TypedResults.Ok(diff)
            : Problem.NotFound($"revision {from} or {to} of a pipeline '{id}'", $"'/api/v1/pipelines/{id}/revisions' lists them.");

    private static async Task<Results<Ok<SavedView>, ProblemHttpResult>> SavePipeline(SaveRequest request, ClaimsPrincipal user, DocumentDesk desk, CancellationToken cancel)
    {
        (SavedView? saved, ProblemHttpResult? problem) = await desk.SaveAsync(request, user, cancel);
        return saved is null ? problem! : TypedResults.Ok(saved);
    }
}
