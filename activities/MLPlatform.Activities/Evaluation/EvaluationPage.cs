using MLPlatform.Vlps.Metrics;

namespace MLPlatform.Activities.Evaluation;

/// <summary>The evaluation as a page: figures, ROC, precision and recall, calibration, and how the scores lie.</summary>
internal static class EvaluationPage
{
    public static string Render(string title, string model, Figures figures)
    {
        string subtitle = $"Evaluation of {model}, on {Page.Count(figures.Rows)} rows of which {Page.Count(figures.Positives)} are positive";
        string body = Page.Cards(Cards(figures))
            + "<div class=\"grid\">" + string.Concat(Charts(figures)) + "</div>"
            + "<div class=\"grid wide\">"
            + Page.Panel("Figures", $"Rows with a score of {Page.Figure(figures.Threshold)} or more count as predicted positive.", FiguresTable(figures))
            + Page.Panel("Calibration by bin", "Rows in order of score, cut into bins of about equal size.", BinsTable(figures.Calibration))
            + "</div>";
        return Page.Render(title, subtitle, body);
    }

    private static IEnumerable<(string, string, string)> Cards(Figures f)
    {
        yield return ("AUC", Page.Figure(f.Auc), "0.5 is chance, 1 is perfect");
        if (f.Groups is { } groups)
            yield return ("Grouped AUC", Page.Figure(f.GroupedAuc), $"over {Page.Count(groups)} groups");
        yield return ("Log loss", Page.Figure(f.LogLoss), $"{Page.Figure(f.BaseLogLoss)} for the base rate alone");
        yield return ("Accuracy", Page.Figure(f.Accuracy), $"{Page.Figure(Math.Max(f.BaseRate, 1 - f.BaseRate))} for the larger class");
        yield return ("Predicted / actual", Page.Figure(f.PredictedToActual, "0.###"), "1 is right on average");
        yield return ("Calibration error", Page.Figure(f.Calibration.ExpectedError), "mean gap between score and rate");
    }

    private static IEnumerable<string> Charts(Figures f)
    {
        if (f.Curves is { } curves)
        {
            yield return Page.Panel("ROC", $"Positives found against false alarms at every threshold. Area {Page.Figure(f.Auc)}.",
                new Chart("ROC curve", "false positive rate", "true positive rate").Reference(0, 0, 1, 1).Line(curves.Roc).ToString());
            double top = NiceTop(curves.PrecisionRecall.Max(p => p.Y));
            yield return Page.Panel("Precision and recall", $"Average precision {Page.Figure(f.AveragePrecision)}; the dashed line is the base rate, {Page.Figure(f.BaseRate)}.",
                new Chart("Precision-recall curve", "recall", "precision", 1, top).Reference(0, f.BaseRate, 1, f.BaseRate).Line(curves.PrecisionRecall).ToString());
        }
        yield return Page.Panel("Calibration", "What was predicted against what happened; on the dashed line, scores are probabilities.", CalibrationChart(f.Calibration));
        yield return Page.Panel("Scores", "Share of each class by score.", ScoresChart(f) + Legend);
    }

    private const string Legend =
        "<p><span class=\"key\" style=\"background:var(--main)\"></span>negatives<span class=\"key\" style=\"background:var(--other)\"></span>positives</p>";

    private static string CalibrationChart(Calibration calibration)
    {
        double top = NiceTop(calibration.Bins.Max(b => Math.Max(b.MeanScore, b.PositiveRate)));
        return new Chart("Calibration plot", "mean score", "rate of positives", top, top)
            .Reference(0, 0, top, top)
            .Dots([.. calibration.Bins.Select(b => (
                new CurvePoint(b.MeanScore, b.PositiveRate),
                $"{Page.Count(b.Rows)} rows: predicted {Page.Figure(b.MeanScore)}, actual {Page.Figure(b.PositiveRate)}"))])
            .ToString();
    }

    private static string ScoresChart(Figures f)
    {
        double positives = Math.Max(1, f.Positives), negatives = Math.Max(1, f.Rows - f.Positives);
        double top = NiceTop(f.Histogram.Max(b => Math.Max(b.Positives / positives, b.Negatives / negatives)));
        var chart = new Chart("Scores by class", "score", "share of class", f.Histogram[^1].To, top);
        foreach (ScoreBin bin in f.Histogram)
        {
            double middle = (bin.From + bin.To) / 2;
            chart.Bar("bar", bin.From, middle, bin.Negatives / negatives, $"{Page.Count(bin.Negatives)} negatives");
            chart.Bar("bar2", middle, bin.To, bin.Positives / positives, $"{Page.Count(bin.Positives)} positives");
        }
        return chart.ToString();
    }

    private static string FiguresTable(Figures f) => Page.Table(["figure", "value"],
    [
        ["Rows", Page.Count(f.Rows)],
        ["Positives", Page.Count(f.Positives)],
        ["Base rate", Page.Figure(f.BaseRate, "0.######")],
        ["AUC", Page.Figure(f.Auc, "0.######")],
        .. f.Groups is null ? Array.Empty<string[]>() : [["Grouped AUC", Page.Figure(f.GroupedAuc, "0.######")]],
        ["Average precision", Page.Figure(f.AveragePrecision, "0.######")],
        ["Log loss", Page.Figure(f.LogLoss, "0.######")],
        ["Log loss of the base rate", Page.Figure(f.BaseLogLoss, "0.######")],
        ["Expected calibration error", Page.Figure(f.Calibration.ExpectedError, "0.######")],
        ["Predicted over actual positives", Page.Figure(f.PredictedToActual, "0.######")],
        ["Accuracy", Page.Figure(f.Accuracy, "0.######")],
        ["Precision", Page.Figure(f.Precision, "0.######")],
        ["Recall", Page.Figure(f.Recall, "0.######")],
        ["Predicted positive and positive", Page.Count(f.TruePositives)],
        ["Predicted positive, but negative", Page.Count(f.FalsePositives)],
    ]);

    private static string BinsTable(Calibration calibration) => Page.Table(
        ["scores", "rows", "positives", "mean score", "rate", "gap"],
        calibration.Bins.Select(b => (IEnumerable<string>)
        [
            $"{Page.Figure(b.From)} to {Page.Figure(b.To)}", Page.Count(b.Rows), Page.Count(b.Positives), Page.Figure(b.MeanScore),
            Page.Figure(b.PositiveRate), Page.Signed(b.PositiveRate - b.MeanScore),
        ]));

    /// <summary>The next round number, at most 1.</summary>
    internal static double NiceTop(double value)
    {
        if (value <= 0)
            return 1;
        double power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        double top = power * (value / power) switch { <= 1 => 1, <= 1.2 => 1.2, <= 1.6 => 1.6, <= 2 => 2, <= 2.4 => 2.4, <= 3 => 3, <= 4 => 4, <= 6 => 6, <= 8 => 8, _ => 10 };
        return Math.Min(1, top);
    }
}
