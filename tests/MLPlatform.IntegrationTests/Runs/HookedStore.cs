using System.Runtime.CompilerServices;
using MLPlatform.Core.Runs;

namespace MLPlatform.IntegrationTests.Runs;

/// <summary>A store whose commits go through a test's hands; everything else is the store's own.</summary>
/// <param name="commit">Makes or breaks one commit: gets its number, from 1, and what commits it.</param>
internal sealed class HookedStore(IRunStore inner, Func<int, Func<Task>, CancellationToken, Task> commit) : IRunStore
{
    private int _commits;

    /// <summary>Called when a journal has been read to its end, before the reader goes on.</summary>
    public Func<RunId, Task>? AfterReading { get; init; }

    /// <summary>Called before runs are taken over.</summary>
    public Func<Task>? BeforeTakeOver { get; init; }

    public Task CommitAsync(ReplicaLease lease, JournalBatch batch, CancellationToken cancel) =>
        commit(Interlocked.Increment(ref _commits), () => inner.CommitAsync(lease, batch, cancel), cancel);

    public Task<long> AcquireLeaseAsync(string replica, TimeSpan duration, CancellationToken cancel) => inner.AcquireLeaseAsync(replica, duration, cancel);

    public Task<bool> RenewLeaseAsync(ReplicaLease lease, TimeSpan duration, CancellationToken cancel) => inner.RenewLeaseAsync(lease, duration, cancel);

    public Task ReleaseLeaseAsync(ReplicaLease lease, CancellationToken cancel) => inner.ReleaseLeaseAsync(lease, cancel);

    public async Task<IReadOnlyList<RunId>> TakeOverAsync(ReplicaLease lease, CancellationToken cancel)
    {
        await (BeforeTakeOver?.Invoke() ?? Task.CompletedTask);
        return await inner.TakeOverAsync(lease, cancel);
    }

    public Task PutPlanAsync(string hash, ReadOnlyMemory<byte> json, CancellationToken cancel) => inner.PutPlanAsync(hash, json, cancel);

    public Task<byte[]?> FindPlanAsync(string hash, CancellationToken cancel) => inner.FindPlanAsync(hash, cancel);

    public Task<RunRow?> FindRunAsync(RunId run, CancellationToken cancel) => inner.FindRunAsync(run, cancel);

    public async IAsyncEnumerable<JournalEntry> ReadJournalAsync(RunId run, [EnumeratorCancellation] CancellationToken cancel)
    {
        await foreach (JournalEntry entry in inner.ReadJournalAsync(run, cancel))
            yield return entry;
        await (AfterReading?.Invoke(run) ?? Task.CompletedTask);
    }

    public Task<CacheRow?> FindCachedAsync(string key, CancellationToken cancel) => inner.FindCachedAsync(key, cancel);

    public Task<CacheRow?> FindLatestCachedAsync(string pipeline, string activity, CancellationToken cancel) => inner.FindLatestCachedAsync(pipeline, activity, cancel);

    public Task<Page<RunRow>> ListRunsAsync(RunFilter filter, string? cursor, int limit, CancellationToken cancel) => inner.ListRunsAsync(filter, cursor, limit, cancel);

    public Task<IReadOnlyList<ActivityRow>> ListActivitiesAsync(RunId run, CancellationToken cancel) => inner.ListActivitiesAsync(run, cancel);

    public Task<IReadOnlyList<AttemptRow>> ListAttemptsAsync(RunId run, int? node, CancellationToken cancel) => inner.ListAttemptsAsync(run, node, cancel);

    public Task<IReadOnlyList<ArtifactRow>> ListArtifactsAsync(RunId run, CancellationToken cancel) => inner.ListArtifactsAsync(run, cancel);

    public Task<IReadOnlyList<MetricRow>> ListMetricsAsync(RunId run, CancellationToken cancel) => inner.ListMetricsAsync(run, cancel);

    public Task PutCommandAsync(RunCommandRow command, CancellationToken cancel) => inner.PutCommandAsync(command, cancel);

    public Task<IReadOnlyList<RunCommandRow>> TakeCommandsAsync(ReplicaLease lease, CancellationToken cancel) => inner.TakeCommandsAsync(lease, cancel);
}
