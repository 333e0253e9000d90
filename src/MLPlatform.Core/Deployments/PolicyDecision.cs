using System.Globalization;

namespace MLPlatform.Core.Deployments;

/// <summary>What a policy wants done.</summary>
public abstract record PolicyDecision
{
    private PolicyDecision() { }

    public sealed record Wait(string Why) : PolicyDecision;

    public sealed record Promote(int Version, string Why) : PolicyDecision;

    /// <param name="Version">The version that failed.</param>
    public sealed record RollBack(int Version, string Why) : PolicyDecision;

    /// <summary>Decides on a deployment by the figures since its last change.</summary>
    /// <param name="since">When the deployment was changed last.</param>
    public static PolicyDecision Decide(DeploymentSpec spec, PromotionPolicy policy, IReadOnlyList<VersionFigures> figures, DateTimeOffset since, DateTimeOffset now)
    {
        VersionFigures? champion = figures.FirstOrDefault(f => f.Version == spec.Champion);
        if (spec.Canary() is not { } canary)
            return Watched(spec, policy, champion, since, now);
        VersionFigures? own = figures.FirstOrDefault(f => f.Version == canary.Version);
        if (own is null || own.Requests < policy.MinRequests)
            return new Wait(Text($"the canary, version {canary.Version}, has had {own?.Requests ?? 0} of {policy.MinRequests} requests"));
        // A guard that has failed need not wait for the rest.
        bool exposed = own.Impressions >= policy.MinImpressions;
        string? waiting = exposed ? null : Text($"the canary, version {canary.Version}, has had {own.Impressions} of {policy.MinImpressions} impressions");
        foreach (Guard guard in policy.Guards.Where(g => exposed || !g.NeedsImpressions))
        {
            (bool? passed, string text) = Check(guard, own, champion, policy);
            if (passed == false)
                return policy.RollBack ? new RollBack(canary.Version, text) : new Wait($"{text}, and the policy rolls nothing back");
            if (passed is null)
                waiting ??= text;
        }
        if (now - since < policy.After)
            waiting ??= Text($"the canary, version {canary.Version}, has stood for {(now - since).TotalMinutes:0} of {policy.After.TotalMinutes:0} minutes");
        return waiting is not null ? new Wait(waiting)
            : policy.Promote ? new Promote(canary.Version, Text($"passed {policy.Guards.Count} guards on {own.Impressions} impressions"))
            : new Wait("all guards passed, and the policy promotes nothing");
    }

    // After a promotion there is nobody to be compared with: bounds of its own are what a champion can fail.
    private static PolicyDecision Watched(DeploymentSpec spec, PromotionPolicy policy, VersionFigures? champion, DateTimeOffset since, DateTimeOffset now)
    {
        if (spec.Previous is null || now - since > policy.Watch)
            return new Wait("there is no canary, and no new champion to watch");
        if (champion is null || champion.Requests < policy.MinRequests)
            return new Wait(Text($"the new champion, version {spec.Champion}, has had {champion?.Requests ?? 0} of {policy.MinRequests} requests"));
        foreach (Guard guard in policy.Guards.Where(g => champion.Impressions >= policy.MinImpressions || !g.NeedsImpressions))
        {
            (bool? passed, string text) = Check(guard with { MaxDrop = null, MaxRise = null }, champion, null, policy);
            if (passed == false && policy.RollBack)
                return new RollBack(spec.Champion, text);
        }
        return new Wait("the new champion holds to its guards");
    }

    /// <summary>Whether a guard holds; null where figures are missing as yet.</summary>
    private static (bool? Passed, string Text) Check(Guard guard, VersionFigures own, VersionFigures? champion, PromotionPolicy policy)
    {
        if (Of(guard.Metric, own) is not { } value)
            return (null, Text($"{Name(guard.Metric)} of version {own.Version} is not known yet"));
        if (guard.Min is { } min && !(value >= min))
            return (false, Text($"{Name(guard.Metric)} of version {own.Version} is {value:0.#####}, below {min:0.#####}"));
        if (guard.Max is { } max && !(value <= max))
            return (false, Text($"{Name(guard.Metric)} of version {own.Version} is {value:0.#####}, above {max:0.#####}"));
        if (guard.MaxDrop is null && guard.MaxRise is null)
            return (true, "");
        bool known = champion is not null && (guard.NeedsImpressions ? champion.Impressions >= policy.MinImpressions : champion.Requests >= policy.MinRequests);
        if (!known || Of(guard.Metric, champion!) is not { } other)
            return (null, Text($"{Name(guard.Metric)} of the champion is not known well enough yet"));
        if (guard.MaxDrop is { } drop && value < other - (drop * Math.Abs(other)))
            return (false, Text($"{Name(guard.Metric)} of version {own.Version} is {value:0.#####}, more than {drop:0.####} of it below the champion's {other:0.#####}"));
        if (guard.MaxRise is { } rise && value > other + (rise * Math.Abs(other)))
            return (false, Text($"{Name(guard.Metric)} of version {own.Version} is {value:0.#####}, more than {rise:0.####} of it above the champion's {other:0.#####}"));
        return (true, "");
    }

    private static double? Of(GuardMetric metric, VersionFigures figures) => metric switch
    {
        GuardMetric.ErrorRate => figures.ErrorRate,
        GuardMetric.LatencyP99 => figures.LatencyP99,
        GuardMetric.ClickThrough => figures.ClickThrough,
        GuardMetric.Auc => figures.Auc,
        GuardMetric.LogLoss => figures.LogLoss,
        _ => figures.Calibration,
    };

    private static string Name(GuardMetric metric) => metric switch
    {
        GuardMetric.ErrorRate => "the error rate",
        GuardMetric.LatencyP99 => "the latency (p99, ms)",
        GuardMetric.ClickThrough => "the click-through",
        GuardMetric.Auc => "the AUC",
        GuardMetric.LogLoss => "the log loss",
        _ => "the calibration",
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
