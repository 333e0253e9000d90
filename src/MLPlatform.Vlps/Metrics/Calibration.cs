namespace MLPlatform.Vlps.Metrics;

/// <summary>How far probabilities are from what happened.</summary>
/// <param name="Bins">Ascending by score; about equally many rows each, rows of one score together.</param>
/// <param name="ExpectedError">Mean over rows of the distance between a bin's mean score and its rate of positives (ECE).</param>
/// <param name="Ratio">Sum of scores over number of positives; 1 is right on average. Null without positives.</param>
public sealed record Calibration(IReadOnlyList<CalibrationBin> Bins, double ExpectedError, double? Ratio)
{
    /// <param name="scores">Ascending.</param>
    /// <param name="labels">The labels of those scores.</param>
    /// <param name="bins">How many bins at most.</param>
    public static Calibration OfSorted(ReadOnlySpan<float> scores, ReadOnlySpan<byte> labels, int bins)
    {
        var made = new List<CalibrationBin>();
        int rows = scores.Length;
        double error = 0, predicted = 0;
        long positives = 0;
        int slot = 0;
        for (int i = 0; i < scores.Length;)
        {
            // A run of equal scores may fill several slots; the next bin begins where the run ends.
            while (End(slot) <= i)
                slot++;
            CalibrationBin bin = Take(scores, labels, ref i, End(slot));
            made.Add(bin);
            error += bin.Rows * Math.Abs(bin.MeanScore - bin.PositiveRate);
            predicted += bin.MeanScore * bin.Rows;
            positives += bin.Positives;
        }
        return new Calibration(made, error / Math.Max(1, scores.Length), positives == 0 ? null : predicted / positives);

        long End(int slot) => (long)rows * (slot + 1) / bins;
    }

    private static CalibrationBin Take(ReadOnlySpan<float> scores, ReadOnlySpan<byte> labels, ref int i, long end)
    {
        int start = i;
        double sum = 0;
        long positives = 0;
        for (; i < scores.Length && (i < end || scores[i] == scores[i - 1]); i++)
        {
            sum += scores[i];
            positives += labels[i];
        }
        return new CalibrationBin(scores[start], scores[i - 1], i - start, positives, sum / (i - start));
    }
}

/// <param name="From">Lowest score.</param>
/// <param name="To">Highest score.</param>
public sealed record CalibrationBin(double From, double To, long Rows, long Positives, double MeanScore)
{
    public double PositiveRate => Positives / (double)Rows;
}
