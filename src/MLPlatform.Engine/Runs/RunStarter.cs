using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Engine.Binding;

namespace MLPlatform.Engine.Runs;

/// <summary>What to start.</summary>
/// <param name="TriggerJson">What started it: an object with <c>type</c> (manual, cron, webhook, upstream, backfill) and its facts.</param>
/// <param name="LogicalDate">The date the run is about.</param>
/// <param name="Id">A chosen id, which makes starting twice harmless; null for a new one.</param>
public sealed record RunRequest(RunPlan Plan, string TriggerJson, DateTimeOffset LogicalDate, RunId? Id = null);

/// <summary>Starts runs.</summary>
public sealed class RunStarter(EngineLoop engine, IRunStore store, PlanTemplateCache plans, TimeProvider time)
{
    /// <summary>Starts a run; when it returns, the run is durable.</summary>
    public async Task<RunId> StartAsync(RunRequest request, CancellationToken cancel)
    {
        RunId id = request.Id ?? new RunId(Guid.CreateVersion7(time.GetUtcNow()));
        if (request.Id is not null && await store.FindRunAsync(id, cancel).ConfigureAwait(false) is not null)
            return id;
        string hash = PlanJson.Hash(request.Plan);
        if (plans.Find(hash) is not { } templates)
        {
            await store.PutPlanAsync(hash, PlanJson.Serialize(request.Plan), cancel).ConfigureAwait(false);
            templates = plans.Add(request.Plan, hash);
        }
        return await engine.BeginAsync(id, request, templates).WaitAsync(cancel).ConfigureAwait(false);
    }
}
