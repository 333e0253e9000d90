using System.Globalization;
using System.Text;
using MLPlatform.Activities.Evaluation;

namespace MLPlatform.Activities.Data.Checks;

/// <summary>A check as a page: the verdict, every expectation with the rows that break it, drift, and a profile of every column.</summary>
internal static class CheckPage
{
    public static string Render(string title, IReadOnlyList<CheckOutcome> outcomes, TableProfile profile)
    {
        int broken = outcomes.Count(o => !o.Passed && o.Severity == Severity.Blocking), warnings = outcomes.Count(o => !o.Passed && o.Severity == Severity.Warning);
        string body = $"<style>{Style}</style>"
            + Verdict(outcomes.Count, broken, warnings)
            + Page.Cards(Cards(outcomes.Count, broken, warnings, profile))
            + (outcomes.Count == 0 ? "" : Page.Panel("Expectations", "In the order of the pipeline file. Rows that break one can be unfolded.", Expectations(outcomes)))
            + Drifts(outcomes)
            + $"<h2 class=\"part\">Columns</h2><div class=\"profiles\">{string.Concat(profile.Columns.Select(ProfileCard.Render))}</div>";
        return Page.Render(title, $"Check of a table of {Page.Count(profile.Rows)} rows and {profile.Columns.Count} columns; every figure is exact", body);
    }

    private static string Verdict(int all, int broken, int warnings)
    {
        (string style, string text) = (all, broken, warnings) switch
        {
            (0, _, _) => ("", "Nothing was expected; this is a profile alone."),
            (_, > 0, _) => ("rejected", broken == 1 ? "A blocking expectation is broken." : $"{broken} blocking expectations are broken."),
            (_, _, > 0) => ("warned", warnings == 1 ? "Everything that blocks holds; one warning." : $"Everything that blocks holds; {warnings} warnings."),
            _ => ("passed", all == 1 ? "The expectation holds." : $"All {all} expectations hold."),
        };
        return $"<p class=\"verdict {style}\">{text}</p>";
    }

    private static IEnumerable<(string, string, string)> Cards(int all, int broken, int warnings, TableProfile profile)
    {
        long cells = profile.Rows * profile.Columns.Count, missing = profile.Columns.Sum(c => c.Missing);
        yield return ("Rows", Page.Count(profile.Rows), $"in {profile.Columns.Count} columns");
        if (all > 0)
        {
            yield return ("Hold", $"{all - broken - warnings} of {all}", "expectations");
            yield return ("Broken", Page.Count(broken), "that block");
            yield return ("Warnings", Page.Count(warnings), "that are told");
        }
        yield return ("Missing", Percent(missing, cells), $"{Page.Count(missing)} of {Page.Count(cells)} values");
    }

    private static string Expectations(IReadOnlyList<CheckOutcome> outcomes)
    {
        StringBuilder html = new("<ul class=\"expectations\">");
        foreach (CheckOutcome outcome in outcomes)
        {
            (string style, string word) = outcome switch
            {
                { Passed: true } => ("ok", "holds"),
                { Severity: Severity.Blocking } => ("no", "broken"),
                _ => ("hm", "warning"),
            };
            html.Append($"<li><span class=\"chip {style}\">{word}</span><div><strong>{Page.Escape(outcome.Name)}</strong><span class=\"found\">{Page.Escape(outcome.Message)}</span>");
            if (outcome.Examples.Count > 0)
                html.Append("<details><summary>").Append(outcome.Examples.Count == 1 ? "An example" : $"{outcome.Examples.Count} examples").Append("</summary><pre>")
                    .AppendJoin("\n", outcome.Examples.Select(e => Page.Escape(e.ValueKind == System.Text.Json.JsonValueKind.String ? e.GetString()! : e.GetRawText()))).Append("</pre></details>");
            html.Append("</div></li>");
        }
        return html.Append("</ul>").ToString();
    }

    private static string Drifts(IReadOnlyList<CheckOutcome> outcomes)
    {
        List<ColumnDrift> drifts = [.. outcomes.SelectMany(o => o.Drifts ?? [])];
        if (drifts.Count == 0)
            return "";
        IEnumerable<string> panels = drifts.Select(d => Page.Panel(d.Column,
            $"Stability index {Page.Figure(d.Psi)}" + (d.Ks is null ? "" : $", KS distance {Page.Figure(d.Ks)} ({(d.KsPValue < 0.001 ? "p < 0.001" : $"p {Page.Figure(d.KsPValue, "0.###")}")})"),
            ColumnBars.Drift(d)));
        return "<h2 class=\"part\">Compared with the reference<span><i class=\"key\" style=\"background:var(--main)\"></i>this table<i class=\"key\" style=\"background:var(--other)\"></i>reference</span></h2>"
            + $"<div class=\"grid\">{string.Concat(panels)}</div>";
    }

