using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Triggers;

/// <summary>What keeps a trigger from firing twice.</summary>
public interface ITriggerStore
{
    /// <summary>
    /// Claims one firing. The key is unique for ever, so of any number of replicas one gets true.
    /// </summary>
    /// <param name="trigger"><c>{pipeline}/{index or name}</c>.</param>
    /// <param name="instant">The instant or fact it fires for, as text: an ISO 8601 instant, an upstream run id, an idempotency key.</param>
    /// <param name="run">The run it will start; stored, so that a claim whose replica died before the run began can be finished.</param>
    Task<bool> ClaimAsync(string trigger, string instant, RunId run, DateTimeOffset at, CancellationToken cancel);

    /// <summary>The last claimed instant of a trigger in ordinal order, or null.</summary>
    Task<string?> LastInstantAsync(string trigger, CancellationToken cancel);

    /// <summary>Claims made before <paramref name="before"/> whose run was never created.</summary>
    Task<IReadOnlyList<TriggerClaim>> ListOrphansAsync(DateTimeOffset before, CancellationToken cancel);

    /// <summary>Firings of a trigger, newest first.</summary>
    Task<IReadOnlyList<TriggerClaim>> ListAsync(string trigger, int limit, CancellationToken cancel);
}

public sealed record TriggerClaim(string Trigger, string Instant, RunId Run, DateTimeOffset At);
