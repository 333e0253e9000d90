using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Budgets;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Engine.Budgets;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;
using MLPlatform.Server.Quotas;

namespace MLPlatform.Server.Budgets;

/// <summary>How pools were used over time.</summary>
internal static class UsageEndpoints
{
    /// <summary>More attempts than that are not read; the answer says so.</summary>
    public const int MostAttempts = 200_000;

    public static void MapUsage(this IEndpointRouteBuilder app) => app.MapGet("/api/v1/quotas/usage", GetUsage).WithName(nameof(GetUsage)).WithTags("Quotas")
        .RequireAuthorization(Permissions.View).WithSummary("What attempts held over the last hours, by pool and by group, on the mean of each step.").ProducesProblem(400);

    private static async Task<Results<Ok<UsageView>, ProblemHttpResult>> GetUsage(
        IConsumptionStore store, ConsumptionReader reader, QuotaReader quotas, TimeProvider time, CancellationToken cancel, double hours = 24, int steps = 96)
    {
        if (hours is not (> 0 and <= 24 * 31) || steps is < 1 or > 500)
            return Problem.BadRequest("hours must lie between 0 and 744, steps between 1 and 500.");
        DateTimeOffset to = time.GetUtcNow(), from = to.AddHours(-hours);
        QuotaBook book = await quotas.ReadAsync(cancel);
        IReadOnlyList<HeldAttempt> attempts = await store.ListHeldAsync(from, to, MostAttempts, cancel);
        List<HeldSpan> spans = [];
        foreach (HeldAttempt attempt in attempts)
        {
            if (await reader.ConsumerAsync(attempt.Plan, cancel) is { } consumer && consumer.Find(attempt.Activity) is { } held)
                spans.Add(new HeldSpan(book.Pools.Find(held.Pool) ?? held.Pool!, consumer.Group, Amount.Of(held), attempt.Since, attempt.Until ?? to));
        }
        return TypedResults.Ok(new UsageView(from, to, (to - from).TotalSeconds / steps, attempts.Count < MostAttempts,
            HeldOverTime.Of(spans, s => s.Pool, from, to, steps), HeldOverTime.Of(spans, s => s.Group, from, to, steps)));
    }
}

/// <summary>Use over time. The last step ends now.</summary>
/// <param name="StepSeconds">How long a step is.</param>
/// <param name="Complete">Whether all attempts were read; where not, the newest were.</param>
/// <param name="Groups">By <c>basic.group</c>; empty for none.</param>
internal sealed record UsageView(DateTimeOffset From, DateTimeOffset To, double StepSeconds, bool Complete, IReadOnlyList<HeldSeries> Pools, IReadOnlyList<HeldSeries> Groups);
