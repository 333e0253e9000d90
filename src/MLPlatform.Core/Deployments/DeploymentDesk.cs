using System.Globalization;
using MLPlatform.Core.Registry;
using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Deployments;

/// <summary>Who asks for a change, and why.</summary>
/// <param name="FiguresJson">The figures it was decided by, as a JSON object.</param>
/// <param name="Attempt">The attempt that asks, so that it is carried out once however often it asks.</param>
public sealed record ChangeRequest(string Name, DeploymentChange Change, string By, string? Reason = null, string? FiguresJson = null, AttemptId? Attempt = null)
{
    /// <summary>Carry it out only while the deployment is at this revision. Default: at whichever.</summary>
    public int? OnlyAt { get; init; }
}

/// <summary>What became of a change.</summary>
public abstract record ChangeOutcome
{
    private ChangeOutcome() { }

    /// <param name="Before">The deployment before it; null for a new one.</param>
    /// <param name="IsNew">False where it was that already.</param>
    public sealed record Done(Deployment Deployment, DeploymentSpec? Before, bool IsNew) : ChangeOutcome;

    public sealed record Refused(string Code, string Message) : ChangeOutcome;
}

/// <summary>Changes deployments: sees, decides and commits, and begins anew where somebody else was faster.</summary>
public sealed class DeploymentDesk(IDeploymentStore store, IModelRegistry registry)
{
    private const int Tries = 10;

    public async Task<ChangeOutcome> ChangeAsync(ChangeRequest request, CancellationToken cancel)
    {
        if (request.Change is DeploymentChange.Deploy deploy && await registry.FindAsync(deploy.Model, deploy.Version, cancel).ConfigureAwait(false) is null)
            return new ChangeOutcome.Refused("SERVE-006", string.Create(CultureInfo.InvariantCulture,
                $"The model '{deploy.Model}' has no version {deploy.Version}. 'mlp models show {deploy.Model}' lists its versions."));
        for (int tries = 0; tries < Tries; tries++)
        {
            // 1. See.
            Deployment? now = await store.FindAsync(request.Name, cancel).ConfigureAwait(false);
            if (request.OnlyAt is { } only && only != (now?.Revision ?? 0))
                return new ChangeOutcome.Refused("SERVE-005", string.Create(CultureInfo.InvariantCulture,
                    $"The deployment '{request.Name}' is at revision {now?.Revision ?? 0}, not {only}: somebody changed it. Look again, and decide again."));
            // 2. Decide.
            ChangeDecision decision = DeploymentRules.Decide(now?.Spec, request.Change);
            if (decision is ChangeDecision.Refused refused)
                return new ChangeOutcome.Refused(refused.Code, $"The deployment '{request.Name}' cannot be changed: {refused.Message}.");
            if (decision is not ChangeDecision.Changed changed)
                return new ChangeOutcome.Done(now!, now!.Spec, IsNew: false);
            // 3. Commit, or see again.
            DeploymentCommit commit = new(request.Name, now?.Revision ?? 0, changed.Spec, request.Change.Action, request.By, request.Reason, request.FiguresJson, request.Attempt);
            if (await store.CommitAsync(commit, cancel).ConfigureAwait(false) is { } made)
                return new ChangeOutcome.Done(made, now?.Spec, IsNew: true);
        }
        return new ChangeOutcome.Refused("SERVE-005", $"Others changed the deployment '{request.Name}' again and again meanwhile. Try again.");
    }
}
