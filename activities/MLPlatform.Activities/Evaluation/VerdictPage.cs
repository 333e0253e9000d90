using System.Globalization;
using System.Text;

namespace MLPlatform.Activities.Evaluation;

/// <summary>A gate's verdict as a page.</summary>
internal static class VerdictPage
{
    public static string Render(string title, Verdict verdict, long rows, double tolerance)
    {
        string banner = $"<p class=\"verdict {(verdict.Passed ? "passed" : "rejected")}\">{(verdict.Passed ? "Passed" : "Rejected")}</p>";
        string name = Verdict.NameOf(verdict.Metric);
        var cards = new List<(string, string, string)> { ("Candidate", Page.Figure(verdict.Candidate), name) };
        if (verdict.Champion is { } champion)
        {
            cards.Add(("Champion", Page.Figure(champion), name));
            cards.Add(("Improvement", Signed(verdict.Improvement), "positive is better"));
            cards.Add(("Interval", $"{Signed(verdict.CiLow)} to {Signed(verdict.CiHigh)}", "paired bootstrap"));
        }
        string body = banner + Page.Cards(cards) + Checks(verdict) + Page.Panel(
            "Improvement over the champion", verdict.Champion is null ? "There is no champion to compare with." : "With its interval.",
            verdict.Champion is null ? "" : Interval(verdict, tolerance), "wide") + Slices(verdict);
        return Page.Render(title, $"Gate on {name}, over {Page.Count(rows)} rows scored by {(verdict.Champion is null ? "the candidate" : "both models")}", body);
    }

    private static string Checks(Verdict verdict) => Page.Panel(
        "Why", "What stops it comes first.",
        Page.Table(
            ["Check", "", "Found", "Allowed"],
            verdict.Checks.OrderBy(c => c.Passed).Select(c => new[] { c.Why, c.Passed ? "passed" : "stopped", c.Value, c.Bound })));

    private static string Slices(Verdict verdict) => verdict.Slices.Count == 0 ? "" : Page.Panel(
        "By slice", "The worst first.",
        Page.Table(
            ["Slice", "Rows", "Candidate", "Champion", "Improvement", "Interval"],
            verdict.Slices.OrderBy(s => s.Comparison.Improvement).Select(s => new[]
            {
                s.Name, Page.Count(s.Rows), Page.Figure(s.Comparison.Candidate), Page.Figure(s.Comparison.Champion),
                Page.Signed(s.Comparison.Improvement), $"{Page.Signed(s.Comparison.Low)} to {Page.Signed(s.Comparison.High)}",
            })),
        "wide");

    // The interval on a line, with nothing-changed and the tolerance marked.
    private static string Interval(Verdict verdict, double tolerance)
    {
        double low = verdict.CiLow!.Value, high = verdict.CiHigh!.Value;
        double reach = 1.15 * Math.Max(1e-9, new[] { Math.Abs(low), Math.Abs(high), tolerance }.Max());
        double X(double value) => Math.Round(20 + 860 * (value + reach) / (2 * reach), 1);
        var svg = new StringBuilder("<svg viewBox=\"0 0 900 92\" role=\"img\" aria-label=\"Confidence interval of the improvement\">");
        void Put(FormattableString text) => svg.Append(text.ToString(CultureInfo.InvariantCulture));
        Put($"<line class=\"grid\" x1=\"20\" y1=\"44\" x2=\"880\" y2=\"44\"/>");
        Put($"<line class=\"reference\" x1=\"{X(0)}\" y1=\"18\" x2=\"{X(0)}\" y2=\"66\"/><text x=\"{X(0)}\" y=\"12\" text-anchor=\"middle\">no difference</text>");
        if (tolerance > 0)
            Put($"<line class=\"reference\" x1=\"{X(-tolerance)}\" y1=\"26\" x2=\"{X(-tolerance)}\" y2=\"66\"/><text x=\"{X(-tolerance)}\" y=\"84\" text-anchor=\"middle\">tolerance</text>");
        Put($"<line class=\"line\" x1=\"{X(low)}\" y1=\"44\" x2=\"{X(high)}\" y2=\"44\" style=\"stroke-width:6;stroke-linecap:round\"/>");
        Put($"<circle class=\"dot\" cx=\"{X(verdict.Improvement!.Value)}\" cy=\"44\" r=\"7\"/>");
        return svg.Append("</svg>").ToString();
    }

    private static string Signed(double? value) => value?.ToString("+0.####;-0.####;0", CultureInfo.InvariantCulture) ?? "–";
}
