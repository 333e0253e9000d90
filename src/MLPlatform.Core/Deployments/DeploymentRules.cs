using System.Globalization;

namespace MLPlatform.Core.Deployments;

/// <summary>The one place where what a deployment serves changes.</summary>
public static class DeploymentRules
{
    /// <param name="spec">The deployment as it is; null where there is none.</param>
    public static ChangeDecision Decide(DeploymentSpec? spec, DeploymentChange change) => (spec, change) switch
    {
        (null, DeploymentChange.Deploy deploy) => First(deploy),
        (null, _) => Not("there is no such deployment; deploy a version first"),
        (_, DeploymentChange.Deploy deploy) => Deploy(spec, deploy),
        (_, DeploymentChange.Promote promote) => Promote(spec, promote.Version),
        (_, DeploymentChange.RollBack) => RollBack(spec),
        (_, DeploymentChange.Withdraw withdraw) => Withdraw(spec, withdraw.Version),
        (_, DeploymentChange.Configure configure) => Result(spec, spec with { Settings = configure.Settings }),
        (_, DeploymentChange.Govern { Policy: var policy }) => policy?.Problem() is { } problem ? Wrong(problem) : Result(spec, spec with { Policy = policy }),
        _ => throw new InvalidOperationException("no such change of a deployment"),
    };

    // The first version has nobody to be compared with: it is the champion whatever it was meant to be.
    private static ChangeDecision First(DeploymentChange.Deploy deploy) => Misfit(deploy) is { } misfit ? misfit : new ChangeDecision.Changed(
        new DeploymentSpec { Model = deploy.Model, Champion = deploy.Version, Settings = deploy.Settings ?? new() });

    private static ChangeDecision Deploy(DeploymentSpec spec, DeploymentChange.Deploy deploy)
    {
        if (Misfit(deploy) is { } misfit)
            return misfit;
        if (deploy.Model != spec.Model)
            return Wrong($"it serves the model '{spec.Model}', and the version is of '{deploy.Model}'; give another model a deployment of its own");
        DeploymentSpec now = spec with { Settings = deploy.Settings ?? spec.Settings };
        if (deploy.Role == ServingRole.Champion)
            return Result(spec, Crown(now, deploy.Version));
        if (deploy.Version == spec.Champion)
            return Not(string.Create(CultureInfo.InvariantCulture, $"version {deploy.Version} is the champion; promote another version before it becomes a candidate"));
        Candidate added = new(deploy.Version, deploy.Role, deploy.Percent ?? DefaultPercent(deploy.Role));
        // There is one canary at most: a new one takes the place of the one before.
        List<Candidate> kept = [.. spec.Candidates.Where(c => c.Version != added.Version && !(added.Role == ServingRole.Canary && c.Role == ServingRole.Canary))];
        double answered = kept.Append(added).Where(c => c.Role != ServingRole.Shadow).Sum(c => c.Percent);
        if (answered > 100)
            return Wrong(string.Create(CultureInfo.InvariantCulture, $"its candidates would answer {answered:0.##} % of the requests; together they can answer 100 %"));
        return Result(spec, now with { Candidates = [.. kept.Append(added).OrderBy(c => c.Version)] });
    }

    private static ChangeDecision Promote(DeploymentSpec spec, int? version)
    {
        if (version is { } named)
            return named == spec.Champion ? new ChangeDecision.Unchanged(spec)
                : spec.RoleOf(named) is not null ? Result(spec, Crown(spec, named))
                : Not(string.Create(CultureInfo.InvariantCulture, $"version {named} is not among its candidates; deploy it as a canary, or as the champion at once"));
        List<Candidate> challengers = [.. spec.Candidates.Where(c => c.Role == ServingRole.Challenger)];
        Candidate? next = spec.Canary() ?? (challengers.Count == 1 ? challengers[0] : null);
        return next is null ? Not(challengers.Count == 0 ? "there is no canary or challenger to promote" : "there are several challengers; name the version")
            : Result(spec, Crown(spec, next.Version));
    }

    private static ChangeDecision RollBack(DeploymentSpec spec) => spec.Canary() is { } canary
        ? Result(spec, Without(spec, canary.Version))
        : spec.Previous is { } previous
            ? Result(spec, Without(spec, previous) with { Champion = previous, Previous = null })
            : Not("there is no canary to give up and no champion before this one; deploy the version you want");

    private static ChangeDecision Withdraw(DeploymentSpec spec, int version) => version == spec.Champion
        ? Not(string.Create(CultureInfo.InvariantCulture, $"version {version} is the champion; promote another one, or delete the deployment"))
        : Result(spec, Without(spec, version));

    private static DeploymentSpec Crown(DeploymentSpec spec, int version) => version == spec.Champion ? spec
        : Without(spec, version) with { Champion = version, Previous = spec.Champion };

    private static DeploymentSpec Without(DeploymentSpec spec, int version) => spec with { Candidates = [.. spec.Candidates.Where(c => c.Version != version)] };

    private static double DefaultPercent(ServingRole role) => role switch
    {
        ServingRole.Canary => 10,
        ServingRole.Challenger => 50,
        _ => 100,
    };

    private static ChangeDecision.Refused? Misfit(DeploymentChange.Deploy deploy) =>
        deploy.Version < 1 ? Wrong("versions count from 1")
        : deploy.Percent is not null && deploy.Role == ServingRole.Champion ? Wrong("a champion answers whatever its candidates leave; it takes no percent")
        : deploy.Percent is { } percent && !(percent > 0 && percent <= 100) ? Wrong("a percent is above 0 and at most 100")
        : null;

    private static ChangeDecision Result(DeploymentSpec before, DeploymentSpec after) =>
        Same(before, after) ? new ChangeDecision.Unchanged(before) : new ChangeDecision.Changed(after);

    private static bool Same(DeploymentSpec a, DeploymentSpec b) =>
        a.Candidates.SequenceEqual(b.Candidates) && a == b with { Candidates = a.Candidates };

    private static ChangeDecision.Refused Not(string why) => new("SERVE-004", why);

    private static ChangeDecision.Refused Wrong(string why) => new("SERVE-006", why);
}
