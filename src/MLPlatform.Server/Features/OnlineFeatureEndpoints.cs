using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Activities.Features;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Features;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Features;

/// <summary>The newest values of entities, as serving reads them.</summary>
internal static class OnlineFeatureEndpoints
{
    private const int MostKeys = 1000;

    public static void MapOnlineFeatures(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder online = app.MapGroup("/api/v1/features/online").WithTags("Features").RequireAuthorization(Permissions.View);
        online.MapGet("/", ListPublications).WithName(nameof(ListPublications)).WithSummary("What is published for serving.");
        online.MapGet("/{group}", ReadOnlineFeatures).WithName(nameof(ReadOnlineFeatures))
            .WithSummary("The values of one entity; its keys are query parameters by their names, after 'version' where one is meant.").ProducesProblem(400).ProducesProblem(404);
        online.MapPost("/{group}", ReadManyOnlineFeatures).WithName(nameof(ReadManyOnlineFeatures))
            .WithSummary("The values of up to 1000 entities, all of one publication.").ProducesProblem(400).ProducesProblem(404);
        online.MapPost("/{group}/verify", VerifyOnlineFeatures).WithName(nameof(VerifyOnlineFeatures)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Compare all that is published with the offline join as of the same instant, bit by bit.").ProducesProblem(404);
    }

    private static async Task<Ok<List<PublicationView>>> ListPublications(IOnlineStore store, CancellationToken cancel) =>
        TypedResults.Ok((await store.ListAsync(cancel)).Select(PublicationView.From).ToList());

    private static async Task<Results<Ok<OnlineView>, ProblemHttpResult>> ReadOnlineFeatures(
        string group, HttpRequest request, IOnlineStore store, CancellationToken cancel, int? version = null)
    {
        if (await store.FindAsync(group, version, cancel) is not { } publication)
            return NotPublished(group, version);
        // The types of keys are the group's: a query has texts alone.
        FeatureGroup declared = Group(publication);
        Dictionary<string, JsonElement> keys = [];
        foreach (string name in request.Query.Keys.Where(k => k != "version"))
        {
            string text = request.Query[name].ToString();
            bool number = declared.Entity.FirstOrDefault(e => e.Name == name)?.Type == FeatureType.Int64;
            keys[name] = number && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long whole)
                ? JsonSerializer.SerializeToElement(whole) : JsonSerializer.SerializeToElement(text);
        }
        return await ReadAsync(group, new OnlineRequest([JsonSerializer.SerializeToElement(keys)], publication.Version), store, cancel);
    }

    private static Task<Results<Ok<OnlineView>, ProblemHttpResult>> ReadManyOnlineFeatures(string group, OnlineRequest request, IOnlineStore store, CancellationToken cancel) =>
        ReadAsync(group, request, store, cancel);

    private static async Task<Results<Ok<ParityReport>, ProblemHttpResult>> VerifyOnlineFeatures(
        string group, IOnlineStore store, IArtifactStore artifacts, CancellationToken cancel, int? version = null)
    {
        if (await store.FindAsync(group, version, cancel) is not { } publication)
            return NotPublished(group, version);
        try
        {
            return TypedResults.Ok(await new FeatureParity(store).CompareAsync(artifacts, publication, cancel));
        }
        catch (ActivityException problem)
        {
            return Problem.Of(422, problem.Code, problem.Message);
        }
    }

    private static async Task<Results<Ok<OnlineView>, ProblemHttpResult>> ReadAsync(string group, OnlineRequest request, IOnlineStore store, CancellationToken cancel)
    {
        if (request.Keys.Count is 0 or > MostKeys)
            return Problem.BadRequest($"keys must name 1 to {MostKeys} entities.");
        if (await store.FindAsync(group, request.Version, cancel) is not { } publication)
            return NotPublished(group, request.Version);
        FeatureGroup declared = Group(publication);
        if (request.Features?.FirstOrDefault(f => declared.Features.All(d => d.Name != f)) is { } unknown)
            return Problem.Of(400, "FEAT-023", $"The group '{group}' has no feature '{unknown}'.", $"It has {string.Join(", ", declared.Features.Select(f => f.Name))}.");
        string[] keys = new string[request.Keys.Count];
        for (int i = 0; i < keys.Length; i++)
        {
            (string? key, string? problem) = OnlineText.Key(declared, request.Keys[i]);
            if (key is null)
                return Problem.Of(400, "FEAT-043", $"The keys of entity {i} cannot be used: {problem}.", $"The group's keys are {string.Join(", ", declared.Entity.Select(e => e.Name))}.");
            keys[i] = key;
        }
        // The version is a fixed one by now, so the declaration is that of the values.
        if (await store.ReadAsync(group, publication.Version, keys, cancel) is not { } read)
            return NotPublished(group, publication.Version);
        return TypedResults.Ok(new OnlineView(group, read.Publication.Version, read.Publication.AsOf,
            [.. read.Rows.Select((row, i) => Entity(request.Keys[i], row, declared, request.Features))]));
    }

    private static OnlineEntityView Entity(JsonElement keys, OnlineRow? row, FeatureGroup group, IReadOnlyList<string>? wanted)
    {
        JsonElement[]? stored = row is null ? null : JsonSerializer.Deserialize<JsonElement[]>(row.Values);
        JsonElement nothing = JsonElement.Parse("null");
        return new OnlineEntityView(keys, row is not null, row is null ? null : DateTimeOffset.UnixEpoch.AddMicroseconds(row.EventTime),
            group.Features.Select((f, i) => (f.Name, Value: stored?[i] ?? nothing)).Where(f => wanted is null || wanted.Contains(f.Name)).ToDictionary(f => f.Name, f => f.Value));
    }

    private static FeatureGroup Group(OnlinePublication publication) => JsonSerializer.Deserialize<FeatureGroup>(publication.GroupJson, ActivityJson.Options)!;

    private static ProblemHttpResult NotPublished(string group, int? version) =>
        Problem.NotFound($"published feature group '{group}'{(version is { } v ? $" version {v}" : "")}", "'mlp features online' lists those there are; the activity features.publish publishes one.");
}
