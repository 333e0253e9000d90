using System.Globalization;
using System.Text;

namespace MLPlatform.Activities.Evaluation;

/// <summary>Curves over steps, on an axis that shows where they differ; inline SVG as <see cref="Chart"/>.</summary>
/// <param name="label">For readers of screens.</param>
/// <param name="axisX">Under the axis.</param>
/// <param name="axisY">Beside the axis.</param>
/// <param name="steps">The name of each step.</param>
internal sealed class SeriesChart(string label, string axisX, string axisY, IReadOnlyList<string> steps)
{
    private const double Width = 520, Height = 320, Left = 62, Right = 16, Top = 30, Bottom = 44;

    private readonly List<(string Name, string Style, IReadOnlyList<double?> Values)> _series = [];

    /// <summary>Adds a curve; a step without a value breaks it.</summary>
    /// <param name="style"><c>bar</c>, <c>bar2</c> or <c>soft</c>, for the colour.</param>
    public SeriesChart Add(string name, string style, IReadOnlyList<double?> values)
    {
        _series.Add((name, style, values));
        return this;
    }

    public override string ToString()
    {
        double[] values = [.. _series.SelectMany(s => s.Values).OfType<double>()];
        (double low, double high) = values.Length == 0 ? (0, 1) : Reach(values.Min(), values.Max());
        StringBuilder svg = new();
        void Put(FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture));
        double X(int step) => Math.Round(Left + (Width - Left - Right) * (steps.Count == 1 ? 0.5 : step / (steps.Count - 1.0)), 2);
        double Y(double value) => Math.Round(Height - Bottom - (Height - Top - Bottom) * (value - low) / (high - low), 2);

        Put($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Page.Escape(label)}\">");
        for (int i = 0; i <= 4; i++)
        {
            double value = low + (high - low) * i / 4;
            Put($"<line class=\"grid\" x1=\"{Left}\" y1=\"{Y(value)}\" x2=\"{Width - Right}\" y2=\"{Y(value)}\"/>");
            Put($"<text x=\"{Left - 6}\" y=\"{Y(value) + 3.5}\" text-anchor=\"end\">{Page.Figure(value)}</text>");
        }
        int every = Math.Max(1, (steps.Count + 9) / 10);
        for (int i = 0; i < steps.Count; i += every)
            Put($"<text x=\"{X(i)}\" y=\"{Height - Bottom + 15}\" text-anchor=\"middle\">{Page.Escape(steps[i])}</text>");
        double middle = (Top + Height - Bottom) / 2;
        Put($"<text class=\"axis\" x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 6}\" text-anchor=\"middle\">{Page.Escape(axisX)}</text>");
        Put($"<text class=\"axis\" x=\"12\" y=\"{middle}\" text-anchor=\"middle\" transform=\"rotate(-90 12 {middle})\">{Page.Escape(axisY)}</text>");
        double legend = Left;
        foreach ((string name, string style, IReadOnlyList<double?> curve) in _series)
        {
            string colour = style switch { "bar" => "var(--main)", "bar2" => "var(--other)", _ => "var(--soft)" };
            StringBuilder path = new();
            for (int i = 0; i < curve.Count; i++)
            {
                if (curve[i] is { } value)
                    path.Append(CultureInfo.InvariantCulture, $"{(i > 0 && curve[i - 1] is not null ? 'L' : 'M')}{X(i)} {Y(value)}");
            }
            Put($"<path class=\"line\" style=\"stroke:{colour}\" d=\"{path.ToString()}\"/>");
            for (int i = 0; i < curve.Count; i++)
            {
                if (curve[i] is { } value)
                    Put($"<circle cx=\"{X(i)}\" cy=\"{Y(value)}\" r=\"3\" style=\"fill:{colour}\"><title>{Page.Escape(name)}, {Page.Escape(steps[i])}: {Page.Figure(value)}</title></circle>");
            }
            Put($"<circle cx=\"{legend + 5}\" cy=\"12\" r=\"5\" style=\"fill:{colour}\"/><text class=\"axis\" x=\"{legend + 15}\" y=\"16\">{Page.Escape(name)}</text>");
            legend += 30 + 7.5 * name.Length;
        }
        return svg.Append("</svg>").ToString();
    }

    // A little air on both sides, and never a line on the edge.
    private static (double Low, double High) Reach(double low, double high)
    {
        double air = Math.Max(high - low, Math.Max(1e-6, Math.Abs(high) * 0.01)) * 0.1;
        return (low - air, high + air);
    }
}
