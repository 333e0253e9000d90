using MLPlatform.Core.Deployments;
using Xunit;

namespace MLPlatform.Tests.Deployments;

public sealed class PolicyDecisionTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly DeploymentSpec Canary = new() { Model = "m", Champion = 1, Previous = 9, Candidates = [new(2, ServingRole.Canary, 10)] };
    private static readonly DeploymentSpec Crowned = new() { Model = "m", Champion = 2, Previous = 1 };
    private static readonly PromotionPolicy Usual = new()
    {
        MinImpressions = 500,
        MinRequests = 50,
        After = TimeSpan.FromMinutes(30),
        Watch = TimeSpan.FromHours(2),
        Guards = [new(GuardMetric.ErrorRate, Max: 0.01), new(GuardMetric.ClickThrough, MaxDrop: 0.1), new(GuardMetric.Auc, Min: 0.6)],
    };

    public static TheoryData<string, DeploymentSpec, PromotionPolicy, VersionFigures[], int, string> Cases => new()
    {
        { "no request, no decision", Canary, Usual, [Of(1)], 60, "wait: has had 0 of 50 requests" },
        { "too few impressions", Canary, Usual, [Of(1), Of(2, impressions: 499)], 60, "wait: 499 of 500 impressions" },
        { "errors are held against it before impressions are", Canary, Usual, [Of(1), Of(2, impressions: 3, errorRate: 0.02)], 1, "roll back 2: the error rate of version 2 is 0.02, above 0.01" },
        { "all guards hold, but it is too young", Canary, Usual, [Of(1), Of(2)], 29, "wait: has stood for 29 of 30 minutes" },
        { "all guards hold", Canary, Usual, [Of(1), Of(2)], 30, "promote 2: passed 3 guards on 1000 impressions" },
        { "click-through may drop by a tenth", Canary, Usual, [Of(1, ctr: 0.10), Of(2, ctr: 0.0901)], 60, "promote 2" },
        { "and no further", Canary, Usual, [Of(1, ctr: 0.10), Of(2, ctr: 0.0899)], 1, "roll back 2: the click-through of version 2 is 0.0899" },
        { "a bound of its own", Canary, Usual, [Of(1), Of(2, auc: 0.59)], 60, "roll back 2: the AUC of version 2 is 0.59, below 0.6" },
        { "a figure that is not known is waited for", Canary, Usual, [Of(1), Of(2, auc: null)], 60, "wait: the AUC of version 2 is not known" },
        { "nothing to compare with is waited for", Canary, Usual, [Of(1, impressions: 10), Of(2)], 60, "wait: the click-through of the champion is not known well enough" },
        { "a rise is bounded too", Canary, Usual with { Guards = [new(GuardMetric.LatencyP99, MaxRise: 0.5)] }, [Of(1, p99: 10), Of(2, p99: 16)], 60, "roll back 2: the latency" },
        { "not-a-number holds to nothing", Canary, Usual, [Of(1), Of(2, auc: double.NaN)], 60, "roll back 2" },
        { "a policy may only watch", Canary, Usual with { RollBack = false }, [Of(1), Of(2, auc: 0.1)], 60, "wait: the AUC" },
        { "or never promote", Canary, Usual with { Promote = false }, [Of(1), Of(2)], 60, "wait: all guards passed" },
        { "a new champion that fails goes", Crowned, Usual, [Of(2, errorRate: 0.5)], 10, "roll back 2: the error rate" },
        { "one that does well stays", Crowned, Usual, [Of(2)], 10, "wait: the new champion holds" },
        { "one that stood long enough is not watched", Crowned, Usual, [Of(2, errorRate: 0.5)], 121, "wait: there is no canary" },
        { "nor one with nobody before it", Crowned with { Previous = null }, Usual, [Of(2, errorRate: 0.5)], 10, "wait: there is no canary" },
        { "it is not compared with nobody", Crowned, Usual with { Guards = [new(GuardMetric.ClickThrough, MaxDrop: 0.1)] }, [Of(2, ctr: 0)], 10, "wait: the new champion holds" },
    };

    [Theory, MemberData(nameof(Cases))]
    public void A_policy_decides(string what, DeploymentSpec spec, PromotionPolicy policy, VersionFigures[] figures, int minutes, string expected)
    {
        string text = PolicyDecision.Decide(spec, policy, figures, Noon, Noon.AddMinutes(minutes)) switch
        {
            PolicyDecision.Promote p => $"promote {p.Version}: {p.Why}",
            PolicyDecision.RollBack r => $"roll back {r.Version}: {r.Why}",
            PolicyDecision.Wait w => $"wait: {w.Why}",
            _ => "",
        };
        Assert.True(expected.Split(": ") is var parts && text.StartsWith(parts[0], StringComparison.Ordinal) && text.Contains(parts[^1], StringComparison.Ordinal), $"{what}: {text}");
    }

    private static VersionFigures Of(
        int version, long impressions = 1000, double errorRate = 0, double ctr = 0.1, double? auc = 0.7, double p99 = 5) =>
        new(version, 100, (long)(errorRate * 100), errorRate, 1, p99, impressions, (long)(ctr * impressions), ctr, auc, 0.3, 1);
}
