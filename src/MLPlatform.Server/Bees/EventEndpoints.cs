using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Bees;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;
using MLPlatform.Storage.Bees;

namespace MLPlatform.Server.Bees;

/// <summary>CloudEvents 1.0 over HTTP: structured, binary and batched.</summary>
internal static class EventEndpoints
{
    private const string One = "application/cloudevents+json";
    private const string Many = "application/cloudevents-batch+json";

    public static void MapEvents(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/v1/bees/sources/{source}/events", SendEvents).WithName(nameof(SendEvents)).WithTags("Bees").RequireAuthorization(Permissions.Edit)
            .Accepts<JsonElement>(One, Many, "application/json")
            .WithSummary("Keep CloudEvents 1.0, each once by its source and id: structured, batched, or binary with headers ce-NAME.")
            .ProducesProblem(400).ProducesProblem(404).ProducesProblem(507).ProducesProblem(503);

    private static async Task<Results<Ok<EventsAnswer>, ProblemHttpResult>> SendEvents(
        string source, HttpRequest request, ClaimsPrincipal user, EventLogs events, IOptions<BeesOptions> options, CancellationToken cancel)
    {
        (ReadOnlyMemory<byte> body, string? unreadable) = await BodyReader.ReadAsync(request, options.Value.RequestBytes, cancel);
        if (unreadable is not null)
            return Problem.Of(400, "BEES-056", unreadable);
        (List<CloudEvent> read, string? problem) = Read(request, body);
        if (problem is not null)
            return Problem.Of(400, "BEES-065", $"{problem}. Nothing of the request was kept.", "Send CloudEvents 1.0: specversion, id, source and type are text.");
        try
        {
            return await events.KeepAsync(source, "http." + Senders.Of(user.Name), read, cancel) is { } answer
                ? TypedResults.Ok(answer) : Problem.Of(404, "BEES-053", Collector.NoSource(source));
        }
        catch (ActivityException refused)
        {
            return CollectorEndpoints.Refused(refused);
        }
    }

    private static (List<CloudEvent> Events, string? Problem) Read(HttpRequest request, ReadOnlyMemory<byte> body)
    {
        string type = request.ContentType?.Split(';')[0].Trim().ToLowerInvariant() ?? "";
        if (type is not (One or Many))
        {
            var attributes = request.Headers.Where(h => h.Key.StartsWith("ce-", StringComparison.OrdinalIgnoreCase))
                .ToDictionary(h => h.Key[3..].ToLowerInvariant(), h => Uri.UnescapeDataString(h.Value.ToString()));
            (CloudEvent? binary, string? wrong) = CloudEvent.Binary(attributes, request.ContentType, body);
            return binary is null ? ([], $"The event of the headers cannot be taken: {wrong}") : ([binary], null);
        }
        try
        {
            JsonElement json = JsonElement.Parse(body.Span);
            if (type == Many && json.ValueKind != JsonValueKind.Array)
                return ([], "A batch of events is a JSON list");
            List<CloudEvent> events = [];
            foreach (JsonElement each in type == Many ? [.. json.EnumerateArray()] : new[] { json })
            {
                (CloudEvent? one, string? wrong) = CloudEvent.Structured(each);
                if (one is null)
                    return ([], $"Event {events.Count} cannot be taken: {wrong}");
                events.Add(one);
            }
            return (events, null);
        }
        catch (JsonException e)
        {
            return ([], $"The body is not JSON: {e.Message}");
        }
    }
}
