namespace MLPlatform.Vlps.Metrics;

/// <param name="X">False positive rate, or recall.</param>
/// <param name="Y">True positive rate, or precision.</param>
public readonly record struct CurvePoint(double X, double Y);

/// <summary>Curves over all thresholds, thinned out to what a picture can show.</summary>
/// <param name="Roc">False against true positive rate, from (0, 0) to (1, 1).</param>
/// <param name="PrecisionRecall">Recall against precision, ascending by recall.</param>
/// <param name="AveragePrecision">The area under the precision-recall curve, by steps.</param>
public sealed record Curves(IReadOnlyList<CurvePoint> Roc, IReadOnlyList<CurvePoint> PrecisionRecall, double AveragePrecision)
{
    /// <param name="scores">Ascending; both classes must occur.</param>
    /// <param name="labels">The labels of those scores.</param>
    /// <param name="points">Points of a curve at most, roughly. Default: 300.</param>
    public static Curves OfSorted(ReadOnlySpan<float> scores, ReadOnlySpan<byte> labels, int points = 300)
    {
        long positives = 0;
        foreach (byte label in labels)
            positives += label;
        long negatives = labels.Length - positives;
        double top = HighestPrecision(scores, labels);
        var roc = new List<CurvePoint> { new(0, 0) };
        var precision = new List<CurvePoint>();
        long truePositives = 0, falsePositives = 0;
        double average = 0, recall = 0;
        for (int i = scores.Length - 1; i >= 0;)
        {
            float score = scores[i];
            for (; i >= 0 && scores[i] == score; i--)
            {
                truePositives += labels[i];
                falsePositives += 1 - labels[i];
            }
            double newRecall = truePositives / (double)positives, newPrecision = truePositives / (double)(truePositives + falsePositives);
            average += (newRecall - recall) * newPrecision;
            recall = newRecall;
            Add(roc, new CurvePoint(falsePositives / (double)negatives, newRecall), 1, 1.0 / points, last: i < 0);
            Add(precision, new CurvePoint(newRecall, newPrecision), top, 1.0 / points, last: i < 0);
        }
        return new Curves(roc, precision, average);
    }

    // Where positives are rare the whole curve lies close to 0, and what can be seen is a share of its height.
    private static double HighestPrecision(ReadOnlySpan<float> scores, ReadOnlySpan<byte> labels)
    {
        long positives = 0;
        double highest = 0;
        for (int i = scores.Length - 1; i >= 0; i--)
        {
            positives += labels[i];
            if (i == 0 || scores[i] != scores[i - 1])
                highest = Math.Max(highest, positives / (double)(scores.Length - i));
        }
        return highest;
    }

    // A point is kept when it is far enough from the one before to be seen.
    private static void Add(List<CurvePoint> curve, CurvePoint point, double height, double apart, bool last)
    {
        if (last || curve.Count == 0 || Math.Abs(curve[^1].X - point.X) + Math.Abs(curve[^1].Y - point.Y) / height >= apart)
            curve.Add(point);
    }
}
