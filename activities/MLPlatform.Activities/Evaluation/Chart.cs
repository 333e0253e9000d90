using System.Globalization;
using System.Text;
using MLPlatform.Vlps.Metrics;

namespace MLPlatform.Activities.Evaluation;

/// <summary>Draws one small chart as inline SVG: no script, no fonts from elsewhere, colours from the page's variables.</summary>
internal sealed class Chart
{
    private const double Width = 420, Height = 320, Left = 60, Right = 22, Top = 12, Bottom = 44;

    private readonly StringBuilder _svg = new();
    private readonly double _maxX;
    private readonly double _maxY;

    public Chart(string label, string axisX, string axisY, double maxX = 1, double maxY = 1)
    {
        (_maxX, _maxY) = (maxX, maxY);
        Put($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Page.Escape(label)}\">");
        for (int i = 0; i <= 4; i++)
            Gridline(i / 4.0);
        Put($"<text class=\"axis\" x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 6}\" text-anchor=\"middle\">{Page.Escape(axisX)}</text>");
        double middle = (Top + Height - Bottom) / 2;
        Put($"<text class=\"axis\" x=\"12\" y=\"{middle}\" text-anchor=\"middle\" transform=\"rotate(-90 12 {middle})\">{Page.Escape(axisY)}</text>");
    }

    /// <summary>A dashed line between two points, for comparison.</summary>
    public Chart Reference(double x1, double y1, double x2, double y2)
    {
        Put($"<line class=\"reference\" x1=\"{X(x1)}\" y1=\"{Y(y1)}\" x2=\"{X(x2)}\" y2=\"{Y(y2)}\"/>");
        return this;
    }

    /// <summary>A line through points; the area under it is tinted.</summary>
    public Chart Line(IReadOnlyList<CurvePoint> points)
    {
        string path = string.Join('L', points.Select(p => Invariant($"{X(p.X)} {Y(p.Y)}")));
        Put($"<path class=\"area\" d=\"M{X(points[0].X)} {Y(0)}L{path}L{X(points[^1].X)} {Y(0)}Z\"/><path class=\"line\" d=\"M{path}\"/>");
        return this;
    }

    /// <summary>Points joined by a line, each with a title that shows on hovering.</summary>
    public Chart Dots(IReadOnlyList<(CurvePoint Point, string Title)> dots)
    {
        string path = string.Join('L', dots.Select(d => Invariant($"{X(d.Point.X)} {Y(d.Point.Y)}")));
        Put($"<path class=\"line thin\" d=\"M{path}\"/>");
        foreach ((CurvePoint point, string title) in dots)
            Put($"<circle class=\"dot\" cx=\"{X(point.X)}\" cy=\"{Y(point.Y)}\" r=\"4\"><title>{Page.Escape(title)}</title></circle>");
        return this;
    }

    /// <summary>A bar from the bottom.</summary>
    public Chart Bar(string style, double from, double to, double height, string title)
    {
        double gap = 0.6;
        Put($"<rect class=\"{style}\" x=\"{X(from) + gap}\" y=\"{Y(height)}\" width=\"{Math.Max(0.5, X(to) - X(from) - 2 * gap)}\" height=\"{Y(0) - Y(height)}\"><title>{Page.Escape(title)}</title></rect>");
        return this;
    }

    public override string ToString() => _svg + "</svg>";

    private void Gridline(double share)
    {
        double x = X(share * _maxX), y = Y(share * _maxY);
        Put($"<line class=\"grid\" x1=\"{x}\" y1=\"{Top}\" x2=\"{x}\" y2=\"{Height - Bottom}\"/><line class=\"grid\" x1=\"{Left}\" y1=\"{y}\" x2=\"{Width - Right}\" y2=\"{y}\"/>");
        Put($"<text class=\"tick\" x=\"{x}\" y=\"{Height - Bottom + 15}\" text-anchor=\"middle\">{Tick(share * _maxX, _maxX)}</text>");
        Put($"<text class=\"tick\" x=\"{Left - 6}\" y=\"{y + 3.5}\" text-anchor=\"end\">{Tick(share * _maxY, _maxY)}</text>");
    }

    // Two digits more than the largest value needs, so that rare events have a scale too.
    private static string Tick(double value, double max) =>
        value.ToString("0." + new string('#', Math.Max(0, (int)Math.Ceiling(-Math.Log10(max))) + 2), CultureInfo.InvariantCulture);

    private double X(double value) => Math.Round(Left + (Width - Left - Right) * Math.Clamp(value / _maxX, 0, 1), 2);

    private double Y(double value) => Math.Round(Height - Bottom - (Height - Top - Bottom) * Math.Clamp(value / _maxY, 0, 1), 2);

    private void Put(FormattableString text) => _svg.Append(Invariant(text));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
