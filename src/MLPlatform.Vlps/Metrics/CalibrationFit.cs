namespace MLPlatform.Vlps.Metrics;

/// <summary>Fits a calibration to scores and what happened. It should be rows that were not trained on.</summary>
public static class CalibrationFit
{
    private const int Bins = 200, MostIterations = 100;

    /// <param name="scores">Ascending.</param>
    /// <param name="labels">The labels of those scores.</param>
    /// <exception cref="VlpsException">There is one class only, so that rates say nothing.</exception>
    public static ScoreCalibration OfSorted(CalibrationMethod method, ReadOnlySpan<float> scores, ReadOnlySpan<byte> labels)
    {
        long positives = 0;
        foreach (byte label in labels)
            positives += label;
        if (positives == 0 || positives == labels.Length)
            throw new VlpsException(VlpsProblem.NoSignal, "a calibration is fitted to the validation table, and all its labels are the same");
        return method == CalibrationMethod.Platt ? Platt(scores, labels, positives) : Isotonic(scores, labels);
    }

    // Platt 1999, with Newton's method as Lin, Lin and Weng 2007 do: a line that has the highest likelihood, its labels drawn in a little so that it is finite.
    private static ScoreCalibration Platt(ReadOnlySpan<float> scores, ReadOnlySpan<byte> labels, long positives)
    {
        double high = (positives + 1.0) / (positives + 2.0), low = 1 / (labels.Length - positives + 2.0);
        double slope = 1, offset = 0, loss = Loss(scores, labels, high, low, slope, offset);
        for (int i = 0; i < MostIterations; i++)
        {
            double g0 = 0, g1 = 0, h00 = 1e-9, h01 = 0, h11 = 1e-9;
            for (int row = 0; row < scores.Length; row++)
            {
                double x = ScoreCalibration.LogOdds(scores[row]), p = 1 / (1 + Math.Exp(-((slope * x) + offset)));
                double error = p - (labels[row] == 1 ? high : low), weight = p * (1 - p);
                g0 += error * x;
                g1 += error;
                h00 += weight * x * x;
                h01 += weight * x;
                h11 += weight;
            }
            double determinant = (h00 * h11) - (h01 * h01);
            double bySlope = -((h11 * g0) - (h01 * g1)) / determinant, byOffset = -((h00 * g1) - (h01 * g0)) / determinant;
            double step = 1, next = 0;
            for (; step > 1e-10; step /= 2)
            {
                next = Loss(scores, labels, high, low, slope + (step * bySlope), offset + (step * byOffset));
                if (next < loss)
                    break;
            }
            if (step <= 1e-10)
                break;
            bool settled = loss - next < 1e-12 * scores.Length;
            (slope, offset, loss) = (slope + (step * bySlope), offset + (step * byOffset), next);
            if (settled)
                break;
        }
        // Scores that put positives last are not turned around: then the base rate is all that can be said, and the order stays.
        return slope > 1e-3
            ? new ScoreCalibration(CalibrationMethod.Platt, slope, [new CalibrationKnot(0, offset)], scores.Length)
            : new ScoreCalibration(CalibrationMethod.Platt, 1e-3, [new CalibrationKnot(0, ScoreCalibration.LogOdds(positives / (double)labels.Length))], scores.Length);
    }

    private static double Loss(ReadOnlySpan<float> scores, ReadOnlySpan<byte> labels, double high, double low, double slope, double offset)
    {
        double sum = 0;
        for (int row = 0; row < scores.Length; row++)
        {
            double z = (slope * ScoreCalibration.LogOdds(scores[row])) + offset, label = labels[row] == 1 ? high : low;
            sum += Math.Max(z, 0) - (label * z) + Math.Log(1 + Math.Exp(-Math.Abs(z)));
        }
        return sum;
    }

    // Neighbouring bins whose rates fall are put together until they rise (pool adjacent violators).
    private static ScoreCalibration Isotonic(ReadOnlySpan<float> scores, ReadOnlySpan<byte> labels)
    {
        List<(double At, long Rows, double Positives)> pools = [];
        foreach (CalibrationBin bin in Calibration.OfSorted(scores, labels, Bins).Bins)
        {
            pools.Add((bin.MeanScore * bin.Rows, bin.Rows, bin.Positives));
            while (pools.Count > 1 && pools[^2].Positives / pools[^2].Rows >= pools[^1].Positives / pools[^1].Rows)
            {
                (double at, long rows, double positives) = pools[^1];
                pools.RemoveAt(pools.Count - 1);
                pools[^1] = (pools[^1].At + at, pools[^1].Rows + rows, pools[^1].Positives + positives);
            }
        }
        // A rate of 0 or 1 that was seen is one that is rarer than the rows can tell.
        double least = 0.5 / scores.Length;
        List<CalibrationKnot> knots = [];
        foreach ((double at, long rows, double positives) in pools)
        {
            var knot = new CalibrationKnot(ScoreCalibration.LogOdds(at / rows), ScoreCalibration.LogOdds(Math.Clamp(positives / rows, least, 1 - least)));
            if (knots.Count == 0 || (knot.At > knots[^1].At && knot.To > knots[^1].To))
                knots.Add(knot);
        }
        return new ScoreCalibration(CalibrationMethod.Isotonic, 1, knots, scores.Length);
    }
}
