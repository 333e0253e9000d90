using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Lineage;
using MLPlatform.Core.Lineage.OpenLineage;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Lineage;

/// <summary>Takes OpenLineage events of other systems, such as Spark, dbt and Airflow.</summary>
internal static class OpenLineageEndpoints
{
    private const int MostInBatch = 10_000;

    public static IServiceCollection AddOpenLineage(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<OpenLineageOptions>().BindConfiguration("OpenLineage").ValidateDataAnnotations();
        return services.AddSingleton<ForeignLineage>().AddSingleton<AttemptReader>().AddSingleton<OpenLineageSender>().AddHostedService<OpenLineageEmitter>();
    }

    public static void MapOpenLineage(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder lineage = app.MapGroup("/api/v1/lineage").WithTags("Lineage").RequireAuthorization(Permissions.View);
        lineage.MapPost("", ReceiveLineageEvent).WithName(nameof(ReceiveLineageEvent)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Take an OpenLineage event; the same one again changes nothing.").ProducesProblem(400);
        lineage.MapPost("/batch", ReceiveLineageEvents).WithName(nameof(ReceiveLineageEvents)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Take many OpenLineage events; those that are wrong are told.").ProducesProblem(400);
        lineage.MapGet("/external", GetExternalLineage).WithName(nameof(GetExternalLineage))
            .WithSummary("What a dataset of another system was made of, or what was made of it.").ProducesProblem(400);
    }

    private static async Task<Results<Created, ProblemHttpResult>> ReceiveLineageEvent(JsonElement body, IOpenLineageStore store, CancellationToken cancel)
    {
        (ReceivedEvent? received, IReadOnlyList<string> problems) = ReceivedEvent.Read(body);
        if (received is null)
            return Problem.Of(400, "LINE-002", $"It is no OpenLineage event: {string.Join("; ", problems)}.", "The specification is OpenLineage 2-0-2.");
        await store.PutAsync(received, cancel);
        return TypedResults.Created();
    }

    private static async Task<Results<Ok<BatchView>, ProblemHttpResult>> ReceiveLineageEvents(JsonElement body, IOpenLineageStore store, CancellationToken cancel)
    {
        if (body.ValueKind != JsonValueKind.Array || body.GetArrayLength() > MostInBatch)
            return Problem.Of(400, "LINE-002", $"A batch is a list of at most {MostInBatch} OpenLineage events.");
        List<FailedEventView> failed = [];
        foreach ((int index, JsonElement item) in body.EnumerateArray().Index())
        {
            (ReceivedEvent? received, IReadOnlyList<string> problems) = ReceivedEvent.Read(item);
            if (received is null)
                failed.Add(new FailedEventView(index, string.Join("; ", problems), Retriable: false));
            else
                await store.PutAsync(received, cancel);
        }
        int all = body.GetArrayLength();
        return TypedResults.Ok(new BatchView(failed.Count == 0 ? "success" : "partial_success", new BatchSummary(all, all - failed.Count, failed.Count), failed));
    }

    private static async Task<Results<Ok<LineageGraph>, ProblemHttpResult>> GetExternalLineage(
        string @namespace, string name, LineageDesk desk, CancellationToken cancel, bool down = false) =>
        @namespace.Length == 0 || name.Length == 0
            ? Problem.BadRequest("namespace and name must be given.") : TypedResults.Ok(await desk.OfExternalAsync(new NamedDataset(@namespace, name), down, cancel));
}

/// <summary>What became of a batch, in the words of the specification.</summary>
/// <param name="Status">success or partial_success.</param>
public sealed record BatchView(string Status, BatchSummary Summary, IReadOnlyList<FailedEventView> FailedEvents);

/// <summary>How many events were sent, kept and refused.</summary>
public sealed record BatchSummary(int Received, int Successful, int Failed);

/// <summary>An event that was refused.</summary>
public sealed record FailedEventView(int Index, string Reason, bool Retriable);
