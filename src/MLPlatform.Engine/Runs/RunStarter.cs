using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Engine.Binding;
using MLPlatform.Engine.Promotions;

namespace MLPlatform.Engine.Runs;

/// <summary>What to start.</summary>
/// <param name="TriggerJson">What started it: an object with <c>type</c> (manual, cron, webhook, upstream, backfill) and its facts.</param>
/// <param name="LogicalDate">The date the run is about.</param>
/// <param name="Id">A chosen id, which makes starting twice harmless; null for a new one.</param>
public sealed record RunRequest(RunPlan Plan, string TriggerJson, DateTimeOffset LogicalDate, RunId? Id = null);

/// <summary>A run that is to begin.</summary>
internal sealed record RunStart(RunId Id, RunRequest Request, PlanTemplates Templates);

/// <summary>Starts runs.</summary>
/// <param name="promoted">Gives runs the pools that their pipelines were promoted to; null where there are no pools.</param>
public sealed class RunStarter(EngineLoop engine, IRunStore store, PlanTemplateCache plans, TimeProvider time, PromotedPlans? promoted = null)
{
    /// <summary>Starts a run; when it returns, the run is durable.</summary>
    public async Task<RunId> StartAsync(RunRequest request, CancellationToken cancel)
    {
        return (await StartAllAsync([request], cancel).ConfigureAwait(false))[0];
    }

    /// <summary>Starts all of some runs or, where something goes wrong, none: they become durable in one commit.</summary>
    /// <returns>Their ids, in the same order.</returns>
    public async Task<IReadOnlyList<RunId>> StartAllAsync(IReadOnlyList<RunRequest> requests, CancellationToken cancel)
    {
        List<RunId> ids = [];
        List<RunStart> starts = [];
        foreach (RunRequest request in requests)
        {
            RunId id = request.Id ?? new RunId(Guid.CreateVersion7(time.GetUtcNow()));
            ids.Add(id);
            if (request.Id is null || await store.FindRunAsync(id, cancel).ConfigureAwait(false) is null)
            {
                RunRequest now = promoted is null ? request : await promoted.ApplyAsync(request, cancel).ConfigureAwait(false);
                starts.Add(new RunStart(id, now, await TemplatesAsync(now.Plan, cancel).ConfigureAwait(false)));
            }
        }
        if (starts.Count > 0)
            await engine.BeginAsync(starts).WaitAsync(cancel).ConfigureAwait(false);
        return ids;
    }

    private async Task<PlanTemplates> TemplatesAsync(RunPlan plan, CancellationToken cancel)
    {
        string hash = PlanJson.Hash(plan);
        if (plans.Find(hash) is { } known)
            return known;
        await store.PutPlanAsync(hash, PlanJson.Serialize(plan), cancel).ConfigureAwait(false);
        return plans.Add(plan, hash);
    }
}
