using MLPlatform.Core.Deployments;
using Xunit;

namespace MLPlatform.Tests.Deployments;

public sealed class RankingTests
{
    private static readonly float[] Scores = [0.1f, 0.9f, float.NaN, 0.9f, 0.5f];

    [Fact]
    public void Without_exploring_the_best_come_first_ties_by_place_and_what_has_no_score_last()
    {
        Assert.Equal([1, 3, 4, 0, 2], Ranking.Choose("r1", Scores, 10, 0).Select(s => s.Row));
        Assert.All(Ranking.Choose("r1", Scores, 3, 0), s => Assert.Equal(1, s.Propensity));
        Assert.Equal([1, 2, 3], Ranking.Choose("r1", Scores, 3, 0).Select(s => s.Position));
    }

    [Fact]
    public void The_same_request_is_answered_alike() =>
        Assert.Equal(Ranking.Choose("r1", Scores, 3, 0.5), Ranking.Choose("r1", Scores, 3, 0.5));

    [Fact]
    public void Rows_are_shown_as_often_as_their_propensities_say()
    {
        const int Requests = 20_000;
        int[] first = new int[Scores.Length];
        double[] told = new double[Scores.Length];
        for (int i = 0; i < Requests; i++)
        {
            ShownRow shown = Ranking.Choose($"request-{i}", Scores, 2, 0.5)[0];
            first[shown.Row]++;
            told[shown.Row] = shown.Propensity;
        }
        Assert.All(Enumerable.Range(0, Scores.Length), row => Assert.Equal(told[row], first[row] / (double)Requests, 0.02));
        Assert.Equal(1, told.Sum(), 9);
    }

    [Fact]
    public void No_row_is_shown_twice() =>
        Assert.All(Enumerable.Range(0, 200), i => Assert.Equal(5, Ranking.Choose($"{i}", Scores, 5, 1).Select(s => s.Row).Distinct().Count()));
}
