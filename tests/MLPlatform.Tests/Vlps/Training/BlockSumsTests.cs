using MLPlatform.Vlps.Metrics;
using MLPlatform.Vlps.Training;
using Xunit;

namespace MLPlatform.Tests.Vlps.Training;

public sealed class BlockSumsTests
{
    private readonly float[] _scores, _labels, _weights;

    public BlockSumsTests()
    {
        var random = new Random(3);
        _scores = [0, 1, 1e-9f, .. Enumerable.Range(0, 5000).Select(_ => random.NextSingle() * random.NextSingle())];
        _labels = [1, 0, 0, .. _scores.Skip(3).Select(s => random.NextSingle() < s ? 1f : 0f)];
        _weights = [.. _scores.Select(_ => random.Next(4) * 0.5f)];
    }

    [Theory, InlineData(0), InlineData(1), InlineData(15), InlineData(16), InlineData(5003)]
    public void Sums_are_those_of_the_samples_one_by_one(int count)
    {
        BlockSums sums = BlockSums.Of(_scores.AsSpan(0, count), _labels.AsSpan(0, count), _weights.AsSpan(0, count));
        double loss = Enumerable.Range(0, count).Sum(i => _weights[i] * Losses.LogLoss(_scores[i], _labels[i]));
        Assert.Equal(_labels.Take(count).Count(l => l > 0), sums.Positives);
        Assert.Equal(_weights.Take(count).Sum(w => (double)w), sums.Weight);
        Assert.InRange(sums.Loss, loss * (1 - 1e-12), loss * (1 + 1e-12));
    }

    [Theory, InlineData(3), InlineData(5002)]
    public void A_score_that_is_no_number_makes_the_loss_none(int at)
    {
        _scores[at] = float.NaN;
        _weights[at] = 1;
        Assert.True(double.IsNaN(BlockSums.Of(_scores, _labels, _weights).Loss));
    }

    [Theory, InlineData(5003), InlineData(777)]
    public void The_area_under_the_curve_is_right_to_three_places(int count)
    {
        var auc = new BlockAuc();
        auc.Add(_scores.AsSpan(0, count), _labels.AsSpan(0, count));
        double exact = Ranking.Auc(_scores.AsSpan(0, count), [.. _labels.Take(count).Select(l => (byte)l)])!.Value;
        Assert.InRange(auc.Value!.Value, exact - 0.001, exact + 0.001);
        auc.Clear();
        auc.Add([0.1f, 0.2f], [0, 0]);
        Assert.Null(auc.Value);
    }
}
