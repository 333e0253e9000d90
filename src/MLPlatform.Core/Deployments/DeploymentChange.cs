namespace MLPlatform.Core.Deployments;

/// <summary>What somebody wants of a deployment.</summary>
public abstract record DeploymentChange
{
    private DeploymentChange() { }

    /// <summary>Serve a version.</summary>
    /// <param name="Percent">Default: 10 for a canary, 50 for a challenger, 100 for a shadow.</param>
    /// <param name="Settings">Default: as they are.</param>
    public sealed record Deploy(string Model, int Version, ServingRole Role = ServingRole.Champion, double? Percent = null, ServingSettings? Settings = null) : DeploymentChange;

    /// <summary>Make a candidate the champion.</summary>
    /// <param name="Version">Default: the canary, else the only challenger.</param>
    public sealed record Promote(int? Version = null) : DeploymentChange;

    /// <summary>Give the canary up; without one, go back to the champion before this one.</summary>
    public sealed record RollBack : DeploymentChange;

    /// <summary>Serve a candidate no longer.</summary>
    public sealed record Withdraw(int Version) : DeploymentChange;

    /// <summary>Read requests in another way.</summary>
    public sealed record Configure(ServingSettings Settings) : DeploymentChange;

    /// <summary>Promote and give up by a policy; null: no longer.</summary>
    public sealed record Govern(PromotionPolicy? Policy) : DeploymentChange;

    /// <summary>The verb that the history shows.</summary>
    public string Action => this switch
    {
        Deploy => "deploy",
        Promote => "promote",
        RollBack => "rollback",
        Withdraw => "withdraw",
        Govern => "policy",
        _ => "configure",
    };
}

/// <summary>What a change comes to.</summary>
public abstract record ChangeDecision
{
    private ChangeDecision() { }

    /// <summary>The deployment is to be this.</summary>
    public sealed record Changed(DeploymentSpec Spec) : ChangeDecision;

    /// <summary>It is that already.</summary>
    public sealed record Unchanged(DeploymentSpec Spec) : ChangeDecision;

    /// <summary>It cannot be.</summary>
    /// <param name="Code">A stable code: SERVE-004 where the deployment's state does not allow it, SERVE-006 where the change makes no sense.</param>
    public sealed record Refused(string Code, string Message) : ChangeDecision;
}
