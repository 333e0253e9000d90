using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;
using MLPlatform.Server.Quotas;

namespace MLPlatform.Server.Pools;

/// <summary>The machines there are, and what is held of them.</summary>
internal static class PoolEndpoints
{
    public static void MapPools(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder pools = app.MapGroup("/api/v1/pools").WithTags("Pools").RequireAuthorization(Permissions.View);
        pools.MapGet("/", ListPools).WithName(nameof(ListPools)).WithSummary("Pools of machines: what they have, and what is held of it.");
        pools.MapGet("/{pool}", GetPool).WithName(nameof(GetPool)).WithSummary("A pool, its machines and who holds what of them.").ProducesProblem(404);
    }

    private static async Task<Ok<List<PoolView>>> ListPools(QuotaReader reader, CancellationToken cancel)
    {
        QuotaBook book = await reader.ReadAsync(cancel);
        return TypedResults.Ok(book.Pools.Names.Select(name => PoolView.From(book, name)).ToList());
    }

    private static async Task<Results<Ok<PoolDetail>, ProblemHttpResult>> GetPool(string pool, QuotaReader reader, CancellationToken cancel)
    {
        QuotaBook book = await reader.ReadAsync(cancel);
        return book.Pools.Names.Contains(pool)
            ? TypedResults.Ok(PoolDetail.From(book, pool))
            : Problem.NotFound($"pool '{pool}'", Names.Hint(pool, [.. book.Pools.Names]));
    }
}
