using System.Globalization;
using System.Text;
using MLPlatform.Core.Experiments.Comparison;

namespace MLPlatform.Server.Experiments.Report;

/// <summary>A line for each run through an axis for each parameter that differs, ending at the goals; coloured by the first goal.</summary>
internal static class ParallelCoordinates
{
    private const int Width = 1140, Height = 320, Left = 60, Right = 60, Top = 36, Bottom = 34, MostAxes = 9;

    public static string? Draw(ComparisonView view)
    {
        List<string> byImportance = [.. view.Importance.Select(s => s.Parameter)];
        List<(Axis Axis, Func<int, double?> At)> axes = [];
        foreach (ComparedTextView parameter in view.Parameters.Where(p => p.Differs)
            .OrderBy(p => byImportance.IndexOf(p.Name) is >= 0 and int place ? place : int.MaxValue).Take(MostAxes - Math.Min(3, view.Goals.Count)))
        {
            if (Axis.OfTexts(parameter.Name, parameter.Values) is { } axis)
                axes.Add((axis, i => axis.At(parameter.Values[i])));
        }
        foreach (GoalView goal in view.Goals.Take(3))
        {
            if (view.Metrics.FirstOrDefault(m => m.Name == goal.Metric) is { } metric && Axis.OfNumbers(goal.Metric, metric.Values.OfType<double>(), mayBeLogarithmic: false) is { } axis)
                axes.Add((axis, i => axis.At(metric.Values[i])));
        }
        if (axes.Count < 2 || view.Runs.Count < 2)
            return null;
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\" role=\"img\">");
        double step = (double)(Width - Left - Right) / (axes.Count - 1);
        // The best are drawn last, over the others.
        foreach (int run in Enumerable.Range(0, view.Runs.Count).Reverse())
            Line(svg, axes, run, step, Colour(view, run));
        for (int i = 0; i < axes.Count; i++)
        {
            double x = Left + (i * step);
            svg.Append(CultureInfo.InvariantCulture, $"<line x1=\"{x:0.#}\" x2=\"{x:0.#}\" y1=\"{Top}\" y2=\"{Height - Bottom}\" stroke=\"#1b1f24\"/>");
            Label(svg, x, Top - 20, axes[i].Axis.Name, bold: true);
            Label(svg, x, Top - 6, axes[i].Axis.High);
            Label(svg, x, Height - Bottom + 16, axes[i].Axis.Low);
        }
        return svg.Append("</svg>").ToString();
    }

    private static void Line(StringBuilder svg, List<(Axis Axis, Func<int, double?> At)> axes, int run, double step, string colour)
    {
        StringBuilder points = new();
        for (int i = 0; i < axes.Count; i++)
        {
            if (axes[i].At(run) is { } at) // A run without the parameter passes its axis by.
                points.Append(CultureInfo.InvariantCulture, $"{Left + (i * step):0.#},{Height - Bottom - (at * (Height - Top - Bottom)):0.#} ");
        }
        svg.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{points.ToString().TrimEnd()}\" fill=\"none\" stroke=\"{colour}\" stroke-opacity=\"0.55\" stroke-width=\"1.4\"/>");
    }

    /// <summary>From blue for the best to grey for the worst; one colour where there is no goal.</summary>
    internal static string Colour(ComparisonView view, int run)
    {
        if (view.Goals is not [GoalView goal, ..] || view.Metrics.FirstOrDefault(m => m.Name == goal.Metric) is not { } metric
            || Axis.OfNumbers(goal.Metric, metric.Values.OfType<double>(), false)?.At(metric.Values[run]) is not { } at)
            return "#9aa3ad";
        double good = goal.Maximize ? at : 1 - at;
        return string.Create(CultureInfo.InvariantCulture, $"#{Mix(0xd0, 0x1f, good):x2}{Mix(0xc4, 0x4e, good):x2}{Mix(0xb0, 0xa8, good):x2}");
    }

    internal static void Label(StringBuilder svg, double x, double y, string text, bool bold = false, string anchor = "middle")
    {
        string shown = text.Length <= 24 ? text : text[..23] + "…";
        svg.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\"{(bold ? " font-weight=\"600\"" : "")}>{ComparisonReport.Text(shown)}</text>");
    }

    private static int Mix(int bad, int best, double share) => (int)Math.Round(bad + ((best - bad) * share));
}
