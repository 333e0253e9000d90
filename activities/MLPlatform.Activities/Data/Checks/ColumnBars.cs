using System.Globalization;
using System.Text;
using MLPlatform.Activities.Evaluation;
using MLPlatform.Core.Drift;

namespace MLPlatform.Activities.Data.Checks;

/// <summary>Small bar charts as inline SVG.</summary>
internal static class ColumnBars
{
    private const double Width = 320, Height = 92, Foot = 16;
    private const int MostShown = 11;

    /// <summary>How the values of a column lie between its first and last hundredth; what lies outside is a fainter bar at each end.</summary>
    public static string Histogram(ColumnProfile column, ValueHistogram histogram)
    {
        List<(long Rows, string Title, bool Outside)> bars = [];
        string Edge(double value) => column.Type == "timestamp" ? CheckColumns.Instant((long)value)[..16].Replace("T", " ") : value.ToString("#,0.####", CultureInfo.InvariantCulture);
        double end = histogram.From + histogram.Width * histogram.Counts.Count;
        if (histogram.Below > 0)
            bars.Add((histogram.Below, $"below {Edge(histogram.From)}: {Page.Count(histogram.Below)} rows", true));
        bars.AddRange(histogram.Counts.Select((rows, i) => (rows,
            column.Type == "int64" && histogram.Width == 1 ? $"{Edge(histogram.From + i)}: {Page.Count(rows)} rows"
                : $"{Edge(histogram.From + i * histogram.Width)} to {Edge(histogram.From + (i + 1) * histogram.Width)}: {Page.Count(rows)} rows", false)));
        if (histogram.Above > 0)
            bars.Add((histogram.Above, $"above {Edge(column.Type == "int64" ? end - 1 : end)}: {Page.Count(histogram.Above)} rows", true));
        double most = Math.Max(1, bars.Max(b => b.Rows)), step = Width / bars.Count;
        StringBuilder svg = Open($"Histogram of {column.Name}");
        for (int i = 0; i < bars.Count; i++)
        {
            // A bar of few rows is still seen.
            double height = bars[i].Rows == 0 ? 0 : Math.Max(1.5, (Height - Foot) * bars[i].Rows / most);
            Put(svg, $"<rect class=\"bar\" {(bars[i].Outside ? "style=\"fill-opacity:.3\" " : "")}x=\"{i * step + 0.5:0.##}\" y=\"{Height - Foot - height:0.##}\" width=\"{Math.Max(0.5, Math.Min(step, 40) - 1):0.##}\" height=\"{height:0.##}\"><title>{Page.Escape(bars[i].Title)}</title></rect>");
        }
        Put(svg, $"<text x=\"0\" y=\"{Height - 3}\">{Page.Escape(Edge(histogram.From))}</text><text x=\"{Width}\" y=\"{Height - 3}\" text-anchor=\"end\">{(histogram.Counts.Count == 1 ? "" : Page.Escape(Edge(column.Type == "int64" ? end - 1 : end)))}</text>");
        return svg.Append("</svg>").ToString();
    }

    /// <summary>Pairs of bars: the share of each bin here and in the reference.</summary>
    public static string Drift(ColumnDrift all)
    {
        ColumnDrift drift = all with { Bins = Shown(all.Bins) };
        const double width = 480, row = 24, label = 150;
        double height = row * drift.Bins.Count + 6;
        double rows = Math.Max(1, drift.Bins.Sum(b => b.Rows)), reference = Math.Max(1, drift.Bins.Sum(b => b.ReferenceRows));
        double most = Math.Max(1e-9, drift.Bins.Max(b => Math.Max(b.Rows / rows, b.ReferenceRows / reference)));
        StringBuilder svg = new(FormattableString.Invariant($"<svg viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{Page.Escape(drift.Column)} here and in the reference\">"));
        for (int i = 0; i < drift.Bins.Count; i++)
        {
            DriftBin bin = drift.Bins[i];
            double top = i * row + 3, own = bin.Rows / rows, other = bin.ReferenceRows / reference;
            string name = bin.Values.Replace("T00:00:00Z", "").Replace("Z", "");
            name = name.Length > 24 ? name[..23] + "…" : name;
            Put(svg, $"<text x=\"{label - 8}\" y=\"{top + 13}\" text-anchor=\"end\">{Page.Escape(name)}<title>{Page.Escape(bin.Values)}</title></text>");
            Bar(svg, "bar", label, top, own, most, $"{CheckPage.Percent(bin.Rows, (long)rows)} here, {Page.Count(bin.Rows)} rows");
            Bar(svg, "bar2", label, top + 9.5, other, most, $"{CheckPage.Percent(bin.ReferenceRows, (long)reference)} in the reference, {Page.Count(bin.ReferenceRows)} rows");
        }
        return svg.Append("</svg>").ToString();
    }

    // The rare values of a long list share a row of the picture; the index counts each of them.
    private static IReadOnlyList<DriftBin> Shown(IReadOnlyList<DriftBin> bins)
    {
        if (bins.Count <= MostShown)
            return bins;
        List<DriftBin> rest = [.. bins.Skip(MostShown - 1)];
        return [.. bins.Take(MostShown - 1), new DriftBin($"{rest.Count} further bins", rest.Sum(b => b.Rows), rest.Sum(b => b.ReferenceRows))];
    }

    private static void Bar(StringBuilder svg, string style, double left, double top, double share, double most, string title)
    {
        double length = Math.Max(share > 0 ? 1 : 0, (480 - left - 52) * share / most);
        Put(svg, $"<rect class=\"{style}\" x=\"{left}\" y=\"{top}\" width=\"{length:0.##}\" height=\"8.5\" rx=\"1.5\"><title>{Page.Escape(title)}</title></rect><text x=\"{left + length + 5:0.##}\" y=\"{top + 8}\" style=\"font-size:9.5px\">{100 * share:0.#} %</text>");
    }

    private static StringBuilder Open(string label) =>
        new(FormattableString.Invariant($"<svg viewBox=\"0 0 {Width} {Height}\" role=\"img\" aria-label=\"{Page.Escape(label)}\">"));

    private static void Put(StringBuilder svg, FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture));
}
