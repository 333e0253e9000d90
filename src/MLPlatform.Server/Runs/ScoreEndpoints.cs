using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Runs;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Runs;

/// <summary>How well runs and pipelines ask for what they use.</summary>
internal static class ScoreEndpoints
{
    public static void MapScores(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/v1/runs/{id:guid}/score", GetRunScore).WithName(nameof(GetRunScore)).WithTags("Runs").RequireAuthorization(Permissions.View)
            .WithSummary("How well a run's activities asked for what they used, part by part, with advice.").ProducesProblem(404);
        app.MapGet("/api/v1/pipelines/{id}/score", GetPipelineScore).WithName(nameof(GetPipelineScore)).WithTags("Pipelines").RequireAuthorization(Permissions.View)
            .WithSummary("The mean score over a pipeline's last 20 runs.").ProducesProblem(404);
    }

    private static async Task<Results<Ok<RunScore>, ProblemHttpResult>> GetRunScore(Guid id, IRunStore store, ScoreDesk desk, CancellationToken cancel) =>
        await store.FindRunAsync(new RunId(id), cancel) is { } run ? TypedResults.Ok(await desk.OfAsync(run, cancel)) : RunReading.NoRun(id);

    // A pipeline that was never registered has runs as well.
    private static async Task<Results<Ok<PipelineScore>, ProblemHttpResult>> GetPipelineScore(
        string id, IPipelineStore pipelines, ScoreDesk desk, CancellationToken cancel)
    {
        PipelineScore score = await desk.OfPipelineAsync(id, cancel);
        return score.Runs > 0 || await pipelines.FindAsync(id, cancel) is not null
            ? TypedResults.Ok(score)
            : Problem.NotFound($"pipeline '{id}'", "'mlp pipelines list' shows those that are registered.");
    }
}
