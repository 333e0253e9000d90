using System.Security.Claims;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Features;
using MLPlatform.Core.Pipelines;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Features;

/// <summary>Registered feature groups and the statistics of their values.</summary>
internal static class FeatureGroupEndpoints
{
    public static void MapFeatures(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder groups = app.MapGroup("/api/v1/features/groups").WithTags("Features").RequireAuthorization(Permissions.View);
        groups.MapGet("/", ListFeatureGroups).WithName(nameof(ListFeatureGroups)).WithSummary("The newest version of each registered group.");
        groups.MapPost("/", ApplyFeatureGroup).WithName(nameof(ApplyFeatureGroup)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Register a version of a group.").ProducesProblem(409).ProducesProblem(422);
        groups.MapPost("/validate", ValidateFeatureGroup).WithName(nameof(ValidateFeatureGroup)).WithSummary("All that is wrong with a group's file.");
        groups.MapGet("/{id}", ListFeatureGroupVersions).WithName(nameof(ListFeatureGroupVersions)).WithSummary("All versions of a group, newest first.").ProducesProblem(404);
        groups.MapGet("/{id}/tables", ListFeatureTables).WithName(nameof(ListFeatureTables))
            .WithSummary("The tables of a group's version, newest first, with the statistics, missing rates and drift of each feature.").ProducesProblem(404);
        app.MapOnlineFeatures();
    }

    private static async Task<Ok<List<FeatureGroupView>>> ListFeatureGroups(IFeatureStore store, CancellationToken cancel) =>
        TypedResults.Ok((await store.ListAsync(cancel)).Select(FeatureGroupView.From).ToList());

    private static Ok<FeatureGroupValidation> ValidateFeatureGroup(FeatureGroupSource source)
    {
        FeatureGroupResult result = Compile(source);
        return TypedResults.Ok(new FeatureGroupValidation(result.Group is not null, result.Group?.Id, result.Group?.Version, result.Diagnostics));
    }

    private static async Task<Results<Ok<FeatureGroupView>, Created<FeatureGroupView>, ProblemHttpResult>> ApplyFeatureGroup(
        FeatureGroupSource source, ClaimsPrincipal user, IFeatureStore store, Audit audit, CancellationToken cancel)
    {
        FeatureGroupResult result = Compile(source);
        if (result.Group is not { } group)
        {
            return Problem.Of(422, "API-012", $"The feature group has errors: {result.Diagnostics.First(d => d.Severity == DiagnosticSeverity.Error).Message}",
                "'diagnostics' names every place; 'mlp features validate FILE' shows the same offline.", [new("diagnostics", result.Diagnostics)]);
        }
        ApplyGroupResult applied = await store.ApplyAsync(group.Id, group.Version, result.Hash, JsonSerializer.Serialize(group, ActivityJson.Options), user.Name, cancel);
        if (applied.Outcome == ApplyGroupOutcome.Conflict)
            return Problem.Conflict("FEAT-040", $"Version {group.Version} of '{group.Id}' is registered with other content (by {applied.Group.AppliedBy}).", "Raise the version in the group's file.");
        if (applied.Outcome == ApplyGroupOutcome.Unchanged)
            return TypedResults.Ok(FeatureGroupView.From(applied.Group));
        await audit.WriteAsync(user, "features.apply", group.Id, new { group.Version, result.Hash }, cancel);
        return TypedResults.Created($"/api/v1/features/groups/{group.Id}", FeatureGroupView.From(applied.Group));
    }

    private static async Task<Results<Ok<List<FeatureGroupView>>, ProblemHttpResult>> ListFeatureGroupVersions(string id, IFeatureStore store, CancellationToken cancel) =>
        await store.ListVersionsAsync(id, cancel) is { Count: > 0 } versions ? TypedResults.Ok(versions.Select(FeatureGroupView.From).ToList()) : NoGroup(id);

    private static async Task<Results<Ok<List<FeatureTableView>>, ProblemHttpResult>> ListFeatureTables(string id, IFeatureStore store, CancellationToken cancel, int? version = null)
    {
        if (await store.FindAsync(id, version, cancel) is not { } group)
            return NoGroup(id);
        IReadOnlyList<FeatureTableRow> rows = await store.ListTablesAsync(id, group.Version, cancel);
        List<List<FeatureProfile>> profiles = [.. rows.Select(r => JsonSerializer.Deserialize<List<FeatureProfile>>(r.ProfileJson, ActivityJson.Options)!)];
        return TypedResults.Ok(rows.Select((row, i) => new FeatureTableView(row.Number, row.Table.Hash, row.Through, row.CreatedAt,
            [.. profiles[i].Select((p, f) => Statistics(p, i + 1 < rows.Count ? profiles[i + 1][f] : null))])).ToList());
    }

    private static FeatureStatistics Statistics(FeatureProfile profile, FeatureProfile? before) =>
        before is not null && profile.DriftFrom(before) is { } drift ? new(profile, profile.MissingRate, drift.Psi, drift.Ks) : new(profile, profile.MissingRate, null, null);

    private static FeatureGroupResult Compile(FeatureGroupSource source) => FeatureGroupCompiler.Compile(
        Encoding.UTF8.GetBytes(source.Group.ValueKind == JsonValueKind.String ? source.Group.GetString()! : source.Group.GetRawText()), source.FileName ?? "group.json");

    private static ProblemHttpResult NoGroup(string id) => Problem.NotFound($"registered feature group '{id}'", "'mlp features list' shows those there are; 'mlp features apply FILE' registers one.");
}
