namespace MLPlatform.Server.Console;

/// <summary>The page at <c>/</c>: plain HTML until the console comes.</summary>
internal static class HomePage
{
    public static void MapHome(this IEndpointRouteBuilder app) =>
        app.MapGet("/", () => TypedResults.Content("<!doctype html><title>MLPlatform</title>", "text/html; charset=utf-8"))
            .AllowAnonymous().ExcludeFromDescription();
}
