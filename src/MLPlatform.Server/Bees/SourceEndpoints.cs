using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Bees;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;
using MLPlatform.Storage.Bees;

namespace MLPlatform.Server.Bees;

/// <summary>Registered sources, the channels of their logs, and the agents that report.</summary>
internal static class SourceEndpoints
{
    public static void MapSources(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder sources = app.MapGroup("/api/v1/bees/sources").WithTags("Bees").RequireAuthorization(Permissions.View);
        sources.MapGet("/", ListSources).WithName(nameof(ListSources)).WithSummary("Registered sources and how their logs stand.");
        sources.MapGet("/{source}", GetSource).WithName(nameof(GetSource)).WithSummary("One source.").ProducesProblem(404);
        sources.MapPut("/{source}", ApplySource).WithName(nameof(ApplySource)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Register a source, or change it.").ProducesProblem(400);
        sources.MapDelete("/{source}", DeleteSource).WithName(nameof(DeleteSource)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Take a source off the list. What arrived stays on disk.").ProducesProblem(404);
        sources.MapGet("/{source}/channels", ListChannels).WithName(nameof(ListChannels))
            .WithSummary("How far channels are durable; only those of an agent, where one is named.").ProducesProblem(404).ProducesProblem(503);
    }

    private static async Task<Ok<List<SourceView>>> ListSources(ISourceStore store, LandingLogs logs, SourceHealth health, CancellationToken cancel)
    {
        List<SourceView> views = [];
        foreach (SourceRow row in await store.ListAsync(cancel))
            views.Add(await ViewAsync(row, logs, health, cancel));
        return TypedResults.Ok(views);
    }

    private static async Task<Results<Ok<SourceView>, ProblemHttpResult>> GetSource(
        string source, ISourceStore store, LandingLogs logs, SourceHealth health, CancellationToken cancel) =>
        await store.FindAsync(source, cancel) is { } row ? TypedResults.Ok(await ViewAsync(row, logs, health, cancel)) : NoSource(source);

    private static async Task<Results<Ok<SourceView>, ProblemHttpResult>> ApplySource(
        string source, SourceDefinition definition, ClaimsPrincipal user, ISourceStore store, LandingLogs logs, SourceHealth health, Audit audit, CancellationToken cancel)
    {
        if (definition.Name != source)
            return Problem.BadRequest($"The definition is of '{definition.Name}', the address of '{source}'.");
        if (definition.Problem() is { } wrong)
            return Problem.Of(400, "BEES-063", $"The source '{source}' cannot be registered: {wrong}.");
        await store.PutAsync(definition, user.Name, cancel);
        await audit.WriteAsync(user, "source.apply", source, new { definition.Kind }, cancel);
        health.Changed();
        return TypedResults.Ok(await ViewAsync((await store.FindAsync(source, cancel))!, logs, health, cancel));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteSource(
        string source, ClaimsPrincipal user, ISourceStore store, LandingLogs logs, SourceHealth health, Audit audit, CancellationToken cancel)
    {
        if (!await store.DeleteAsync(source, cancel))
            return NoSource(source);
        health.Changed();
        await logs.CloseAsync(source);
        await audit.WriteAsync(user, "source.delete", source, null, cancel);
        return TypedResults.NoContent();
    }

    private static async Task<Results<Ok<ChannelPositions>, ProblemHttpResult>> ListChannels(
        string source, LandingLogs logs, TimeProvider time, CancellationToken cancel, string? agent = null)
    {
        try
        {
            if (await logs.FindAsync(source, cancel) is not { } log)
                return NoSource(source);
            IReadOnlyList<ChannelState> channels = await log.ChannelsAsync(c => agent is null || c.Agent == agent, cancel);
            return TypedResults.Ok(new ChannelPositions(time.GetUtcNow(), [.. channels.OrderBy(c => c.Channel, StringComparer.Ordinal)
                .Select(c => new ChannelPosition(c.Channel, c.Path, c.Durable, c.Agent, c.Ended))]));
        }
        catch (ActivityException refused)
        {
            return CollectorEndpoints.Refused(refused);
        }
    }

    private static async Task<SourceView> ViewAsync(SourceRow row, LandingLogs logs, SourceHealth health, CancellationToken cancel)
    {
        string name = row.Definition.Name;
        try
        {
            // A look must not make this home the keeper of a log that has none yet.
            LandingLog? log = row.Home is null ? null : await logs.FindAsync(name, cancel);
            return SourceView.From(row, log?.Now, health.ProblemOf(name));
        }
        catch (ActivityException refused)
        {
            return SourceView.From(row, null, $"{refused.Code} {refused.Message}");
        }
    }

    private static ProblemHttpResult NoSource(string source) => Problem.Of(404, "BEES-053", Collector.NoSource(source));
}
