using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Runs;
using MLPlatform.Server.Access;
using MLPlatform.Server.Describe;

namespace MLPlatform.Server.Runs;

/// <summary>What activities of a pipeline gave the last time.</summary>
internal static class ResultEndpoints
{
    private const int Most = 50;

    public static void MapResults(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/pipelines/{id}/results", ListResults).WithName("ListPipelineResults").WithTags("Pipelines").RequireAuthorization(Permissions.View)
            .WithSummary("What an activity of a pipeline gave in the newest of its last 50 runs in which it succeeded, runs of drafts included; empty where it never did.");

    private static async Task<Ok<List<LastResult>>> ListResults(string id, string activity, IRunStore store, CancellationToken cancel)
    {
        foreach (RunRow run in (await store.ListRunsAsync(new RunFilter(id), null, Most, cancel)).Items)
        {
            ActivityRow? row = (await store.ListActivitiesAsync(run.Id, cancel)).FirstOrDefault(a => a.Name == activity);
            if (row is { OutputsJson: not null, EndedAt: { } at } && row.Status.HasOutputs())
                return TypedResults.Ok<List<LastResult>>([new LastResult(run.Id.Value, row.Type, at, RawJson.Read(row.OutputsJson)!.Value, row.Note)]);
        }
        return TypedResults.Ok<List<LastResult>>([]);
    }
}

/// <summary>What an activity gave the last time that it succeeded.</summary>
/// <param name="Type">What the activity was then.</param>
/// <param name="At">When it ended.</param>
/// <param name="Outputs">An object by output; of a forEach the list of them.</param>
/// <param name="Note">Which attempt a cached result came from.</param>
public sealed record LastResult(Guid Run, string Type, DateTimeOffset At, JsonElement Outputs, string? Note);
