using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Console;

/// <summary>The web console at <c>/</c>, from the same origin as the API; where it was not built, the plain <see cref="HomePage"/>.</summary>
internal static class ConsoleEndpoints
{
    /// <summary>First parts of the console's addresses; each of them is answered with its one page.</summary>
    internal static readonly string[] Pages =
        ["runs", "pipelines", "designer", "data", "models", "deployments", "experiments", "resources", "alarms", "workspaces", "settings"];

    // Styles may stand in the page because components measure and colour themselves; scripts only come as files from here.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; "
        + "worker-src 'self'; frame-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    private static readonly string[] Reads = [HttpMethods.Get, HttpMethods.Head];

    public static IServiceCollection AddConsole(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<ConsoleOptions>().BindConfiguration("Console").ValidateDataAnnotations();
        return services.AddSingleton<ConsoleFiles>();
    }

    public static void MapConsole(this IEndpointRouteBuilder app)
    {
        if (!app.ServiceProvider.GetRequiredService<ConsoleFiles>().Any)
        {
            app.MapHome();
            return;
        }
        RouteGroupBuilder console = app.MapGroup("").AllowAnonymous().ExcludeFromDescription();
        console.MapMethods("/", Reads, ShowPage);
        foreach (string page in Pages)
            console.MapMethods($"/{page}/{{**rest}}", Reads, ShowPage);
        console.MapMethods("/icon.svg", Reads, (HttpContext context, ConsoleFiles files) => Show(context, files, "icon.svg"));
        console.MapMethods("/assets/{**path}", Reads, (string path, HttpContext context, ConsoleFiles files) => Show(context, files, $"assets/{path}"));
    }

    private static Results<PhysicalFileHttpResult, ProblemHttpResult> ShowPage(HttpContext context, ConsoleFiles files)
    {
        context.Response.Headers.ContentSecurityPolicy = Policy;
        context.Response.Headers["Referrer-Policy"] = "no-referrer";
        context.Response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        return Show(context, files, "index.html");
    }

    private static Results<PhysicalFileHttpResult, ProblemHttpResult> Show(HttpContext context, ConsoleFiles files, string name)
    {
        if (files.Find(name) is not { } file)
            return Problem.NotFound($"file '{name}' of the console", "Reload the page: the console was probably built anew.");
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
            : Problem.NotFound($"file '{name}' of the console", "It was removed since the server started. Start the server again.");
    }
}
