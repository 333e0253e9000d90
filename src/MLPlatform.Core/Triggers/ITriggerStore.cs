using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Triggers;

/// <summary>
/// What keeps a trigger from firing twice, and the queue of runs that are to be started: a claim is made first, its run
/// is started from it, and a claim without a run is a run that still has to start. Claims are never removed.
/// </summary>
public interface ITriggerStore
{
    /// <summary>
    /// Claims one firing. (<see cref="TriggerClaim.Trigger"/>, <see cref="TriggerClaim.Instant"/>) is unique for ever, so
    /// of any number of replicas one gets true; the others' claims change nothing.
    /// </summary>
    Task<bool> ClaimAsync(TriggerClaim claim, CancellationToken cancel);

    /// <summary>Records that a claim will never start a run. False if there is no such claim, it was dropped before, or its run exists.</summary>
    Task<bool> DropAsync(string trigger, string instant, string reason, CancellationToken cancel);

    Task<TriggerClaim?> FindAsync(string trigger, string instant, CancellationToken cancel);

    /// <summary>The claim of a trigger whose instant is last in ordinal order, dropped ones included, or null.</summary>
    Task<TriggerClaim?> FindLastAsync(string trigger, CancellationToken cancel);

    /// <summary>Claims that were not dropped and whose run does not exist yet; oldest (<see cref="TriggerClaim.At"/>, then instant) first.</summary>
    Task<IReadOnlyList<TriggerClaim>> ListWaitingAsync(CancellationToken cancel);

    /// <summary>Claims of a trigger, the last instant in ordinal order first.</summary>
    Task<IReadOnlyList<TriggerClaim>> ListAsync(string trigger, int limit, CancellationToken cancel);
}

/// <summary>One firing of a trigger.</summary>
/// <param name="Trigger"><c>{pipeline}/{name, or index in the file}</c>, or <c>{pipeline}/backfill</c>.</param>
/// <param name="Instant">The instant or fact it fires for, as text: an ISO 8601 instant in UTC to the second, an upstream run id, an idempotency key.</param>
/// <param name="Run">The run it starts; known before the run exists, so starting it twice is harmless.</param>
/// <param name="At">When it was claimed.</param>
public sealed record TriggerClaim(string Trigger, string Instant, RunId Run, DateTimeOffset At)
{
    /// <summary>The run's logical date.</summary>
    public required DateTimeOffset LogicalDate { get; init; }

    /// <summary>
    /// The replica that starts the run; no other may, so that a run is never begun twice. When its lease has ended,
    /// <see cref="IRunStore.TakeOverAsync"/> gives its waiting claims to another, together with its runs.
    /// </summary>
    public required string Owner { get; init; }

    /// <summary>What the run is told about its trigger (<c>trigger</c> in expressions): a JSON object with at least <c>type</c>.</summary>
    public required string FactsJson { get; init; }

    /// <summary>Why it will never start a run, in words with a code; null where it has started one or still will.</summary>
    public string? Dropped { get; init; }
}
