using MLPlatform.Core.Deployments;
using MLPlatform.Vlps.Models;

namespace MLPlatform.Server.Deployments;

/// <summary>
/// One revision of a deployment with its models in memory. It never changes: another revision takes its place, and the models
/// of this one go when the last request that uses it has ended.
/// </summary>
internal sealed class ServedDeployment(Deployment deployment, IReadOnlyDictionary<int, ShelvedModel> models) : IDisposable
{
    private int _uses = 1; // The table's own.

    public Deployment Deployment => deployment;

    /// <summary>The model of a version that is served, or null.</summary>
    public ModelFolder? Find(int version) => models.GetValueOrDefault(version)?.Model;

    /// <summary>Who answers a request.</summary>
    /// <param name="only">Answer with this version, which is served, instead of the one that the key falls on.</param>
    public ServingRoute Route(string key, int? only) => only is { } version
        ? new ServingRoute(version, deployment.Spec.RoleOf(version)!.Value, [])
        : Router.Decide(deployment.Name, deployment.Spec, key);

    /// <summary>Begins to use it; false where its models may be gone already. Each use ends with <see cref="Dispose"/>.</summary>
    public bool TryUse()
    {
        int uses = Volatile.Read(ref _uses);
        while (uses > 0)
        {
            int seen = Interlocked.CompareExchange(ref _uses, uses + 1, uses);
            if (seen == uses)
                return true;
            uses = seen;
        }
        return false;
    }

    public void Dispose()
    {
        if (Interlocked.Decrement(ref _uses) > 0)
            return;
        foreach (ShelvedModel model in models.Values)
            model.Dispose();
    }
}
