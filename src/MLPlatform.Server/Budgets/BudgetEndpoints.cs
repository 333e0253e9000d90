using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Scheduling.Budgets;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Engine.Budgets;
using MLPlatform.Server.Access;
using MLPlatform.Server.Quotas;

namespace MLPlatform.Server.Budgets;

/// <summary>GPU hours: what is allowed, used and left.</summary>
internal static class BudgetEndpoints
{
    public static IServiceCollection AddBudgets(this IServiceCollection services) => services.AddSingleton<ConsumptionReader>();

    public static void MapBudgets(this IEndpointRouteBuilder app) => app.MapGroup("/api/v1/quotas").WithTags("Quotas").RequireAuthorization(Permissions.View)
        .MapGet("/budgets", GetBudgets).WithName(nameof(GetBudgets)).WithSummary("Budgets in GPU hours a month: used, left, and when they run out; and what everybody used.");

    private static async Task<Ok<BudgetsView>> GetBudgets(IQuotaStore quotas, ConsumptionReader reader, TimeProvider time, CancellationToken cancel)
    {
        DateTimeOffset now = time.GetUtcNow();
        ResourcesFile? file = QuotaReader.FileOf(await quotas.FindAsync(null, cancel));
        IReadOnlyList<Consumption> used = await reader.ReadAsync(now, cancel);
        return TypedResults.Ok(new BudgetsView(CalendarMonth.Of(now).ToString(), now,
            file is null ? [] : [.. BudgetPolicy.States(file, used, now).Select(BudgetView.From)],
            [.. used.Select(ConsumptionView.From)],
            [.. used.GroupBy(u => u.Key.Group).Select(g => PastUseView.From(g.Key, PastUse.Mean([.. g], now)))]));
    }
}
