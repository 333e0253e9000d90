using MLPlatform.Vlps.Metrics;
using Xunit;

namespace MLPlatform.Tests.Vlps;

public sealed class PairedBootstrapTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Equal_models_differ_by_exactly_nothing()
    {
        (float[] scores, _, byte[] labels) = Draw(300, seed: 1);
        PairedComparison comparison = new PairedBootstrap(JudgedBy.Auc, scores, [.. scores], labels, null, 0.5).Compare(200, 0.95, 7, 2, Cancel);
        Assert.Equal((0.0, 0.0, 0.0), (comparison.Improvement, comparison.Low, comparison.High));
    }

    [Fact]
    public void The_interval_covers_the_true_difference_about_as_often_as_it_says()
    {
        // The true AUCs follow from the noise: both models see the signal, one through twice the noise.
        (float[] a, float[] b, byte[] l) = Draw(200_000, seed: 99);
        double truth = Ranking.Auc([.. a], [.. l])!.Value - Ranking.Auc([.. b], [.. l])!.Value;
        int covered = 0;
        const int Trials = 100;
        for (int trial = 0; trial < Trials; trial++)
        {
            (float[] candidate, float[] champion, byte[] labels) = Draw(250, seed: trial);
            PairedComparison comparison = new PairedBootstrap(JudgedBy.Auc, candidate, champion, labels, null, 0.5).Compare(200, 0.9, trial, 2, Cancel);
            covered += comparison.Low <= truth && truth <= comparison.High ? 1 : 0;
        }
        Assert.InRange(covered, 80, 98); // 90 expected, deviation 3.
    }

    [Fact]
    public void The_same_seed_gives_the_same_interval_on_any_number_of_threads()
    {
        (float[] candidate, float[] champion, byte[] labels) = Draw(300, seed: 3);
        var bootstrap = new PairedBootstrap(JudgedBy.LogLoss, candidate, champion, labels, null, 0.5);
        Assert.Equal(bootstrap.Compare(100, 0.95, 5, 1, Cancel), bootstrap.Compare(100, 0.95, 5, 2, Cancel));
        Assert.NotEqual(bootstrap.Compare(100, 0.95, 5, 1, Cancel), bootstrap.Compare(100, 0.95, 6, 1, Cancel));
    }

    [Fact]
    public void Less_log_loss_is_an_improvement()
    {
        float[] good = [0.9f, 0.8f, 0.2f, 0.1f], poor = [0.6f, 0.6f, 0.5f, 0.5f];
        PairedComparison comparison = new PairedBootstrap(JudgedBy.LogLoss, good, poor, [1, 1, 0, 0], null, 0.5).Compare(50, 0.95, 1, 1, Cancel);
        Assert.True(comparison.Improvement > 0);
        Assert.True(comparison.Candidate < comparison.Champion);
    }

    [Fact]
    public void Rows_of_one_group_are_drawn_together_which_widens_the_interval()
    {
        (float[] candidate, float[] champion, byte[] labels) = Draw(100, seed: 5);
        float[] Repeat(float[] x) => [.. x.SelectMany(v => Enumerable.Repeat(v, 10))];
        byte[] many = [.. labels.SelectMany(v => Enumerable.Repeat(v, 10))];
        ulong[] groups = [.. Enumerable.Range(0, 1000).Select(i => (ulong)(i / 10))];
        PairedComparison byRow = new PairedBootstrap(JudgedBy.Accuracy, Repeat(candidate), Repeat(champion), many, null, 0.5).Compare(400, 0.95, 1, 2, Cancel);
        PairedComparison byGroup = new PairedBootstrap(JudgedBy.Accuracy, Repeat(candidate), Repeat(champion), many, groups, 0.5).Compare(400, 0.95, 1, 2, Cancel);
        Assert.True(byGroup.High - byGroup.Low > 2 * (byRow.High - byRow.Low));
    }

    private static (float[] Candidate, float[] Champion, byte[] Labels) Draw(int rows, int seed)
    {
        var random = new Random(seed);
        double Noise() => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        float Squash(double x) => (float)(1 / (1 + Math.Exp(-x)));
        var candidate = new float[rows];
        var champion = new float[rows];
        var labels = new byte[rows];
        for (int i = 0; i < rows; i++)
        {
            labels[i] = (byte)(random.NextDouble() < 0.4 ? 1 : 0);
            double signal = labels[i] - 0.5;
            candidate[i] = Squash(signal + 0.7 * Noise());
            champion[i] = Squash(signal + 1.4 * Noise());
        }
        return (candidate, champion, labels);
    }
}
