using MLPlatform.Core.Deployments;
using MLPlatform.Core.Triggers;

namespace MLPlatform.Tests.Triggers;

/// <summary>The feedback on the world's one deployment, <c>ctr</c>.</summary>
internal sealed class WorldFeedback(TriggerWorld world) : IFeedbackSource
{
    public Task<bool> IsKeptHereAsync(string deployment, CancellationToken cancel) => Task.FromResult(true);

    public Task<FeedbackSeries?> FindAsync(string deployment, TimeSpan back, CancellationToken cancel) =>
        Task.FromResult(deployment == "ctr" ? world.Feedback.Series() : null);
}

/// <summary>No deployment has a history here.</summary>
internal sealed class WorldDeployments : IDeploymentStore
{
    public Task<Deployment?> FindAsync(string name, CancellationToken cancel) => Task.FromResult<Deployment?>(null);

    public Task<IReadOnlyList<Deployment>> ListAsync(CancellationToken cancel) => Task.FromResult<IReadOnlyList<Deployment>>([]);

    public Task<Deployment?> CommitAsync(DeploymentCommit commit, CancellationToken cancel) => throw new NotSupportedException();

    public Task<bool> DeleteAsync(string name, string by, CancellationToken cancel) => throw new NotSupportedException();

    public Task<IReadOnlyList<DeploymentRevision>> ListHistoryAsync(string name, long? before, int limit, CancellationToken cancel) =>
        Task.FromResult<IReadOnlyList<DeploymentRevision>>([]);
}
