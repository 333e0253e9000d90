using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Access;
using MLPlatform.Engine.Runs;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Hosting;

/// <summary>What load balancers and scripts ask.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/healthz", Healthz).AllowAnonymous().WithTags("System").WithName(nameof(Healthz)).WithSummary("Whether the process answers.");
        app.MapGet("/readyz", ReadyzAsync).AllowAnonymous().WithTags("System").WithName("Readyz")
            .WithSummary("Whether the store answers and the engine can acknowledge.").ProducesProblem(503);
    }

    private static Ok<Health> Healthz() => TypedResults.Ok(new Health("ok"));

    private static async Task<Results<Ok<Health>, ProblemHttpResult>> ReadyzAsync(IAccessStore store, EngineLoop engine, CancellationToken cancel)
    {
        try
        {
            await store.FindTokenAsync("", cancel);
            return engine.Trouble is { } trouble
                ? Problem.Of(503, "API-014", $"Nothing can be acknowledged: {trouble}", "See the server's log; what was acknowledged is safe.")
                : TypedResults.Ok(new Health("ready"));
        }
        catch (System.Data.Common.DbException e)
        {
            return Problem.Of(503, "API-014", $"The store does not answer: {e.Message}", "The server tries again with each request.");
        }
    }
}

/// <summary>How the server is.</summary>
public sealed record Health(string Status);
