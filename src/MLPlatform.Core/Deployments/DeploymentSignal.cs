namespace MLPlatform.Core.Deployments;

/// <summary>Tells, within one process, that a deployment was changed, so that what serves it need not wait for its next look.</summary>
public sealed class DeploymentSignal
{
    /// <summary>Told the deployment's name after the change is durable; must not throw.</summary>
    public event Action<string>? Changed;

    public void Tell(string deployment) => Changed?.Invoke(deployment);
}
