using System.Reflection;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using MLPlatform.Server.Access;
using MLPlatform.Server.Console;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Elsa.Studio;

/// <summary>
/// The page at <c>/elsa/</c>: Elsa Studio's own web components, unmodified, on our Elsa-compatible API. A page of its own, since
/// their style sheets change whatever stands beside them.
/// </summary>
internal static class StudioEndpoints
{
    // WebAssembly has to be compiled; the components bring two scripts of their own, known by their hashes in the version that is pinned; the components style themselves; Monaco starts workers and loads its icons from data.
    private const string Policy =
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'sha256-snlP1jz0gjwc5cTz9ErZcliXuCK63+Mmf68RRCeptgc=' 'sha256-vu6sQrKXQHR4Yn3FMMihA/9TxxfIXnCxKwvLrTPJ5ts='; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
        + "connect-src 'self'; worker-src 'self' blob:; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    private static readonly string[] Reads = [HttpMethods.Get, HttpMethods.Head];
    private static readonly string[] Pages = ["/elsa/", "/elsa/workflows/definitions", "/elsa/workflows/definitions/{id}/edit", "/elsa/workflows/instances", "/elsa/workflows/instances/{id}/view"];

    public static void MapStudio(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder studio = app.MapGroup("").AllowAnonymous().ExcludeFromDescription();
        foreach (string page in Pages)
            studio.MapMethods(page, Reads, ShowPage);
        studio.MapMethods("/elsa/page/{name}", Reads, ShowOwn);
        studio.MapMethods("/elsa/appsettings.json", Reads, () => TypedResults.Text("{}", "application/json"));
        studio.MapMethods("/elsa/_framework/{**path}", Reads, (string path, HttpContext context, StudioFiles files) => Show(context, files, "_framework/" + path));
        studio.MapMethods("/elsa/_content/{**path}", Reads, (string path, HttpContext context, StudioFiles files) => Show(context, files, "_content/" + path));
        studio.MapMethods("/elsa/Elsa.Studio.Host.CustomElements.styles.css", Reads, (HttpContext context, StudioFiles files) => Show(context, files, "Elsa.Studio.Host.CustomElements.styles.css"));
    }

    private static Results<ContentHttpResult, RedirectHttpResult> ShowPage(HttpContext context, StudioFiles files, AuthMode auth)
    {
        if (context.Request.Path == "/elsa")
            return TypedResults.Redirect("/elsa/"); // The page has to lie inside its base.
        IHeaderDictionary headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-cache";
        headers["Referrer-Policy"] = "no-referrer";
        string page = Own(files.Any ? "studio.html" : "absent.html")!.Replace("{{tokens}}", auth.Required ? "required" : "none", StringComparison.Ordinal);
        return TypedResults.Content(page, "text/html; charset=utf-8", Encoding.UTF8, files.Any ? StatusCodes.Status200OK : StatusCodes.Status404NotFound);
    }

    private static Results<ContentHttpResult, ProblemHttpResult> ShowOwn(string name, HttpContext context)
    {
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers.CacheControl = "no-cache";
        return name is "studio.js" or "studio.css" && Own(name) is { } text
            ? TypedResults.Content(text, name.EndsWith(".js", StringComparison.Ordinal) ? "text/javascript; charset=utf-8" : "text/css; charset=utf-8")
            : Problem.NotFound($"file '{name}' of the page");
    }

    private static Results<PhysicalFileHttpResult, ProblemHttpResult> Show(HttpContext context, StudioFiles files, string name)
    {
        if (files.Find(name) is not { } file)
            return Problem.NotFound($"file '{name}' of Elsa Studio");
        string? encoding = file.EncodingFor(context.Request);
        HttpResponse response = context.Response;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.CacheControl = file.Lasting ? "public, max-age=31536000, immutable" : "no-cache";
        if (file.Brotli || file.Gzip)
            response.Headers.Vary = "Accept-Encoding";
        if (encoding is not null)
            response.Headers.ContentEncoding = encoding;
        FileInfo there = new(file.PathFor(encoding));
        return there.Exists
            ? TypedResults.PhysicalFile(there.FullName, file.Type, lastModified: there.LastWriteTimeUtc, entityTag: new EntityTagHeaderValue($"\"{there.LastWriteTimeUtc.Ticks:x}-{there.Length:x}{encoding}\""))
            : Problem.NotFound($"file '{name}' of Elsa Studio", "It was removed since the server started. Start the server again.");
    }

    private static string? Own(string name)
    {
        using Stream? stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("elsa/" + name);
        if (stream is null)
            return null;
        using StreamReader reader = new(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
