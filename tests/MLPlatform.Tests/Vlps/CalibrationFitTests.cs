using MLPlatform.Vlps;
using MLPlatform.Vlps.Metrics;
using Xunit;

namespace MLPlatform.Tests.Vlps;

public sealed class CalibrationFitTests
{
    [Fact]
    public void A_line_over_log_odds_is_found_again()
    {
        (float[] scores, byte[] labels) = Made(50_000, logOdds => (0.5 * logOdds) - 1);
        ScoreCalibration curve = CalibrationFit.OfSorted(CalibrationMethod.Platt, scores, labels);
        Assert.Equal(0.5, curve.Slope, 0.03);
        Assert.Equal(-1, curve.Knots[0].To, 0.05);
        Assert.Equal(50_000, curve.Rows);
        Assert.Equal(1 / (1 + Math.Exp(1)), curve.Apply(0.5f), 0.02);
    }

    [Theory]
    [InlineData(CalibrationMethod.Platt, 0.08)]
    [InlineData(CalibrationMethod.Isotonic, 0.01)] // A curve, which a line cannot follow.
    public void Scores_come_near_the_rates_of_rows_that_it_was_not_fitted_to_and_keep_their_order(CalibrationMethod method, double error)
    {
        static double Bent(double logOdds) => logOdds < 0 ? (3 * logOdds) - 1 : (0.3 * logOdds) - 1;
        (float[] scores, byte[] labels) = Made(50_000, Bent);
        (float[] others, byte[] theirs) = Made(50_000, Bent, seed: 2);
        ScoreCalibration curve = CalibrationFit.OfSorted(method, scores, labels);
        float[] calibrated = [.. others];
        curve.Apply(calibrated);
        Assert.True(Calibration.OfSorted(others, theirs, 20).ExpectedError > 0.1);
        Assert.InRange(Calibration.OfSorted(calibrated, theirs, 20).ExpectedError, 0, error);
        Assert.Equal(calibrated.Order(), calibrated);
        Assert.Equal(Ranking.AucOfSorted(others, theirs)!.Value, Ranking.Auc(calibrated, theirs)!.Value, 1e-6);
        Assert.InRange(curve.Knots.Count, 1, 200);
    }

    [Theory]
    [InlineData(CalibrationMethod.Platt)]
    [InlineData(CalibrationMethod.Isotonic)]
    public void Labels_that_scores_part_perfectly_still_give_finite_rates(CalibrationMethod method)
    {
        float[] scores = [0.05f, 0.1f, 0.2f, 0.3f, 0.7f, 0.8f, 0.9f, 0.95f];
        byte[] labels = [0, 0, 0, 0, 1, 1, 1, 1];
        ScoreCalibration curve = CalibrationFit.OfSorted(method, scores, labels);
        Assert.All((float[])[0, .. scores, 1], s => Assert.InRange(curve.Apply(s), 0, 1));
        Assert.InRange(curve.Apply(0.1f), 1e-6, 0.3);
        Assert.InRange(curve.Apply(0.9f), 0.7, 1 - 1e-6);
    }

    [Theory]
    [InlineData(CalibrationMethod.Platt)]
    [InlineData(CalibrationMethod.Isotonic)]
    public void Scores_that_put_positives_last_are_not_turned_around(CalibrationMethod method)
    {
        (float[] scores, byte[] labels) = Made(5000, logOdds => -logOdds);
        ScoreCalibration curve = CalibrationFit.OfSorted(method, scores, labels);
        Assert.True(curve.Apply(0.3f) < curve.Apply(0.6f));
        double rate = labels.Average(l => (double)l);
        Assert.Equal(rate, curve.Apply(0.5f), 0.05);
    }

    [Fact]
    public void Shifted_it_says_of_shifted_scores_the_shifted_rates()
    {
        (float[] scores, byte[] labels) = Made(5000, logOdds => (0.7 * logOdds) + 1);
        foreach (CalibrationMethod method in Enum.GetValues<CalibrationMethod>())
        {
            ScoreCalibration curve = CalibrationFit.OfSorted(method, scores, labels), shifted = curve.Shifted(Math.Log(0.1));
            foreach (float score in new[] { 0.02f, 0.3f, 0.5f, 0.9f })
                Assert.Equal(Thinned(curve.Apply(score)), shifted.Apply((float)Thinned(score)), 1e-5);
        }

        static double Thinned(double rate) => rate * 0.1 / ((rate * 0.1) + (1 - rate));
    }

    [Fact]
    public void Labels_of_one_class_tell_nothing() =>
        Assert.Equal(VlpsProblem.NoSignal, Assert.Throws<VlpsException>(() => CalibrationFit.OfSorted(CalibrationMethod.Platt, [0.1f, 0.2f], [0, 0])).Problem);

    // Scores over all log-odds, and labels whose true log-odds are a function of them.
    private static (float[] Scores, byte[] Labels) Made(int rows, Func<double, double> truth, int seed = 1)
    {
        var random = new Random(seed);
        double[] logOdds = [.. Enumerable.Range(0, rows).Select(_ => (random.NextDouble() * 8) - 4).Order()];
        return ([.. logOdds.Select(z => (float)(1 / (1 + Math.Exp(-z))))], [.. logOdds.Select(z => (byte)(random.NextDouble() < 1 / (1 + Math.Exp(-truth(z))) ? 1 : 0))]);
    }
}
