using System.Globalization;
using System.Text;

namespace MLPlatform.Server.Experiments.Report;

/// <summary>Runs by their first two goals, and the front of those that none beats.</summary>
internal static class FrontChart
{
    private const int Width = 620, Height = 380, Left = 70, Right = 20, Top = 20, Bottom = 46;

    public static string? Draw(ComparisonView view)
    {
        if (view.Goals.Count < 2)
            return null;
        (string first, string second) = (view.Goals[0].Metric, view.Goals[1].Metric);
        (double X, double Y, bool OnFront, string Name)[] points = [.. Points(view, first, second)];
        if (points.Length < 2 || Axis.OfNumbers(first, points.Select(p => p.X), false) is not { } x || Axis.OfNumbers(second, points.Select(p => p.Y), false) is not { } y)
            return null;
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\" role=\"img\">");
        svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{Left} {Top}V{Height - Bottom}H{Width - Right}\" fill=\"none\" stroke=\"#1b1f24\"/>");
        string line = string.Join(' ', points.Where(p => p.OnFront).OrderBy(p => p.X).Select(p => Place(x, y, p.X, p.Y)));
        svg.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{line}\" fill=\"none\" stroke=\"#c97a12\" stroke-dasharray=\"4 3\"/>");
        foreach ((double px, double py, bool onFront, string name) in points.OrderBy(p => p.OnFront))
        {
            string[] at = Place(x, y, px, py).Split(',');
            svg.Append(CultureInfo.InvariantCulture, $"<circle cx=\"{at[0]}\" cy=\"{at[1]}\" r=\"{(onFront ? 5 : 3)}\" fill=\"{(onFront ? "#c97a12" : "#8fa9cc")}\"><title>{ComparisonReport.Text($"{name}: {first} {ComparisonReport.Number(px)}, {second} {ComparisonReport.Number(py)}")}</title></circle>");
        }
        ParallelCoordinates.Label(svg, (Left + Width - Right) / 2.0, Height - 8, first, bold: true);
        ParallelCoordinates.Label(svg, Left, Height - Bottom + 16, x.Low);
        ParallelCoordinates.Label(svg, Width - Right, Height - Bottom + 16, x.High, anchor: "end");
        ParallelCoordinates.Label(svg, 4, Top + 40, second, bold: true, anchor: "start");
        ParallelCoordinates.Label(svg, Left - 6, Top + 6, y.High, anchor: "end");
        ParallelCoordinates.Label(svg, Left - 6, Height - Bottom, y.Low, anchor: "end");
        return svg.Append("</svg>").ToString();
    }

    private static IEnumerable<(double, double, bool, string)> Points(ComparisonView view, string first, string second)
    {
        HashSet<string> front = [.. view.Front.Select(f => f.Id)];
        foreach (TrackedRunView run in view.Runs.Concat(view.Front).DistinctBy(r => r.Id))
        {
            if (run.Metrics.TryGetValue(first, out double x) && run.Metrics.TryGetValue(second, out double y) && double.IsFinite(x) && double.IsFinite(y))
                yield return (x, y, front.Contains(run.Id), run.Name);
        }
    }

    private static string Place(Axis x, Axis y, double px, double py) => string.Create(CultureInfo.InvariantCulture,
        $"{Left + (x.At(px)!.Value * (Width - Left - Right)):0.#},{Height - Bottom - (y.At(py)!.Value * (Height - Top - Bottom)):0.#}");
}
