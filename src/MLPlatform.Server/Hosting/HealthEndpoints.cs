namespace MLPlatform.Server.Hosting;

/// <summary>What load balancers and scripts ask.</summary>
internal static class HealthEndpoints
{
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/healthz", () => TypedResults.Ok(new Health("ok"))).AllowAnonymous().WithTags("System").WithName("Healthz")
            .WithSummary("Whether the process answers.");
        app.MapGet("/readyz", () => TypedResults.Ok(new Health("ready"))).AllowAnonymous().WithTags("System").WithName("Readyz")
            .WithSummary("Whether the store answers and runs can start.");
    }

    internal sealed record Health(string Status);
}
