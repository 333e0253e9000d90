using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
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
        return services.AddSingleton<ForeignLineage>().AddSingleton<ForeignColumns>().AddSingleton<AttemptReader>().AddSingleton<CheckReader>().AddSingleton<CodeReader>().AddSingleton<OpenLineageSender>().AddHostedService<OpenLineageEmitter>();
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
        lineage.MapGet("/sending", GetLineageSending).WithName(nameof(GetLineageSending))
            .WithSummary("Whether events are sent, what is not sent yet, and what the receiver last did instead of taking one.");
        lineage.MapGet("/external/facets", GetExternalFacets).WithName(nameof(GetExternalFacets))
            .WithSummary("What other systems told about a dataset or a job: schema, data quality, column lineage, source code.").ProducesProblem(400);
        lineage.MapGet("/external/columns", GetExternalColumns).WithName(nameof(GetExternalColumns))
            .WithSummary("What the columns of a dataset of another system, or one of them, were made of.").ProducesProblem(400);
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

    private static async Task<Ok<SendingView>> GetLineageSending(
        IOpenLineageStore store, OpenLineageSender sender, IOptions<OpenLineageOptions> options, TimeProvider time, CancellationToken cancel)
    {
        if (options.Value.Url is not { } url)
            return TypedResults.Ok(new SendingView(null, 0, null, null, null, null, []));
        SendingState state = await store.StateAsync(time.GetUtcNow() - options.Value.KeepFor, cancel);
        return TypedResults.Ok(new SendingView(new Uri(url).GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped), state.Waiting, state.Oldest, sender.TookAt,
            sender.Problem?.At, sender.Problem?.What, [.. state.Failing.Select(f => new FailingRunView(f.Run.Value, f.Tries, f.NextAt))]));
    }

    private static async Task<Results<Ok<FacetsView>, ProblemHttpResult>> GetExternalFacets(
        string @namespace, string name, IOpenLineageStore store, CancellationToken cancel, bool job = false) =>
        @namespace.Length == 0 || name.Length == 0
            ? Problem.BadRequest("namespace and name must be given.")
            : TypedResults.Ok(new FacetsView(@namespace, name, (await store.FacetsAsync(job ? "job" : "dataset", new NamedDataset(@namespace, name), cancel))
                .ToDictionary(f => f.Key, f => JsonElement.Parse(f.Value))));

    private static async Task<Results<Ok<LineageGraph>, ProblemHttpResult>> GetExternalColumns(
        string @namespace, string name, ForeignColumns columns, CancellationToken cancel, string? column = null) =>
        @namespace.Length == 0 || name.Length == 0
            ? Problem.BadRequest("namespace and name must be given.") : TypedResults.Ok(await columns.UpAsync(new NamedDataset(@namespace, name), column, cancel));

    private static async Task<Results<Ok<LineageGraph>, ProblemHttpResult>> GetExternalLineage(
        string @namespace, string name, LineageDesk desk, CancellationToken cancel, bool down = false) =>
        @namespace.Length == 0 || name.Length == 0
            ? Problem.BadRequest("namespace and name must be given.") : TypedResults.Ok(await desk.OfExternalAsync(new NamedDataset(@namespace, name), down, cancel));
}

/// <summary>How sending stands.</summary>
/// <param name="To">Where events are sent, without credentials; null where sending is off.</param>
/// <param name="Waiting">Runs of which something may not be sent, running ones among them.</param>
/// <param name="Oldest">When the oldest of them was created.</param>
/// <param name="TookAt">When the receiver last took an event, since this server started.</param>
/// <param name="Problem">What it last did instead; null where it took the last one.</param>
/// <param name="Failing">Runs whose next event it did not take, with the tries and when the next one is.</param>
public sealed record SendingView(string? To, long Waiting, DateTimeOffset? Oldest, DateTimeOffset? TookAt, DateTimeOffset? ProblemAt, string? Problem, IReadOnlyList<FailingRunView> Failing);

/// <summary>A run whose next event was not taken.</summary>
public sealed record FailingRunView(Guid Run, int Tries, DateTimeOffset? NextAt);

/// <summary>What other systems told, by the name of the facet; the newest of each.</summary>
public sealed record FacetsView(string Namespace, string Name, IReadOnlyDictionary<string, JsonElement> Facets);

/// <summary>What became of a batch, in the words of the specification.</summary>
/// <param name="Status">success or partial_success.</param>
public sealed record BatchView(string Status, BatchSummary Summary, IReadOnlyList<FailedEventView> FailedEvents);

/// <summary>How many events were sent, kept and refused.</summary>
public sealed record BatchSummary(int Received, int Successful, int Failed);

/// <summary>An event that was refused.</summary>
public sealed record FailedEventView(int Index, string Reason, bool Retriable);
