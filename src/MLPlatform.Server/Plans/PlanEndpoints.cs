using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Engine.Binding;
using MLPlatform.Engine.Promotions;
using MLPlatform.Engine.Runs;
using MLPlatform.Server.Access;
using MLPlatform.Server.Pipelines;
using MLPlatform.Server.Runs;

namespace MLPlatform.Server.Plans;

/// <summary>What a run would do, without starting it.</summary>
internal static class PlanEndpoints
{
    public static IServiceCollection AddPlans(this IServiceCollection services) => services.AddSingleton<CachePreviewer>();

    public static void MapPlans(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/v1/plan", PreviewPlan).WithName(nameof(PreviewPlan)).WithTags("Plans").RequireAuthorization(Permissions.View)
            .WithSummary("What a run would do: order, cache, resources and critical path. Nothing is started.")
            .ProducesProblem(400).ProducesProblem(404).ProducesProblem(422);

    private static async Task<Results<Ok<PlanView>, ProblemHttpResult>> PreviewPlan(
        StartRequest request, ClaimsPrincipal user, PipelineDesk desk, GivenArtifacts artifacts, CachePreviewer cache, IRunStore store, PromotedPlans promoted, TimeProvider time, CancellationToken cancel)
    {
        string trigger = JsonSerializer.Serialize(new { type = "manual", by = user.Name }, JsonSerializerOptions.Web);
        DateTimeOffset logicalDate = request.LogicalDate ?? time.GetUtcNow();
        (RunPlan? plan, ProblemHttpResult? problem) = await RunStarting.PlanAsync(request, trigger, logicalDate, desk, artifacts, cancel);
        if (plan is null)
            return problem!;
        plan = (await promoted.ApplyAsync(new RunRequest(plan, trigger, logicalDate), cancel)).Plan;
        IReadOnlyDictionary<string, CacheVerdict> verdicts = await cache.AskAsync(plan, trigger, logicalDate, cancel);
        return TypedResults.Ok(PlanView.From(plan, new PlanKnowledge
        {
            Seconds = await LastSecondsAsync(plan.Pipeline, store, cancel),
            Cache = node => verdicts[node.Name],
        }));
    }

    // How long each activity took in the pipeline's last successful runs; a cached one took no time that counts.
    private static async Task<Dictionary<string, double>> LastSecondsAsync(string pipeline, IRunStore store, CancellationToken cancel)
    {
        const int Looked = 5;
        Dictionary<string, double> seconds = [];
        foreach (RunRow run in (await store.ListRunsAsync(new RunFilter(pipeline, RunStatus.Succeeded), null, Looked, cancel)).Items)
        {
            foreach (ActivityRow activity in await store.ListActivitiesAsync(run.Id, cancel))
            {
                if (activity is { Status: ActivityStatus.Succeeded, StartedAt: { } start, EndedAt: { } end })
                    seconds.TryAdd(activity.Name, (end - start).TotalSeconds);
            }
        }
        return seconds;
    }
}
