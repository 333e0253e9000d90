using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Deployments;

/// <summary>Deployments and all changes of them.</summary>
public interface IDeploymentStore
{
    Task<Deployment?> FindAsync(string name, CancellationToken cancel);

    /// <summary>All deployments, by name.</summary>
    Task<IReadOnlyList<Deployment>> ListAsync(CancellationToken cancel);

    /// <summary>
    /// Makes a revision and points the model's alias <c>champion</c> at the champion, in one transaction. Null where the
    /// deployment is no longer at the revision that the change is based on. An attempt that asks again gets what it made.
    /// </summary>
    Task<Deployment?> CommitAsync(DeploymentCommit commit, CancellationToken cancel);

    /// <summary>Removes a deployment; its history stays. False where there is none.</summary>
    Task<bool> DeleteAsync(string name, string by, CancellationToken cancel);

    /// <summary>Changes, newest first.</summary>
    /// <param name="before">Only those with a smaller number.</param>
    Task<IReadOnlyList<DeploymentRevision>> ListHistoryAsync(string name, long? before, int limit, CancellationToken cancel);
}

/// <summary>A change to make durable.</summary>
/// <param name="BasedOn">The revision it was decided on; 0 for a new deployment.</param>
/// <param name="FiguresJson">The figures it was decided by, as a JSON object; null where a person decided.</param>
/// <param name="Attempt">The attempt that asks for it, or null.</param>
public sealed record DeploymentCommit(
    string Name, int BasedOn, DeploymentSpec Spec, string Action, string By, string? Reason, string? FiguresJson = null, AttemptId? Attempt = null);

/// <summary>A change that was made.</summary>
/// <param name="Number">Ascends over all deployments.</param>
/// <param name="Spec">What it was changed to; null where it was deleted.</param>
public sealed record DeploymentRevision(
    long Number, string Name, int Revision, string Action, string By, DateTimeOffset At, string? Reason, string? FiguresJson, DeploymentSpec? Spec);
