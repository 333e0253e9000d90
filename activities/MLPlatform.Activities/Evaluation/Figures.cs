using MLPlatform.Vlps.Metrics;

namespace MLPlatform.Activities.Evaluation;

/// <summary>Everything that an evaluation found out; figures that one class alone cannot have are null.</summary>
internal sealed record Figures
{
    public required long Rows { get; init; }
    public required long Positives { get; init; }
    public required double? Auc { get; init; }
    public required double? GroupedAuc { get; init; }
    public required int? Groups { get; init; }
    public required double? AveragePrecision { get; init; }
    public required double LogLoss { get; init; }
    public required double Threshold { get; init; }
    public required long TruePositives { get; init; }
    public required long FalsePositives { get; init; }
    public required Calibration Calibration { get; init; }
    public required Curves? Curves { get; init; }
    public required IReadOnlyList<ScoreBin> Histogram { get; init; }

    public double BaseRate => Positives / (double)Rows;

    /// <summary>Log loss of always saying the base rate; a model that does not beat it has learned nothing.</summary>
    public double BaseLogLoss => Positives == 0 || Positives == Rows ? 0 : -(BaseRate * Math.Log(BaseRate) + (1 - BaseRate) * Math.Log(1 - BaseRate));

    public double Accuracy => (TruePositives + (Rows - Positives - FalsePositives)) / (double)Rows;

    public double? Precision => TruePositives + FalsePositives == 0 ? null : TruePositives / (double)(TruePositives + FalsePositives);

    public double? Recall => Positives == 0 ? null : TruePositives / (double)Positives;

    /// <summary>Sum of scores over positives; null without positives.</summary>
    public double? PredictedToActual => Calibration.Ratio;

    public static Figures Of(ScoredRows rows, double threshold, int bins)
    {
        float[] scores = [.. rows.Scores[0]];
        byte[] labels = [.. rows.Labels];
        long positives = 0, truePositives = 0, falsePositives = 0;
        double loss = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            positives += labels[i];
            loss += Losses.LogLoss(scores[i], labels[i]);
            if (scores[i] < threshold)
                continue;
            truePositives += labels[i];
            falsePositives += 1 - labels[i];
        }
        (double? Auc, int Groups)? grouped = rows.Groups is null ? null : Ranking.GroupedAuc(scores, labels, rows.Groups);
        Array.Sort(scores, labels);
        double? auc = Ranking.AucOfSorted(scores, labels);
        Curves? curves = auc is null ? null : Curves.OfSorted(scores, labels);
        return new Figures
        {
            Rows = scores.Length,
            Positives = positives,
            Auc = auc,
            GroupedAuc = grouped?.Auc,
            Groups = grouped?.Groups,
            AveragePrecision = curves?.AveragePrecision,
            LogLoss = loss / scores.Length,
            Threshold = threshold,
            TruePositives = truePositives,
            FalsePositives = falsePositives,
            Calibration = Calibration.OfSorted(scores, labels, bins),
            Curves = curves,
            Histogram = ScoreBin.Of(scores, labels),
        };
    }
}

/// <summary>How many rows of each class score between two bounds.</summary>
internal sealed record ScoreBin(double From, double To, long Positives, long Negatives)
{
    private const int Count = 40;

    /// <param name="scores">Ascending.</param>
    /// <param name="labels">The labels of those scores.</param>
    public static IReadOnlyList<ScoreBin> Of(float[] scores, byte[] labels)
    {
        // Rare events crowd near 0: the picture ends where all but a thousandth of the scores do.
        double top = EvaluationPage.NiceTop(Math.Max(1e-6, scores[(int)((scores.Length - 1) * 0.999)]));
        var positives = new long[Count];
        var negatives = new long[Count];
        for (int i = 0; i < scores.Length; i++)
        {
            int bin = Math.Min(Count - 1, (int)(scores[i] / top * Count));
            positives[bin] += labels[i];
            negatives[bin] += 1 - labels[i];
        }
        return [.. Enumerable.Range(0, Count).Select(i => new ScoreBin(top * i / Count, top * (i + 1) / Count, positives[i], negatives[i]))];
    }
}
