using System.Globalization;
using System.Net;
using System.Text;
using MLPlatform.Core.Scheduling.Simulation;
using MLPlatform.Server.Experiments.Report;

namespace MLPlatform.Cli.Simulate;

/// <summary>What a simulation found as one page: plots and tables, no scripts and nothing from elsewhere.</summary>
internal static class SimulationPage
{
    private const string Style = """
        body{font:14px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:1140px;padding:0 1rem;color:#1b1f24}
        h1{font-size:1.5rem;margin-bottom:.2rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}p.about{color:#5b6470;margin-top:0}
        table{border-collapse:collapse;font-size:13px}th,td{text-align:left;padding:3px 10px;border-bottom:1px solid #e3e6ea;white-space:nowrap}th{color:#5b6470;font-weight:600}
        td+td{text-align:right;font-variant-numeric:tabular-nums}.wide{overflow-x:auto}svg{max-width:100%;height:auto}svg text{font:11px system-ui,sans-serif;fill:#5b6470}
        """;

    // From here on policies differ; before, all of them place all that comes.
    private const int From = 70;

    public static string Placement(IReadOnlyList<PlacementCommand.PlacementOutcome> outcomes)
    {
        StringBuilder page = Begin("Where work is placed", "Pods arrive one by one and stay; one that fits nowhere is dropped. The more GPUs are taken in the end, the fewer the policy left unusable.");
        foreach (IGrouping<string, PlacementCommand.PlacementOutcome> workload in outcomes.GroupBy(o => o.Workload, StringComparer.Ordinal))
        {
            page.Append("<h2>").Append(Text(workload.Key)).Append("</h2>");
            page.Append(LineChart.Draw("% of the GPUs asked for", "% taken", [.. workload.Select(o => (o.Policy, Points(o.Curve)))]));
            Table(page, ["policy", "taken at 100 % arrived", "in the end", "spread", "lowest", "highest"], workload.Select(o => (IReadOnlyList<string>)[o.Policy, o.AtHundred is { } at ? Figure(at) : "", Figure(o.AtEnd), Figure(o.Spread), Figure(o.Lowest), Figure(o.Highest)]));
        }
        return End(page);
    }

    public static string Queue(IReadOnlyList<QueueOutcome> outcomes)
    {
        StringBuilder page = Begin("When work starts", $"Jobs wait for {outcomes[0].Gpus.ToString("N0", CultureInfo.InvariantCulture)} devices, hold them until they end and are never stopped.");
        page.Append("<h2>Share of jobs that waited no longer</h2>");
        page.Append(LineChart.Draw("log10 of the wait in s", "% of jobs", [.. outcomes.Select(o => (o.Policy, Waits(o.Result)))]));
        Table(page, QueueCommand.Titles, outcomes.Select(QueueCommand.Row));
        return End(page);
    }

    private static IReadOnlyList<(double X, double Y)> Points(IReadOnlyList<double> curve) => [.. curve.Select((y, x) => ((double)x, y)).Where(p => p.Item1 >= From)];

    private static IReadOnlyList<(double X, double Y)> Waits(QueueResult result) => [.. result.WaitPercentiles.Select((wait, i) => (Math.Log10(Math.Max(1, wait)), (double)i))];

    private static StringBuilder Begin(string title, string about) => new StringBuilder("<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>").Append(Text(title)).Append("</title><style>").Append(Style)
        .Append("</style></head><body><h1>").Append(Text(title)).Append("</h1><p class=\"about\">").Append(Text(about)).Append("</p>");

    private static string End(StringBuilder page) => page.Append("</body></html>").ToString();

    private static void Table(StringBuilder page, IReadOnlyList<string> titles, IEnumerable<IReadOnlyList<string>> rows)
    {
        page.Append("<div class=\"wide\"><table><tr>").AppendJoin("", titles.Select(t => $"<th>{Text(t)}</th>")).Append("</tr>");
        foreach (IReadOnlyList<string> row in rows)
            page.Append("<tr>").AppendJoin("", row.Select(cell => $"<td>{Text(cell)}</td>")).Append("</tr>");
        page.Append("</table></div>");
    }

    private static string Text(string text) => WebUtility.HtmlEncode(text);

    private static string Figure(double value) => value.ToString("F2", CultureInfo.InvariantCulture);
}
