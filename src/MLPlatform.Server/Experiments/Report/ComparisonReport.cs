using System.Globalization;
using System.Net;
using System.Text;
using MLPlatform.Core.Experiments.Comparison;

namespace MLPlatform.Server.Experiments.Report;

/// <summary>A comparison as one page: tables and drawings, no scripts and nothing from elsewhere. What programs logged is text and stays text.</summary>
internal static class ComparisonReport
{
    private const int MostColumns = 12, MostRows = 50, SideBySide = 8;

    private const string Style = """
        body{font:14px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:1180px;padding:0 1rem;color:#1b1f24}
        h1{font-size:1.5rem;margin-bottom:.2rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}p.about{color:#5b6470;margin-top:0}
        table{border-collapse:collapse;font-size:13px}th,td{text-align:left;padding:3px 10px;border-bottom:1px solid #e3e6ea;white-space:nowrap;max-width:22em;overflow:hidden;text-overflow:ellipsis}
        th{color:#5b6470;font-weight:600}td.n{text-align:right;font-variant-numeric:tabular-nums}tr.d td:first-child{font-weight:600}tr.s{color:#8a929c}
        .wide{overflow-x:auto}svg{max-width:100%;height:auto}svg text{font:11px system-ui,sans-serif;fill:#5b6470}.front{background:#fff6d6}
        """;

    public static string Write(ComparisonView view)
    {
        StringBuilder page = new();
        page.Append("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Runs compared</title><style>").Append(Style).Append("</style></head><body>");
        page.Append("<h1>").Append(Number(view.Total)).Append(" runs compared</h1><p class=\"about\">");
        page.Append(Text(view.Goals.Count == 0 ? "No goal was given." : $"Goals: {string.Join(", ", view.Goals.Select(g => $"{g.Metric} {(g.Maximize ? "as large" : "as small")} as can be"))}. The best {view.Runs.Count} are shown.")).Append("</p>");
        Importance(page, view);
        Drawing(page, "Parameters and goals", ParallelCoordinates.Draw(view));
        Drawing(page, "Two goals at once", FrontChart.Draw(view));
        foreach (IGrouping<string, CurveView> metric in view.Curves.GroupBy(c => c.Metric, StringComparer.Ordinal))
            Drawing(page, $"{metric.Key} by step", CurveChart.Draw([.. metric], view.Runs));
        Runs(page, view);
        page.Append("<h2>Side by side</h2>");
        SideBySideTable(page, view);
        return page.Append("</body></html>").ToString();
    }

    internal static string Text(string? text) => WebUtility.HtmlEncode(text ?? "");

    internal static string Number(double? value) => value switch
    {
        null => "",
        { } v when !double.IsFinite(v) => v.ToString(CultureInfo.InvariantCulture),
        { } v when v == Math.Floor(v) && Math.Abs(v) < 1e9 => v.ToString("#,0", CultureInfo.InvariantCulture),
        { } v => v.ToString("G5", CultureInfo.InvariantCulture),
    };

    private static void Drawing(StringBuilder page, string title, string? svg)
    {
        if (svg is not null)
            page.Append("<h2>").Append(Text(title)).Append("</h2>").Append(svg);
    }

    private static void Importance(StringBuilder page, ComparisonView view)
    {
        if (view.Goals is not [GoalView goal, ..])
            return;
        page.Append("<h2>").Append(Text($"What {goal.Metric} depends on")).Append("</h2>");
        if (view.NoImportance is { } why)
            page.Append("<p class=\"about\">Not known: ").Append(Text(why)).Append(".</p>");
        if (view.Importance.Count == 0)
            return;
        page.Append("<table>");
        foreach (ParameterShare share in view.Importance.Take(MostColumns))
        {
            page.Append("<tr><td>").Append(Text(share.Parameter)).Append("</td><td class=\"n\">").Append((100 * share.Share).ToString("0.0", CultureInfo.InvariantCulture))
                .Append(CultureInfo.InvariantCulture, $" %</td><td><svg width=\"300\" height=\"12\"><rect width=\"{(300 * share.Share):0.#}\" height=\"12\" fill=\"#3b6fb6\"/></svg></td></tr>");
        }
        page.Append("</table>");
    }

