using System.Globalization;
using System.Text;

namespace MLPlatform.Server.Experiments.Report;

/// <summary>Lines over one axis, each in its colour with its name beside; inline SVG.</summary>
public static class LineChart
{
    private const int Width = 900, Height = 300, Left = 70, Right = 190, Top = 14, Bottom = 34;
    private static readonly string[] Colours = ["#1f4ea8", "#c97a12", "#2f8f5b", "#b3364a", "#6d4bb0", "#2a8c9c", "#8a6a3b", "#d0579a", "#444b55", "#9aa32f"];

    /// <summary>How many lines one chart shows.</summary>
    public static int Most => Colours.Length;

    /// <param name="x">What the axis below tells.</param>
    /// <param name="y">What the axis beside tells.</param>
    /// <param name="lines">The first <see cref="Most"/> are drawn.</param>
    /// <returns>Null where there is no point to draw.</returns>
    public static string? Draw(string x, string y, IReadOnlyList<(string Name, IReadOnlyList<(double X, double Y)> Points)> lines)
    {
        List<(string Name, IReadOnlyList<(double X, double Y)> Points)> drawn = [.. lines.Take(Most)];
        if (Axis.OfNumbers(x, drawn.SelectMany(l => l.Points).Select(p => p.X), false) is not { } along
            || Axis.OfNumbers(y, drawn.SelectMany(l => l.Points).Select(p => p.Y), false) is not { } up)
            return null;
        StringBuilder svg = new();
        svg.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\" role=\"img\">");
        svg.Append(CultureInfo.InvariantCulture, $"<path d=\"M{Left} {Top}V{Height - Bottom}H{Width - Right}\" fill=\"none\" stroke=\"#1b1f24\"/>");
        for (int i = 0; i < drawn.Count; i++)
        {
            StringBuilder points = new();
            foreach ((double pointX, double pointY) in drawn[i].Points)
            {
                if (along.At(pointX) is { } at && up.At(pointY) is { } value)
                    points.Append(CultureInfo.InvariantCulture, $"{Left + (at * (Width - Left - Right)):0.#},{Height - Bottom - (value * (Height - Top - Bottom)):0.#} ");
            }
            svg.Append(CultureInfo.InvariantCulture, $"<polyline points=\"{points.ToString().TrimEnd()}\" fill=\"none\" stroke=\"{Colours[i]}\" stroke-width=\"1.6\"/>");
            svg.Append(CultureInfo.InvariantCulture, $"<rect x=\"{Width - Right + 14}\" y=\"{Top + (i * 18)}\" width=\"10\" height=\"10\" fill=\"{Colours[i]}\"/>");
            ParallelCoordinates.Label(svg, Width - Right + 30, Top + (i * 18) + 9, drawn[i].Name, anchor: "start");
        }
        ParallelCoordinates.Label(svg, Left, Height - Bottom + 16, along.Low);
        ParallelCoordinates.Label(svg, Width - Right, Height - Bottom + 16, along.High, anchor: "end");
        ParallelCoordinates.Label(svg, (Left + Width - Right) / 2, Height - 4, x);
        ParallelCoordinates.Label(svg, Left - 6, Top + 8, up.High, anchor: "end");
        ParallelCoordinates.Label(svg, Left - 6, Height - Bottom, up.Low, anchor: "end");
        return svg.Append("</svg>").ToString();
    }
}
