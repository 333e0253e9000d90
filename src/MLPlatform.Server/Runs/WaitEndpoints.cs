using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Budgets;
using MLPlatform.Engine.Budgets;
using MLPlatform.Engine.Runs;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Runs;

/// <summary>Who waits for resources, over all runs.</summary>
internal static class WaitEndpoints
{
    public static void MapWaits(this IEndpointRouteBuilder app) => app.MapGet("/api/v1/waits", ListWaits).WithName(nameof(ListWaits)).WithTags("Runs")
        .RequireAuthorization(Permissions.View).WithSummary("Activities of all runs that wait for resources, those that wait longest first, and why.").ProducesProblem(400);

    private static async Task<Results<Ok<WaitsView>, ProblemHttpResult>> ListWaits(
        IConsumptionStore consumption, ConsumptionReader plans, IRunStore runs, WaitReasons reasons, CancellationToken cancel, int limit = 500)
    {
        if (limit is < 1 or > 5000)
            return Problem.BadRequest("limit must lie between 1 and 5000.");
        IReadOnlyList<WaitingActivity> all = await consumption.ListWaitingAsync(cancel);
        WaitingActivity[] oldest = [.. all.OrderBy(w => w.Since).ThenBy(w => w.Run.Value).ThenBy(w => w.Node).Take(limit)];
        List<WaitingView> views = [];
        foreach (IGrouping<RunId, WaitingActivity> of in oldest.GroupBy(w => w.Run))
        {
            if (await runs.FindRunAsync(of.Key, cancel) is not { } run)
                continue;
            PlanConsumer? consumer = await plans.ConsumerAsync(run.PlanHash, cancel);
            Dictionary<int, WaitView> why = (await WaitView.OfAsync(run,
                [.. of.Select(w => (w.Node, w.Activity, (DateTimeOffset?)w.Since))], reasons, cancel)).ToDictionary(w => w.Node);
            views.AddRange(of.Where(w => why.ContainsKey(w.Node)).Select(w => new WaitingView(
                run.Id.Value, run.Pipeline, consumer?.Group ?? "", consumer?.Person ?? "", consumer?.Find(w.Activity)?.Pool, why[w.Node])));
        }
        return TypedResults.Ok(new WaitsView(all.Count, [.. views.OrderBy(v => v.Wait.Since)]));
    }
}

/// <summary>Who waits.</summary>
/// <param name="Total">How many activities wait; those listed are the ones that wait longest.</param>
internal sealed record WaitsView(int Total, IReadOnlyList<WaitingView> Waits);

/// <summary>An activity that waits.</summary>
/// <param name="Group">As in <c>basic.group</c>; empty for none.</param>
/// <param name="Person">As in <c>basic.owner</c>; empty for none.</param>
/// <param name="Pool">The pool it asks for, as its file names it; absent for the one that is meant where none is named.</param>
internal sealed record WaitingView(Guid Run, string Pipeline, string Group, string Person, string? Pool, WaitView Wait);
