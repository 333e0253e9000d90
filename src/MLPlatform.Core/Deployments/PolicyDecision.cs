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

    /// <summary>Whether a guard surely holds or surely fails; null where it is open as yet.</summary>
    private static (bool? Passed, string Text) Check(Guard guard, VersionFigures own, VersionFigures? champion, PromotionPolicy policy)
    {
        if (guard.Metric.Of(own) is not { } value)
            return (null, Text($"{Name(guard.Metric)} of version {own.Version} is not known yet"));
        if (!double.IsFinite(value))
            return (false, Text($"{Name(guard.Metric)} of version {own.Version} is {value}"));
        if (FigureIntervals.Of(guard.Metric, own, Reach(guard, own, policy)) is not { } bounds)
            return (null, Text($"{Name(guard.Metric)} of version {own.Version} is not known well enough yet"));
        string figure = $"{Name(guard.Metric)} of version {own.Version} is {Between(value, bounds)}";
        (bool? Passed, string Text)[] parts =
        [
            guard.Min is { } min ? Judge(bounds.Low >= min, bounds.High < min, figure, Text($"below {min:0.#####}"), Text($"at least {min:0.#####}")) : (true, ""),
            guard.Max is { } max ? Judge(bounds.High <= max, bounds.Low > max, figure, Text($"above {max:0.#####}"), Text($"at most {max:0.#####}")) : (true, ""),
            guard.MaxDrop is null && guard.MaxRise is null ? (true, "") : Beside(guard, (value, bounds), figure, champion, policy),
        ];
        return parts.FirstOrDefault(p => p.Passed == false) is { Passed: false } failed ? failed : parts.FirstOrDefault(p => p.Passed is null, (true, ""));
    }

    private static (bool? Passed, string Text) Beside(
        Guard guard, (double Value, FigureInterval Interval) own, string figure, VersionFigures? champion, PromotionPolicy policy)
    {
        bool known = champion is not null && (guard.NeedsImpressions ? champion.Impressions >= policy.MinImpressions : champion.Requests >= policy.MinRequests);
        if (!known || guard.Metric.Of(champion!) is not { } value || FigureIntervals.Of(guard.Metric, champion!, Reach(guard, champion!, policy)) is not { } bounds)
            return (null, Text($"{Name(guard.Metric)} of the champion is not known well enough yet"));
        string beside = $"the champion's {Between(value, bounds)}";
        if (guard.MaxDrop is { } drop)
        {
            FigureInterval margin = FigureIntervals.Less(own, 1 - drop, (value, bounds));
            if (Judge(margin.Low >= 0, margin.High < 0, figure, Text($"more than {drop:0.####} of it below {beside}"), Text($"within {drop:0.####} below {beside}")) is { Passed: not true } open)
                return open;
        }
        if (guard.MaxRise is { } rise)
        {
            FigureInterval margin = FigureIntervals.Less(own, 1 + rise, (value, bounds));
            return Judge(margin.High <= 0, margin.Low > 0, figure, Text($"more than {rise:0.####} of it above {beside}"), Text($"within {rise:0.####} above {beside}"));
        }
        return (true, "");
    }

    private static (bool? Passed, string Text) Judge(bool holds, bool fails, string figure, string worse, string good) =>
        holds ? (true, "") : fails ? (false, $"{figure}, {worse}") : (null, $"{figure}, not surely {good} yet");

    // All guards together are to be wrong no more often than the policy bears.
    private static double Reach(Guard guard, VersionFigures figures, PromotionPolicy policy) => policy.Confidence == 0 ? 0
        : FigureIntervals.Reach(
            guard.Metric.Observations(figures), guard.NeedsImpressions ? policy.MinImpressions : policy.MinRequests,
            (1 - policy.Confidence) / policy.Guards.Count);

    private static string Between(double value, FigureInterval bounds) =>
        bounds.Low == bounds.High ? Text($"{value:0.#####}") : Text($"{value:0.#####} ({bounds.Low:0.#####} to {bounds.High:0.#####})");

    private static string Name(GuardMetric metric) => metric switch
    {
        GuardMetric.ErrorRate => "the error rate",
        GuardMetric.LatencyP99 => "the latency (p99, ms)",
        GuardMetric.ClickThrough => "the click-through",
        GuardMetric.Auc => "the AUC",
        GuardMetric.LogLoss => "the log loss",
        GuardMetric.HitRate => "the hit rate",
        _ => "the calibration",
    };

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
