using System.Globalization;
using MLPlatform.Core.Scheduling.Budgets;
using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Core.Runs;

/// <summary>The journal and the rows made from it. One implementation for each database; one conformance suite for both.</summary>
public interface IRunStore
{
    /// <summary>
    /// Registers this replica, at its start and after it lost its lease. Returns its fencing epoch: it grows with each
    /// call and each loss, and a commit with an older epoch is refused.
    /// </summary>
    Task<long> AcquireLeaseAsync(string replica, TimeSpan duration, CancellationToken cancel);

    /// <summary>Renews the lease; false if it was lost.</summary>
    Task<bool> RenewLeaseAsync(ReplicaLease lease, TimeSpan duration, CancellationToken cancel);

    /// <summary>Gives the lease up, so that others may take its runs over at once.</summary>
    Task ReleaseLeaseAsync(ReplicaLease lease, CancellationToken cancel);

    /// <summary>
    /// Takes over the unfinished runs, and the trigger claims that still have to start a run, of replicas whose lease has
    /// ended; fences them; returns all unfinished runs this replica now owns.
    /// </summary>
    Task<IReadOnlyList<RunId>> TakeOverAsync(ReplicaLease lease, CancellationToken cancel);

    /// <summary>
    /// Commits the batch in one transaction, or nothing of it.
    /// </summary>
    /// <exception cref="LeaseLostException">The replica was fenced; it must drop all it has in memory.</exception>
    Task CommitAsync(ReplicaLease lease, JournalBatch batch, CancellationToken cancel);

    /// <summary>Stores a plan under its hash; storing it twice does nothing.</summary>
    Task PutPlanAsync(string hash, ReadOnlyMemory<byte> json, CancellationToken cancel);

    Task<byte[]?> FindPlanAsync(string hash, CancellationToken cancel);

    Task<RunRow?> FindRunAsync(RunId run, CancellationToken cancel);

    /// <summary>The run's journal in order, payloads as committed.</summary>
    IAsyncEnumerable<JournalEntry> ReadJournalAsync(RunId run, CancellationToken cancel);

    /// <summary>The run's journal after an entry; 0 reads it all.</summary>
    async IAsyncEnumerable<JournalEntry> ReadJournalAsync(
        RunId run, long after, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (JournalEntry entry in ReadJournalAsync(run, cancel).ConfigureAwait(false))
        {
            if (entry.Sequence > after)
                yield return entry;
        }
    }

    /// <summary>The cached result for a key, or null.</summary>
    Task<CacheRow?> FindCachedAsync(string key, CancellationToken cancel);

    /// <summary>The newest cached result of the same pipeline and activity, to explain a miss.</summary>
    Task<CacheRow?> FindLatestCachedAsync(string pipeline, string activity, CancellationToken cancel);

    // What people read.
    Task<Page<RunRow>> ListRunsAsync(RunFilter filter, string? cursor, int limit, CancellationToken cancel);

    Task<IReadOnlyList<ActivityRow>> ListActivitiesAsync(RunId run, CancellationToken cancel);

    Task<IReadOnlyList<AttemptRow>> ListAttemptsAsync(RunId run, int? node, CancellationToken cancel);

    Task<IReadOnlyList<ArtifactRow>> ListArtifactsAsync(RunId run, CancellationToken cancel);

    Task<IReadOnlyList<MetricRow>> ListMetricsAsync(RunId run, CancellationToken cancel);

    /// <summary>Writes a command for a run that another replica owns.</summary>
    Task PutCommandAsync(RunCommandRow command, CancellationToken cancel);

    /// <summary>Takes the commands for runs that this replica owns, oldest first, and removes them.</summary>
    Task<IReadOnlyList<RunCommandRow>> TakeCommandsAsync(ReplicaLease lease, CancellationToken cancel);
}

/// <param name="Epoch">The fencing epoch that the lease was given.</param>
public sealed record ReplicaLease(string Replica, long Epoch);

/// <summary>What one transaction writes: many transitions of many runs.</summary>
public sealed class JournalBatch
{
    /// <summary>New or changed runs; the last row for a run wins.</summary>
    public List<RunRow> Runs { get; } = [];
    public List<JournalEntry> Journal { get; } = [];

    /// <summary>New or changed nodes, one row for each.</summary>
    public List<ActivityRow> Activities { get; } = [];

    /// <summary>New or changed attempts, one row for each.</summary>
    public List<AttemptRow> Attempts { get; } = [];
    public List<ArtifactRow> Artifacts { get; } = [];
    public List<ArtifactUseRow> Uses { get; } = [];
    public List<MetricRow> Metrics { get; } = [];
    public List<CacheRow> Cache { get; } = [];

    /// <summary>What the attempts used that end in this batch: added to what is written, where all else replaces it.</summary>
    public ConsumptionSums Consumed { get; } = new();

    /// <summary>What attempts hold from now on, or held until now: with their start and their end, or not at all.</summary>
    public List<Allocation> Allocations { get; } = [];

    public int RowCount =>
        Runs.Count + Journal.Count + Activities.Count + Attempts.Count + Artifacts.Count + Uses.Count + Metrics.Count + Cache.Count + Consumed.Count + Allocations.Count;
}

/// <summary>Events of one run that were committed together.</summary>
/// <param name="Sequence">Grows by one with each entry of the run, from 1; unique with the run, so no entry is ever written twice.</param>
/// <param name="Payload">A JSON array of <see cref="RunEvent"/>, UTF-8.</param>
public sealed record JournalEntry(RunId Run, long Sequence, ReadOnlyMemory<byte> Payload);

/// <summary>Which runs; what is null asks nothing. "After" and "from" include the instant itself, "before" does not.</summary>
public sealed record RunFilter(
    string? Pipeline = null, RunStatus? Status = null, DateTimeOffset? CreatedAfter = null, DateTimeOffset? CreatedBefore = null,
    DateTimeOffset? EndedAfter = null, DateTimeOffset? LogicalFrom = null, DateTimeOffset? LogicalBefore = null);

/// <param name="Next">Where the next page starts, or null at the end.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

/// <param name="Json">The command, as the engine writes it.</param>
public sealed record RunCommandRow(Guid Id, RunId Run, string Json, DateTimeOffset At);

/// <summary>Another replica took this one's runs over.</summary>
public sealed class LeaseLostException(string replica)
    : Exception($"replica '{replica}' lost its lease: another replica took its runs over");

/// <summary>
/// An entry of the journal was there already: what this replica has in memory is not what was committed, so it must
/// drop the run and read it again.
/// </summary>
public sealed class JournalConflictException(RunId? run, long? sequence, Exception inner)
    : Exception($"journal entry {run?.ToString() ?? "of some run"} / {sequence?.ToString(CultureInfo.InvariantCulture) ?? "?"} is there already", inner)
{
    /// <summary>The run, where the database tells.</summary>
    public RunId? Run { get; } = run;
}
