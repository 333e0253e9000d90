using MLPlatform.Core.Runs;

namespace MLPlatform.IntegrationTests.Runs;

/// <summary>A store whose server dies at one commit, before or after it is durable: nothing comes back from it any more.</summary>
internal sealed class CrashingStore(IRunStore inner, int crashAt, bool afterCommit) : IRunStore
{
    private readonly TaskCompletionSource _crashed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _commits;

    /// <summary>Completes when the crash happens.</summary>
    public Task Crashed => _crashed.Task;

    public async Task CommitAsync(ReplicaLease lease, JournalBatch batch, CancellationToken cancel)
    {
        bool crash = Interlocked.Increment(ref _commits) >= crashAt;
        if (!crash || (afterCommit && !_crashed.Task.IsCompleted))
            await inner.CommitAsync(lease, batch, cancel);
        if (!crash)
            return;
        _crashed.TrySetResult();
        await Task.Delay(Timeout.InfiniteTimeSpan, cancel);
    }

    public Task<long> AcquireLeaseAsync(string replica, TimeSpan duration, CancellationToken cancel) => inner.AcquireLeaseAsync(replica, duration, cancel);

    public Task<bool> RenewLeaseAsync(ReplicaLease lease, TimeSpan duration, CancellationToken cancel) => inner.RenewLeaseAsync(lease, duration, cancel);

    public Task ReleaseLeaseAsync(ReplicaLease lease, CancellationToken cancel) => inner.ReleaseLeaseAsync(lease, cancel);

    public Task<IReadOnlyList<RunId>> TakeOverAsync(ReplicaLease lease, CancellationToken cancel) => inner.TakeOverAsync(lease, cancel);

    public Task PutPlanAsync(string hash, ReadOnlyMemory<byte> json, CancellationToken cancel) => inner.PutPlanAsync(hash, json, cancel);

    public Task<byte[]?> FindPlanAsync(string hash, CancellationToken cancel) => inner.FindPlanAsync(hash, cancel);

    public Task<RunRow?> FindRunAsync(RunId run, CancellationToken cancel) => inner.FindRunAsync(run, cancel);

    public IAsyncEnumerable<JournalEntry> ReadJournalAsync(RunId run, CancellationToken cancel) => inner.ReadJournalAsync(run, cancel);

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
