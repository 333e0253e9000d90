using System.Globalization;
using System.Net;
using System.Text;

namespace MLPlatform.Activities.Evaluation;

/// <summary>A self-contained page, readable in light and dark: one file, no script, nothing fetched.</summary>
internal static class Page
{
    public static string Escape(string text) => WebUtility.HtmlEncode(text);

    /// <summary>A figure in the given format, a very small one in three digits instead of as nothing; or a dash.</summary>
    public static string Figure(double? value, string format = "0.####") => value is not { } number || !double.IsFinite(number)
        ? "–"
        : number.ToString(Math.Abs(number) is > 1e-12 and < 0.001 ? Small(Math.Abs(number)) : format, CultureInfo.InvariantCulture);

    /// <summary>A difference, with its sign.</summary>
    public static string Signed(double value) => value > 0 ? "+" + Figure(value) : Figure(value);

    private static string Small(double number) => "0." + new string('#', (int)Math.Ceiling(-Math.Log10(number)) + 2);

    public static string Count(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    public static string Render(string title, string subtitle, string body) => $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{Escape(title)}</title>
        <style>
        {Style}
        </style>
        </head>
        <body>
        <main>
        <header><h1>{Escape(title)}</h1><p>{Escape(subtitle)}</p></header>
        {body}
        </main>
        </body>
        </html>

        """;

    /// <summary>Cards with one large figure each.</summary>
    public static string Cards(IEnumerable<(string Name, string Value, string Note)> cards)
    {
        var html = new StringBuilder("<section class=\"cards\">");
        foreach ((string name, string value, string note) in cards)
            html.Append($"<div class=\"card\"><h2>{Escape(name)}</h2><strong{(value.Length > 10 ? " class=\"long\"" : "")}>{Escape(value)}</strong><span>{Escape(note)}</span></div>");
        return html.Append("</section>").ToString();
    }

    public static string Panel(string title, string note, string content, string style = "") =>
        $"<section class=\"panel {style}\"><h2>{Escape(title)}</h2><p>{Escape(note)}</p>{content}</section>";

    public static string Table(IEnumerable<string> head, IEnumerable<IEnumerable<string>> rows)
    {
        var html = new StringBuilder("<div class=\"scroll\"><table><thead><tr>");
        foreach (string cell in head)
            html.Append($"<th>{Escape(cell)}</th>");
        html.Append("</tr></thead><tbody>");
        foreach (IEnumerable<string> row in rows)
            html.Append("<tr>").AppendJoin("", row.Select(c => $"<td>{Escape(c)}</td>")).Append("</tr>");
        return html.Append("</tbody></table></div>").ToString();
    }

    private const string Style = """
        :root { color-scheme: light dark; --back: #f6f7f9; --panel: #fff; --text: #1b2430; --soft: #5d6877; --edge: #e1e5ea; --grid: #e9edf1; --main: #2563c9; --tint: #2563c91f; --other: #c2571a; --good: #1a7f4b; --bad: #b3261e; }
        @media (prefers-color-scheme: dark) { :root { --back: #12161c; --panel: #1a2029; --text: #e6eaf0; --soft: #98a4b3; --edge: #2a323d; --grid: #262e38; --main: #6ea8ff; --tint: #6ea8ff26; --other: #ff9f68; --good: #5fd39b; --bad: #ff8a80; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
        main { max-width: 1180px; margin: 0 auto; padding: 28px 20px 48px; }
        header h1 { margin: 0; font-size: 26px; line-height: 1.2; letter-spacing: -.01em; }
        header p { margin: 4px 0 22px; color: var(--soft); }
        .cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(164px, 1fr)); gap: 12px; margin-bottom: 16px; }
        .card, .panel { background: var(--panel); border: 1px solid var(--edge); border-radius: 10px; }
        .card { padding: 12px 16px 14px; }
        .card h2 { margin: 0; font-size: 13px; font-weight: 500; color: var(--soft); }
        .card strong { display: block; font-size: 26px; line-height: 1.25; font-weight: 650; font-variant-numeric: tabular-nums; }
        .card .long { font-size: 17px; line-height: 1.91; }
        .card span { font-size: 12.5px; color: var(--soft); }
        .grid { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(480px, 100%), 1fr)); gap: 16px; }
        .panel { padding: 16px 18px; min-width: 0; }
        .panel h2 { margin: 0; font-size: 16px; }
        .panel p { margin: 2px 0 10px; font-size: 13px; color: var(--soft); }
        .wide { margin-top: 16px; }
        svg { display: block; width: 100%; height: auto; }
        svg text { fill: var(--soft); font-size: 11px; font-variant-numeric: tabular-nums; }
        svg .axis { font-size: 12px; }
        line.grid { stroke: var(--grid); }
        .reference { stroke: var(--soft); stroke-dasharray: 4 4; opacity: .7; }
        .line { fill: none; stroke: var(--main); stroke-width: 2; stroke-linejoin: round; }
        .thin { stroke-width: 1.5; }
        .area { fill: var(--tint); }
        .dot { fill: var(--main); stroke: var(--panel); stroke-width: 1.5; }
        .bar { fill: var(--main); fill-opacity: .75; }
        .bar2 { fill: var(--other); fill-opacity: .75; }
        .scroll { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th, td { padding: 5px 10px; text-align: right; border-bottom: 1px solid var(--edge); white-space: nowrap; }
        th:first-child, td:first-child { text-align: left; padding-left: 0; white-space: normal; }
        th { font-size: 12.5px; font-weight: 500; color: var(--soft); }
        tr:last-child td { border-bottom: 0; }
        .key { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin: 0 5px 0 12px; }
        .verdict { font-size: 18px; font-weight: 600; margin: 0 0 16px; padding: 14px 18px; border-radius: 10px; border: 1px solid var(--edge); border-left-width: 5px; background: var(--panel); }
        .passed { border-left-color: var(--good); } .rejected { border-left-color: var(--bad); }
        """;
}
