using System.Collections.Concurrent;
using MLPlatform.Core.Deployments;

namespace MLPlatform.Server.Deployments;

/// <summary>What each deployment's policy waits for, as it was last looked at here.</summary>
internal sealed class PolicyWaits
{
    private readonly ConcurrentDictionary<string, (int Revision, string Why)> _last = new(StringComparer.Ordinal);

    public void Tell(Deployment deployment, string why) => _last[deployment.Name] = (deployment.Revision, why);

    /// <summary>Null where it was not looked at since the last change, or has no policy.</summary>
    public string? Of(Deployment deployment) =>
        deployment.Spec.Policy is not null && _last.TryGetValue(deployment.Name, out (int Revision, string Why) last) && last.Revision == deployment.Revision ? last.Why : null;
}
