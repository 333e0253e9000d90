using System.Globalization;
using System.Text;
using System.Text.Json;
using MLPlatform.Activities.Evaluation;

namespace MLPlatform.Activities.Data.Checks;

/// <summary>One column on the page: how full it is, how its values lie, and its figures.</summary>
internal static class ProfileCard
{
    private const int MostTop = 7;

    public static string Render(ColumnProfile column)
    {
        StringBuilder html = new($"<section class=\"profile\"><h3><b>{Page.Escape(column.Name)}</b><i>{column.Type}</i></h3>");
        double filled = column.Rows == 0 ? 0 : 100.0 * (column.Rows - column.Missing) / column.Rows;
        html.Append(CultureInfo.InvariantCulture, $"<div class=\"filled\"><div class=\"{(column.Missing > 0 ? "some" : "")}\" style=\"width:{filled:0.##}%\"></div></div>");
        html.Append($"<div class=\"note\"><span>{(column.Missing == 0 ? "no value missing" : $"{CheckPage.Percent(column.Missing, column.Rows)} missing ({Page.Count(column.Missing)})")}</span><span>{Page.Count(column.Distinct)} distinct</span></div>");
        if (column.Histogram is { } histogram)
            html.Append(ColumnBars.Histogram(column, histogram));
        else
            Top(html, column);
        Figures(html, column);
        return html.Append("</section>").ToString();
    }

    private static void Top(StringBuilder html, ColumnProfile column)
    {
        long values = column.Rows - column.Missing;
        long most = column.Top.Count == 0 ? 1 : column.Top[0].Rows;
        html.Append("<div class=\"tops\">");
        foreach (ValueCount top in column.Top.Take(MostTop))
        {
            string text = top.Value.ValueKind == JsonValueKind.String ? top.Value.GetString()! : top.Value.GetRawText();
            bool blank = string.IsNullOrWhiteSpace(text);
            html.Append(CultureInfo.InvariantCulture, $"<div class=\"{(blank ? "none" : "")}\" style=\"--w:{100.0 * top.Rows / most:0.#}%\"><span title=\"{Page.Escape(text)}\">{(blank ? "blank" : Page.Escape(text))}</span><span>{CheckPage.Percent(top.Rows, values)}</span></div>");
        }
        long others = values - column.Top.Take(MostTop).Sum(t => t.Rows);
        if (others > 0)
            html.Append($"<div class=\"none\"><span>{Page.Count(column.Distinct - MostTop)} others</span><span>{CheckPage.Percent(others, values)}</span></div>");
        html.Append("</div>");
    }

    private static void Figures(StringBuilder html, ColumnProfile column)
    {
        List<(string Name, string Value)> figures = [];
        bool instants = column.Type == "timestamp";
        if (column.Min is { } min)
            figures.AddRange([("min", Value(min)), .. instants ? Array.Empty<(string, string)>() : [("mean", Page.Figure(column.Mean, "0.###")), ("deviation", Page.Figure(column.Deviation, "0.###"))], ("max", Value(column.Max!.Value))]);
        if (column.Quantiles.Count > 0)
            figures.AddRange(column.Quantiles.Where(q => instants ? q.Share is 0.25 or 0.75 : q.Share is 0.05 or 0.25 or 0.5 or 0.75 or 0.95).Select(q => (q.Share == 0.5 ? "median" : $"{Page.Figure(100 * q.Share)} %", Value(q.Value))));
        if (column.Zeros is { } zeros)
            figures.AddRange([("zeros", Page.Count(zeros)), ("negative", Page.Count(column.Negative ?? 0))]);
        if (column.NotFinite > 0)
            figures.Add(("not finite", Page.Count(column.NotFinite)));
        if (column.Lengths is { } lengths)
            figures.AddRange([("shortest", Page.Count(lengths.Min)), ("mean length", Page.Figure(lengths.Mean, "0.#")), ("longest", Page.Count(lengths.Max)), ("blank", Page.Count(column.Blank ?? 0))]);
        if (figures.Count == 0)
            return;
        html.Append($"<dl class=\"{(instants ? "two" : "")}\">");
        foreach ((string name, string value) in figures)
            html.Append($"<div><dt>{name}</dt><dd title=\"{Page.Escape(value)}\">{Page.Escape(value)}</dd></div>");
        html.Append("</dl>");
    }

    private static string Value(JsonElement value) => value.ValueKind == JsonValueKind.Number
        ? value.GetDouble().ToString(Math.Abs(value.GetDouble()) >= 1e15 ? "0.#####e0" : "#,0.####", CultureInfo.InvariantCulture)
        : value.GetString()!.Replace("T", " ").Replace("Z", "");
}