    /// <summary>A part as a percentage that never rounds something to nothing.</summary>
    public static string Percent(long part, long all)
    {
        double share = all == 0 ? 0 : 100.0 * part / all;
        return part == 0 ? "0 %" : share < 0.01 ? "< 0.01 %" : part < all && share > 99.99 ? "> 99.99 %" : share.ToString("0.##", CultureInfo.InvariantCulture) + " %";
    }

    private const string Style = """
        .warned { border-left-color: var(--other); }
        .part { font-size: 19px; margin: 30px 0 12px; letter-spacing: -.01em; display: flex; justify-content: space-between; align-items: baseline; flex-wrap: wrap; }
        .part span { font-size: 13px; font-weight: 400; color: var(--soft); }
        .expectations { list-style: none; margin: 0; padding: 0; }
        .expectations li { display: grid; grid-template-columns: 74px minmax(0, 1fr); gap: 12px; padding: 9px 0; border-top: 1px solid var(--edge); align-items: start; }
        .expectations li:first-child { border-top: 0; padding-top: 2px; }
        .expectations strong { font-weight: 600; overflow-wrap: anywhere; }
        .found { display: block; color: var(--soft); font-size: 13.5px; overflow-wrap: anywhere; }
        .chip { font-size: 12px; font-weight: 600; padding: 1px 0; border-radius: 20px; text-align: center; margin-top: 2px; border: 1px solid currentColor; }
        .chip.ok { color: var(--good); } .chip.no { color: var(--panel); background: var(--bad); border-color: var(--bad); } .chip.hm { color: var(--other); }
        details summary { cursor: pointer; font-size: 13px; color: var(--main); margin-top: 3px; width: max-content; }
        pre { margin: 6px 0 2px; padding: 10px 12px; background: var(--back); border: 1px solid var(--edge); border-radius: 8px; overflow-x: auto; font: 12px/1.55 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
        .profiles { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(340px, 100%), 1fr)); gap: 16px; }
        .profile { background: var(--panel); border: 1px solid var(--edge); border-radius: 10px; padding: 14px 16px 12px; min-width: 0; display: flex; flex-direction: column; }
        .profile h3 { margin: 0; font-size: 15px; display: flex; justify-content: space-between; gap: 10px; align-items: baseline; }
        .profile h3 b { font-weight: 650; overflow-wrap: anywhere; }
        .profile h3 i { font: 500 12px/1.6 inherit; font-style: normal; color: var(--soft); background: var(--back); border: 1px solid var(--edge); border-radius: 6px; padding: 0 7px; }
        .filled { height: 4px; border-radius: 2px; background: var(--edge); margin: 8px 0 3px; overflow: hidden; }
        .filled div { height: 100%; background: var(--good); }
        .filled .some { background: var(--other); }
        .note { font-size: 12.5px; color: var(--soft); display: flex; justify-content: space-between; gap: 8px; flex-wrap: wrap; }
        .profile svg { margin: 10px 0 6px; }
        .profile dl { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 6px 10px; margin: auto 0 0; padding-top: 8px; border-top: 1px solid var(--edge); font-variant-numeric: tabular-nums; }
        .profile dl.two { grid-template-columns: repeat(2, minmax(0, 1fr)); }
        .profile dt { font-size: 11.5px; color: var(--soft); } .profile dd { margin: 0; font-size: 13px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
        .tops { margin: 10px 0 8px; font-size: 12.5px; }
        .tops div { position: relative; display: flex; justify-content: space-between; gap: 12px; padding: 1.5px 6px; margin-bottom: 2px; border-radius: 3px; overflow: hidden; font-variant-numeric: tabular-nums; }
        .tops div::before { content: ""; position: absolute; inset: 0 auto 0 0; width: var(--w); background: var(--tint); border-radius: 3px; }
        .tops span { position: relative; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; } .tops span:last-child { color: var(--soft); flex: none; }
        .tops .none span:first-child { font-style: italic; color: var(--soft); }
        """;
}
