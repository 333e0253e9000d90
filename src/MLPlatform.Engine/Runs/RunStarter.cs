using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;

namespace MLPlatform.Engine.Runs;

/// <summary>What to start.</summary>
/// <param name="TriggerJson">What started it: an object with <c>type</c> (manual, cron, webhook, upstream, backfill) and its facts.</param>
/// <param name="LogicalDate">The date the run is about.</param>
/// <param name="Id">A chosen id, which makes starting twice harmless; null for a new one.</param>
public sealed record RunRequest(RunPlan Plan, string TriggerJson, DateTimeOffset LogicalDate, RunId? Id = null);

/// <summary>Starts runs.</summary>
public sealed class RunStarter
{
    /// <summary>Starts a run; when it returns, the run is durable.</summary>
    public Task<RunId> StartAsync(RunRequest request, CancellationToken cancel) => throw new NotImplementedException();
}
