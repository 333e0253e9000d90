using MLPlatform.Core.Scheduling.Promotions;
using MLPlatform.Core.Scheduling.Quotas;
using Xunit;

namespace MLPlatform.Tests.Scheduling.Promotions;

public sealed class PromotionPolicyTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly PromotionRule Rule = new() { From = "production", To = "performance", Runs = 10, MaxFailed = 0.2, MinScore = 70 };

    [Theory]
    [InlineData(10, 0, 80.0, true, "0 of 10 runs failed (at most 20 % of 10 may); mean score 80 over 10 runs (at least 70)")]
    [InlineData(10, 2, 70.0, true, "2 of 10 runs failed (at most 20 % of 10 may); mean score 70 over 10 runs (at least 70)")]
    [InlineData(10, 3, 99.0, false, "3 of 10 runs failed (at most 20 % of 10 may); mean score 99 over 10 runs (at least 70)")]
    [InlineData(10, 0, 69.9, false, "0 of 10 runs failed (at most 20 % of 10 may); mean score 69.9 over 10 runs (at least 70)")]
    [InlineData(9, 0, 99.0, null, "0 of 9 runs failed (at most 20 % of 10 may); mean score 99 over 9 runs (at least 70); 1 more runs are needed")]
    [InlineData(3, 3, 99.0, false, "3 of 3 runs failed (at most 20 % of 10 may); mean score 99 over 3 runs (at least 70)")] // It cannot fit any more.
    [InlineData(10, 0, null, false, "0 of 10 runs failed (at most 20 % of 10 may); no score is known")]
    [InlineData(0, 0, null, null, "0 of 0 runs failed (at most 20 % of 10 may); no score is known; 10 more runs are needed")]
    public void A_verdict_says_why_in_words_and_numbers(int runs, int failed, double? score, bool? fits, string reasons) =>
        Assert.Equal(new PromotionVerdict(fits, reasons), PromotionPolicy.Judge(Rule, Runs(runs, failed, score)));

    [Fact]
    public void Only_the_newest_runs_count() =>
        Assert.True(PromotionPolicy.Judge(Rule, [.. Runs(10, 0, 80), .. Runs(50, 50, 0)]).Fits);

    [Fact]
    public void A_healthy_pipeline_is_proposed_or_promoted_at_once_as_the_rule_says()
    {
        Promotion proposed = Decide([])!;
        Assert.Equal((PromotionState.Proposed, "production", "performance", (string?)null), (proposed.State, proposed.From, proposed.To, proposed.DecidedBy));
        Promotion applied = PromotionPolicy.Decide(Rule with { Mode = PromotionMode.Apply }, "p", [], Runs(10, 0, 80), [], Now)!;
        Assert.Equal((PromotionState.InForce, "rule", Now), (applied.State, applied.DecidedBy, applied.DecidedAt));
        Assert.Null(Decide([proposed]));
    }

    [Fact]
    public void What_was_refused_or_revoked_comes_again_only_by_runs_that_ended_later()
    {
        foreach (PromotionState state in new[] { PromotionState.Refused, PromotionState.Revoked })
        {
            Promotion before = Decide([])! with { State = state, DecidedBy = "ann", DecidedAt = Now.AddHours(-5) };
            Assert.Null(PromotionPolicy.Decide(Rule, "p", [before], Runs(10, 0, 80), [], Now)); // Ended an hour apart, so that five of them are older.
            Assert.NotNull(PromotionPolicy.Decide(Rule, "p", [before with { DecidedAt = Now.AddHours(-11) }], Runs(10, 0, 80), [], Now));
        }
    }

    [Fact]
    public void A_demotion_is_proposed_when_the_figures_no_longer_hold_and_never_done_by_itself()
    {
        Promotion inForce = Decide([])! with { State = PromotionState.InForce, DecidedAt = Now.AddDays(-1) };
        PromotionRule applies = Rule with { Mode = PromotionMode.Apply };
        Assert.Null(PromotionPolicy.Decide(applies, "p", [inForce], [], Runs(10, 0, 80), Now));
        Promotion back = PromotionPolicy.Decide(applies, "p", [inForce], [], Runs(5, 3, 80), Now)!;
        Assert.Equal((PromotionState.Proposed, "performance", "production", (Guid?)inForce.Id), (back.State, back.From, back.To, back.Undoes));
        Assert.Null(PromotionPolicy.Decide(applies, "p", [inForce, back], [], Runs(5, 3, 80), Now)); // Proposed already.
        Promotion refused = back with { State = PromotionState.Refused, DecidedAt = Now };
        Assert.Null(PromotionPolicy.Decide(applies, "p", [inForce, refused], [], Runs(5, 3, 80), Now));
        Assert.Null(PromotionPolicy.Decide(applies, "p", [inForce with { DecidedAt = Now }], [], Runs(5, 3, 80), Now)); // What ran before is another pool's.
    }

    [Fact]
    public void Each_state_takes_its_acts_and_refuses_the_others_with_a_reason()
    {
        Promotion proposed = Decide([])!;
        Dictionary<(PromotionState, PromotionAct), PromotionState> allowed = new()
        {
            [(PromotionState.Proposed, PromotionAct.Accept)] = PromotionState.InForce,
            [(PromotionState.Proposed, PromotionAct.Refuse)] = PromotionState.Refused,
            [(PromotionState.InForce, PromotionAct.Revoke)] = PromotionState.Revoked,
        };
        foreach (PromotionState state in Enum.GetValues<PromotionState>())
            foreach (PromotionAct act in Enum.GetValues<PromotionAct>())
            {
                (PromotionState? next, string? why) = PromotionMachine.Apply(proposed with { State = state }, act);
                Assert.Equal(allowed.TryGetValue((state, act), out PromotionState to) ? to : null, next);
                Assert.Equal(next is null, why is not null);
            }
        Assert.Equal(PromotionState.Done, PromotionMachine.Apply(proposed with { Undoes = Guid.NewGuid() }, PromotionAct.Accept).Next);
    }

    private static Promotion? Decide(IReadOnlyList<Promotion> history) => PromotionPolicy.Decide(Rule, "p", history, Runs(10, 0, 80), [], Now);

    private static EndedRun[] Runs(int count, int failed, double? score) =>
        [.. Enumerable.Range(0, count).Select(i => new EndedRun(i < failed, score, Now.AddHours(-i - 1)))];
}
