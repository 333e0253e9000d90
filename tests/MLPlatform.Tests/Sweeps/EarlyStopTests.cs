using System.Text.Json;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Sweeps;
using Xunit;

namespace MLPlatform.Tests.Sweeps;

public sealed class EarlyStopTests
{
    private static readonly AshaRule Asha = new() { MinSteps = 1, Factor = 3 };

    [Fact]
    public void The_first_trial_at_a_rung_goes_on_and_so_does_a_better_one()
    {
        Trial first = Of(0, 0.5);
        Assert.Equal(new Judgement(0, null), EarlyStop.Judge(Asha, Direction.Maximize, first, [first]));
        Assert.Null(EarlyStop.Judge(Asha, Direction.Maximize, Of(1, 0.6), [first]).Because);
        Assert.Equal("at step 1 it was number 2 of 2, and 1 goes on", EarlyStop.Judge(Asha, Direction.Maximize, Of(1, 0.4), [first]).Because);
        Assert.Null(EarlyStop.Judge(Asha, Direction.Minimize, Of(1, 0.4), [first]).Because);
    }

    [Fact]
    public void A_trial_is_judged_once_at_each_rung_and_at_all_that_it_passed_since()
    {
        Trial[] others = [.. Enumerable.Range(0, 8).Select(i => Of(i, 0.1 * i, 0.1 * i, 0.1 * i))];
        Trial good = Of(8, 0.9, 0.9, 0.01);
        Assert.Contains("at step 3", EarlyStop.Judge(Asha, Direction.Maximize, good, others).Because, StringComparison.Ordinal);
        Assert.Equal(new Judgement(1, null), EarlyStop.Judge(Asha, Direction.Maximize, good with { Rung = 1 }, others));
    }

    [Fact]
    public void Halvings_of_hyperband_compare_only_their_own_trials_and_get_the_more_trials_the_earlier_they_judge()
    {
        HyperbandRule rule = new() { MinSteps = 1, MaxSteps = 9, Factor = 3 };
        int[] brackets = [.. Enumerable.Range(0, 600).Select(i => EarlyStop.Bracket(rule, i))];
        int[] counts = [.. Enumerable.Range(0, 3).Select(b => brackets.Count(x => x == b))];
        Assert.True(counts[0] > counts[1] && counts[1] > counts[2] && counts[2] > 0, string.Join(' ', counts));
        int other = Array.FindIndex(brackets, b => b != brackets[0]);
        Assert.Null(EarlyStop.Judge(rule, Direction.Maximize, Of(other, 0, 0, 0, 0, 0, 0, 0, 0, 0), [Of(0, 1, 1, 1, 1, 1, 1, 1, 1, 1)]).Because);
    }

    [Fact]
    public void The_median_rule_waits_for_trials_and_steps_and_then_stops_what_is_worse_than_half()
    {
        MedianRule rule = new() { MinSteps = 2, MinTrials = 3 };
        Trial[] done = [.. Enumerable.Range(0, 3).Select(i => Of(i, 0.1 * i, 0.1 * i) with { State = new TrialState.Completed(0.1 * i, default) })];
        Assert.Null(EarlyStop.Judge(rule, Direction.Maximize, Of(9, 0.01), done).Because);
        Assert.Null(EarlyStop.Judge(rule, Direction.Maximize, Of(9, 0.01, 0.01), done[..2]).Because);
        Assert.NotNull(EarlyStop.Judge(rule, Direction.Maximize, Of(9, 0.01, 0.01), done).Because);
        Assert.Null(EarlyStop.Judge(rule, Direction.Maximize, Of(9, 0.01, 0.15), done).Because);
    }

    private static Trial Of(int number, params double[] values) => new(
        number, new Dictionary<string, JsonElement>(), new RunId(Guid.Empty), default, -1, [.. values.Select((v, i) => new CurvePoint(i + 1, v))], new TrialState.Running());
}
