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
        Confidence = 0,
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

    public static TheoryData<string, Guard, VersionFigures[], string> Sure => new()
    {
        { "one error in a hundred requests may be luck", new(GuardMetric.ErrorRate, Max: 0.005), [Of(1), Of(2, errorRate: 0.01)], "wait: the error rate of version 2 is 0.01 (0." },
        { "so may none", new(GuardMetric.ErrorRate, Max: 0.005), [Of(1), Of(2)], "wait: not surely at most 0.005 yet" },
        { "thirty are none", new(GuardMetric.ErrorRate, Max: 0.005), [Of(1), Of(2, errorRate: 0.3)], "roll back 2: above 0.005" },
        { "a lower click-through on few impressions", new(GuardMetric.ClickThrough, MaxDrop: 0.1), [Of(1, ctr: 0.10), Of(2, ctr: 0.08)], "wait: not surely within 0.1 below the champion's 0.1 (" },
        { "on many", new(GuardMetric.ClickThrough, MaxDrop: 0.1), [Of(1, 100_000, ctr: 0.10), Of(2, 100_000, ctr: 0.08)], "roll back 2: more than 0.1 of it below the champion's 0.1 (" },
        { "an equal one on many", new(GuardMetric.ClickThrough, MaxDrop: 0.1), [Of(1, 100_000), Of(2, 100_000)], "promote 2" },
        { "an AUC near its bound", new(GuardMetric.Auc, Min: 0.69), [Of(1), Of(2)], "wait: the AUC of version 2 is 0.7 (0.6" },
        { "one far above", new(GuardMetric.Auc, Min: 0.6), [Of(1), Of(2)], "promote 2" },
        { "one far below", new(GuardMetric.Auc, Min: 0.8), [Of(1), Of(2)], "roll back 2: below 0.8" },
        { "latency within what its ranks allow", new(GuardMetric.LatencyP99, MaxRise: 0.5), [Of(1, p99: 10), Of(2, p99: 16)], "wait: not surely within 0.5 above the champion's 10 (9 to 11)" },
        { "latency beyond", new(GuardMetric.LatencyP99, MaxRise: 0.5), [Of(1, p99: 10), Of(2, p99: 25)], "roll back 2" },
        { "latency that few requests tell of may be low by luck", new(GuardMetric.LatencyP99, Max: 50), [Of(1), Of(2) with { LatencyP99High = null }], "wait: not surely at most 50 yet" },
        { "and is high for sure", new(GuardMetric.LatencyP99, Max: 4), [Of(1), Of(2) with { LatencyP99High = null }], "roll back 2: above 4" },
        { "an unknown error", new(GuardMetric.LogLoss, Max: 0.5), [Of(1), Of(2) with { LogLossError = null }], "wait: the log loss of version 2 is not known well enough yet" },
        { "not-a-number", new(GuardMetric.Auc, Min: 0.1), [Of(1), Of(2, auc: double.NaN)], "roll back 2" },
        { "a hit rate of few lists", new(GuardMetric.HitRate, MaxDrop: 0.1), [Finds(1, 1000, 300), Finds(2, 1000, 250)], "wait: the hit rate of version 2 is 0.25 (0." },
        { "of many", new(GuardMetric.HitRate, MaxDrop: 0.1), [Finds(1, 100_000, 30_000), Finds(2, 100_000, 25_000)], "roll back 2: the hit rate of version 2 is 0.25" },
        { "an equal one of many", new(GuardMetric.HitRate, MaxDrop: 0.1), [Finds(1, 100_000, 30_000), Finds(2, 100_000, 30_000)], "promote 2" },
        { "one of what scores", new(GuardMetric.HitRate, Min: 0.1), [Of(1), Of(2)], "wait: the hit rate of version 2 is not known yet" },
    };

    [Theory, MemberData(nameof(Sure))]
    public void A_policy_decides_by_what_is_sure(string what, Guard guard, VersionFigures[] figures, string expected) =>
        A_policy_decides(what, Canary, Usual with { Confidence = 0.95, Guards = [guard] }, figures, 60, expected);

    [Theory]
    [InlineData(0.10, 0.95, "rollback", 0.05)]  // Equal: given up no more often than confidence allows,
    [InlineData(0.09, 0.95, "promote", 0.05)]   // a tenth worse where a twentieth is borne: promoted no more often.
    public void Looking_again_and_again_decides_by_chance_no_more_often_than_was_asked(double canary, double confidence, string wrong, double most)
    {
        const int Experiments = 200;
        PromotionPolicy policy = new() { MinImpressions = 500, MinRequests = 1, After = TimeSpan.Zero, Confidence = confidence, Guards = [new(GuardMetric.ClickThrough, MaxDrop: 0.05)] };
        Assert.InRange(Share(policy), 0, most);
        Assert.InRange(Share(policy with { Confidence = 0 }), 0.3, 1); // As figures stand, most are decided by noise.

        double Share(PromotionPolicy by) => Enumerable.Range(0, Experiments).Count(seed => Outcome(by, canary, new Random(seed)) == wrong) / (double)Experiments;
    }

    [Theory]
    [InlineData(0.10, "promote")]
    [InlineData(0.08, "rollback")]
    public void What_is_clearly_so_is_decided(double canary, string right)
    {
        PromotionPolicy policy = new() { MinImpressions = 500, MinRequests = 1, After = TimeSpan.Zero, Guards = [new(GuardMetric.ClickThrough, MaxDrop: 0.1)] };
        Assert.All(Enumerable.Range(0, 20), seed => Assert.Equal(right, Outcome(policy, canary, new Random(seed), looks: 1000)));
    }

    // Looks every hundred impressions of each version, until something is decided.
    private static string Outcome(PromotionPolicy policy, double canary, Random random, int looks = 200)
    {
        long clicks = 0, championClicks = 0;
        for (int look = 1; look <= looks; look++)
        {
            clicks += Enumerable.Range(0, 100).Count(_ => random.NextDouble() < canary);
            championClicks += Enumerable.Range(0, 100).Count(_ => random.NextDouble() < 0.1);
            VersionFigures[] figures = [Shown(1, look * 100, championClicks), Shown(2, look * 100, clicks)];
            switch (PolicyDecision.Decide(Canary, policy, figures, Noon, Noon.AddHours(1)))
            {
                case PolicyDecision.Promote:
                    return "promote";
                case PolicyDecision.RollBack:
                    return "rollback";
            }
        }
        return "open";
    }

    private static VersionFigures Shown(int version, long impressions, long clicks) =>
        new(version, 100, 0, 0, 1, 5, impressions, clicks, (double)clicks / impressions, null, null, null);

    private static VersionFigures Finds(int version, long lists, long hits) => Of(version, 10 * lists) with { Found = new FoundFigures(lists, hits, (double)hits / lists, hits, 1, 1) };

    private static VersionFigures Of(
        int version, long impressions = 1000, double errorRate = 0, double ctr = 0.1, double? auc = 0.7, double p99 = 5) =>
        new(version, 100, (long)(errorRate * 100), errorRate, 1, p99, impressions, (long)(ctr * impressions), ctr, auc, 0.3, 1)
        {
            LatencyP99Low = p99 * 0.9,
            LatencyP99High = p99 * 1.1,
            AucError = auc is null ? null : 0.02,
            LogLossError = 0.01,
            CalibrationError = 0.05,
        };
}
