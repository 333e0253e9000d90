using System.Text;
using System.Text.Json.Nodes;
using MLPlatform.Core.Scheduling.Promotions;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Engine.Runs;

namespace MLPlatform.Engine.Promotions;

/// <summary>Gives new runs the pools that their pipelines were promoted to; the run's trigger tells of it.</summary>
public sealed class PromotedPlans(IPromotionStore promotions, IQuotaStore quotas)
{
    private const int Most = 100;

    public async Task<RunRequest> ApplyAsync(RunRequest request, CancellationToken cancel)
    {
        IReadOnlyList<Promotion> inForce = await promotions.ListAsync(request.Plan.Pipeline, PromotionState.InForce, Most, cancel).ConfigureAwait(false);
        if (inForce.Count == 0 || await quotas.FindAsync(null, cancel).ConfigureAwait(false) is not { } version)
            return request;
        PoolMap pools = new(ResourcesCompiler.Compile(Encoding.UTF8.GetBytes(version.Json), "resources.json").File);
        // A pool that the file no longer has is nowhere to go to.
        (Core.Plans.RunPlan plan, IReadOnlyList<Promotion> moved) = PoolMoves.Apply(request.Plan, [.. inForce.Where(p => pools.Find(p.To) is not null)], pools.Find);
        if (moved.Count == 0)
            return request;
        JsonObject trigger = JsonNode.Parse(request.TriggerJson)!.AsObject();
        trigger["promoted"] = new JsonArray([.. moved.Select(p => new JsonObject { ["promotion"] = p.Id.ToString(), ["from"] = p.From, ["to"] = p.To })]);
        return request with { Plan = plan, TriggerJson = trigger.ToJsonString() };
    }
}