    private static void Runs(StringBuilder page, ComparisonView view)
    {
        HashSet<string> front = [.. view.Front.Select(f => f.Id)];
        List<ComparedTextView> parameters = [.. view.Parameters.Where(p => p.Differs).Take(MostColumns)];
        List<ComparedMetricView> metrics = [.. view.Goals.Select(g => view.Metrics.FirstOrDefault(m => m.Name == g.Metric)).OfType<ComparedMetricView>()
            .Concat(view.Metrics.Where(m => m.Differs)).DistinctBy(m => m.Name).Take(MostColumns)];
        page.Append("<h2>Runs</h2><div class=\"wide\"><table><tr><th>run</th><th>status</th>");
        foreach (string title in parameters.Select(p => p.Name).Concat(metrics.Select(m => m.Name)))
            page.Append("<th>").Append(Text(title)).Append("</th>");
        page.Append("</tr>");
        for (int i = 0; i < Math.Min(MostRows, view.Runs.Count); i++)
        {
            TrackedRunView run = view.Runs[i];
            page.Append(front.Contains(run.Id) ? "<tr class=\"front\">" : "<tr>").Append("<td title=\"").Append(Text(run.Id)).Append("\">").Append(Text(run.Name)).Append("</td><td>")
                .Append(Text(run.Status.ToString().ToLowerInvariant())).Append("</td>");
            foreach (ComparedTextView parameter in parameters)
                page.Append("<td>").Append(Text(parameter.Values[i])).Append("</td>");
            foreach (ComparedMetricView metric in metrics)
                page.Append("<td class=\"n\">").Append(Number(metric.Values[i])).Append("</td>");
            page.Append("</tr>");
        }
        page.Append("</table></div>");
        if (view.Front.Count > 0)
            page.Append("<p class=\"about\">On yellow: no other run is better in every goal. ").Append(Number(view.Front.Count)).Append(" of all runs are.</p>");
    }

    private static void SideBySideTable(StringBuilder page, ComparisonView view)
    {
        int columns = Math.Min(SideBySide, view.Runs.Count);
        page.Append("<div class=\"wide\"><table><tr><th></th>");
        foreach (TrackedRunView run in view.Runs.Take(columns))
            page.Append("<th title=\"").Append(Text(run.Id)).Append("\">").Append(Text(run.Name)).Append("</th>");
        page.Append("</tr>");
        foreach ((string kind, IReadOnlyList<ComparedTextView> texts) in ((string, IReadOnlyList<ComparedTextView>)[])[("parameter", view.Parameters), ("", view.Sources)])
        {
            foreach (ComparedTextView text in texts)
                Row(page, $"{kind} {text.Name}".Trim(), text.Differs, text.Values.Take(columns).Select(Text), numbers: false);
        }
        foreach (ComparedMetricView metric in view.Metrics.Take(200))
            Row(page, "metric " + metric.Name, metric.Differs, metric.Values.Take(columns).Select(v => Number(v)), numbers: true);
        foreach (ComparedTextView file in view.Artifacts.Take(200))
            Row(page, "file " + file.Name, file.Differs, file.Values.Take(columns).Select(v => Text(v?.Split(':')[^1] is { Length: > 12 } hash ? hash[..12] : v)), numbers: false);
        page.Append("</table></div>");
    }

    private static void Row(StringBuilder page, string name, bool differs, IEnumerable<string> cells, bool numbers)
    {
        page.Append(differs ? "<tr class=\"d\"><td>" : "<tr class=\"s\"><td>").Append(Text(name)).Append("</td>");
        foreach (string cell in cells)
            page.Append(numbers ? "<td class=\"n\">" : "<td>").Append(cell).Append("</td>");
        page.Append("</tr>");
    }
}
