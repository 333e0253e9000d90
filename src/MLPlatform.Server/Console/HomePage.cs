using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Registry;
using MLPlatform.Core.Runs;
using MLPlatform.Server.Access;
using MLPlatform.Server.Hosting;

namespace MLPlatform.Server.Console;

/// <summary>The page at <c>/</c>: plain HTML with the latest runs and models, where the console was not built.</summary>
internal static class HomePage
{
    private const int MostRuns = 25;
    private const string Style =
        "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:62rem;padding:0 1rem;color:#1b1f24;background:#fff}"
        + "table{border-collapse:collapse;width:100%;margin:.5rem 0 2rem}th,td{text-align:left;padding:.3rem .8rem .3rem 0;border-bottom:1px solid #d8dee4}"
        + "code{font-size:.9em}.failed,.cancelled{color:#b3261e}.succeeded{color:#1a7f37}.note{color:#57606a}";

    public static void MapHome(this IEndpointRouteBuilder app) =>
        app.MapGet("/", ShowAsync).AllowAnonymous().ExcludeFromDescription();

    private static async Task<ContentHttpResult> ShowAsync(
        HttpContext context, AuthMode auth, HostSettings settings, IRunStore runs, IModelRegistry registry, CancellationToken cancel)
    {
        StringBuilder page = new();
        page.Append("<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>MLPlatform</title><style>")
            .Append(Style).Append("</style><h1>MLPlatform</h1><p class=\"note\">The web console was not built: <code>./mlp serve</code> builds it where npm (Node.js 20) is installed. ")
            .Append("Until then there are the command <code>mlp</code> and the API: <a href=\"/docs\">browse it</a>, or read its <a href=\"/openapi/v1.json\">OpenAPI document</a>.</p>");
        if (auth.Required)
            page.Append("<p>This server asks for an API token, which a browser cannot send from here: use <code>mlp --server URL</code> with <code>MLP_TOKEN</code>.</p>");
        else
            await ShowStateAsync(page, settings, runs, registry, cancel);
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        return TypedResults.Content(page.Append("</html>").ToString(), "text/html; charset=utf-8");
    }

    private static async Task ShowStateAsync(
        StringBuilder page, HostSettings settings, IRunStore runs, IModelRegistry registry, CancellationToken cancel)
    {
        Page<RunRow> latest = await runs.ListRunsAsync(new RunFilter(), null, MostRuns, cancel);
        page.Append("<h2>Latest runs</h2>");
        Table(page, ["Pipeline", "State", "Created", "Seconds", "Activities", "Run"], latest.Items.Select(r => new[]
        {
            Text(r.Pipeline), State(r.Status), Text(Time(r.CreatedAt)), Text((r.EndedAt - r.CreatedAt)?.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) ?? ""),
            Text($"{r.Counts.Succeeded} of {r.Counts.Total} succeeded"), $"<a href=\"/api/v1/runs/{r.Id}\"><code>{Text(r.Id.ToString())}</code></a>",
        }), "No run yet: try <code>mlp demo</code>.");

        page.Append("<h2>Models</h2>");
        Table(page, ["Model", "Latest version", "Champion", "Updated"], (await registry.ListAsync(cancel)).Select(m => new[]
        {
            $"<a href=\"/api/v1/models/{Uri.EscapeDataString(m.Model)}\">{Text(m.Model)}</a>", Text($"{m.LatestVersion}"), Text($"{m.ChampionVersion}"), Text(Time(m.UpdatedAt)),
        }), "No model is registered yet.");
        page.Append("<p class=\"note\">Home folder <code>").Append(Text(settings.Home)).Append("</code></p>");
    }

    // Cells are HTML already: every text in them went through Text.
    private static void Table(StringBuilder page, string[] titles, IEnumerable<string[]> rows, string none)
    {
        List<string[]> all = [.. rows];
        if (all.Count == 0)
        {
            page.Append("<p class=\"note\">").Append(none).Append("</p>");
            return;
        }
        page.Append("<table><tr>").AppendJoin("", titles.Select(t => $"<th>{Text(t)}</th>")).Append("</tr>");
        foreach (string[] row in all)
            page.Append("<tr>").AppendJoin("", row.Select(cell => $"<td>{cell}</td>")).Append("</tr>");
        page.Append("</table>");
    }

    private static string State(RunStatus status)
    {
        string word = Text(status.ToString().ToLowerInvariant());
        return $"<span class=\"{word}\">{word}</span>";
    }

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}
