using System.Globalization;
using System.Text;

namespace MLPlatform.Server.Experiments.Report;

/// <summary>One metric by step, a line for each run.</summary>
internal static class CurveChart
{
    private const int Width = 900, Height = 300, Left = 70, Right = 190, Top = 14, Bottom = 34;
    private static readonly string[] Colours = ["#1f4ea8", "#c97a12", "#2f8f5b", "#b3364a", "#6d4bb0", "#2a8c9c", "#8a6a3b", "#d0579a"];

    public static string? Draw(IReadOnlyList<CurveView> curves, IReadOnlyList<TrackedRunView> runs)
    {
        List<CurveView> drawn = [.. curves.Take(Colours.Length)];
        if (Axis.OfNumbers("step", drawn.SelectMany(c => c.Steps).Select(s => (double)s), false) is not { } x
            || Axis.OfNumbers("value", drawn.SelectMany(c => c.Values), false) is not { } y)
            return null;
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\" role=\"img\">");
        svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{Left} {Top}V{Height - Bottom}H{Width - Right}\" fill=\"none\" stroke=\"#1b1f24\"/>");
        for (int i = 0; i < drawn.Count; i++)
        {
            StringBuilder points = new();
            for (int p = 0; p < drawn[i].Steps.Count; p++)
            {
                if (x.At(drawn[i].Steps[p]) is { } at && y.At(drawn[i].Values[p]) is { } value)
                    points.Append(CultureInfo.InvariantCulture, $"{Left + (at * (Width - Left - Right)):0.#},{Height - Bottom - (value * (Height - Top - Bottom)):0.#} ");
            }
            svg.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{points.ToString().TrimEnd()}\" fill=\"none\" stroke=\"{Colours[i]}\" stroke-width=\"1.6\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{Width - Right + 14}\" y=\"{Top + (i * 18)}\" width=\"10\" height=\"10\" fill=\"{Colours[i]}\"/>");
            ParallelCoordinates.Label(svg, Width - Right + 30, Top + (i * 18) + 9, runs.FirstOrDefault(r => r.Id == drawn[i].Run)?.Name ?? drawn[i].Run, anchor: "start");
        }
        ParallelCoordinates.Label(svg, Left, Height - Bottom + 16, x.Low);
        ParallelCoordinates.Label(svg, Width - Right, Height - Bottom + 16, x.High, anchor: "end");
        ParallelCoordinates.Label(svg, Left - 6, Top + 8, y.High, anchor: "end");
        ParallelCoordinates.Label(svg, Left - 6, Height - Bottom, y.Low, anchor: "end");
        return svg.Append("</svg>").ToString();
    }
}
