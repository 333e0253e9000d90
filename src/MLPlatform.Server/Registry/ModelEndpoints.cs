using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Registry;
using MLPlatform.Server.Access;
using MLPlatform.Server.Describe;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Registry;

/// <summary>Registered models, their versions and aliases.</summary>
internal static class ModelEndpoints
{
    public static void MapModels(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder models = app.MapGroup("/api/v1/models").WithTags("Models").RequireAuthorization(Permissions.View);
        models.MapGet("/", ListModels).WithName(nameof(ListModels)).WithSummary("Registered models.");
        models.MapGet("/{name}", ListVersions).WithName("ListModelVersions").WithSummary("The versions of a model, newest first.").ProducesProblem(404);
        models.MapGet("/{name}/versions/{version:int}", GetVersion).WithName("GetModelVersion").WithSummary("One version of a model.").ProducesProblem(404);
        models.MapPut("/{name}/aliases/{alias}", SetAlias).WithName(nameof(SetAlias)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Point an alias, such as champion, at a version.").ProducesProblem(400).ProducesProblem(404);
    }

    private static async Task<Ok<List<ModelView>>> ListModels(IModelRegistry registry, CancellationToken cancel) =>
        TypedResults.Ok((await registry.ListAsync(cancel))
            .Select(m => new ModelView(m.Model, m.LatestVersion, m.ChampionVersion, m.UpdatedAt)).ToList());

    private static async Task<Results<Ok<List<ModelVersionView>>, ProblemHttpResult>> ListVersions(
        string name, IModelRegistry registry, CancellationToken cancel) =>
        await registry.ListVersionsAsync(name, cancel) is { Count: > 0 } versions
            ? TypedResults.Ok(versions.Select(ModelVersionView.From).ToList())
            : NoModel(name);

    private static async Task<Results<Ok<ModelVersionView>, ProblemHttpResult>> GetVersion(
        string name, int version, IModelRegistry registry, CancellationToken cancel) =>
        await registry.FindAsync(name, version, cancel) is { } found
            ? TypedResults.Ok(ModelVersionView.From(found))
            : Problem.NotFound($"version {version} of the model '{name}'", $"'mlp models show {name}' lists its versions.");

    private static async Task<Results<Ok<AliasView>, ProblemHttpResult>> SetAlias(
        string name, string alias, AliasTarget target, ClaimsPrincipal user, IModelRegistry registry, Audit audit, CancellationToken cancel)
    {
        if (!AliasName.IsValid(alias))
            return Problem.BadRequest($"'{alias}' cannot be an alias.", "Use 1 to 64 lower-case letters, digits or dashes, a letter first.");
        if (await registry.FindAsync(name, target.Version, cancel) is null)
            return Problem.NotFound($"version {target.Version} of the model '{name}'", $"'mlp models show {name}' lists its versions.");
        int? before = await registry.SetAliasAsync(name, alias, target.Version, user.Name, cancel);
        await audit.WriteAsync(user, "model.alias", name, new { alias, target.Version, before }, cancel);
        return TypedResults.Ok(new AliasView(name, alias, target.Version, before));
    }

    private static ProblemHttpResult NoModel(string name) => Problem.NotFound($"model '{name}'", "'mlp models list' shows the models there are.");
}

/// <summary>What an alias may be called.</summary>
internal static partial class AliasName
{
    public static bool IsValid(string alias) => Pattern.IsMatch(alias);

    [System.Text.RegularExpressions.GeneratedRegex(@"^[a-z][a-z0-9-]{0,63}\z")]
    private static partial System.Text.RegularExpressions.Regex Pattern { get; }
}

/// <summary>A model in the registry.</summary>
public sealed record ModelView(string Name, int LatestVersion, int? ChampionVersion, DateTimeOffset UpdatedAt);

/// <summary>A version of a model.</summary>
/// <param name="Attempt">The attempt that registered it.</param>
/// <param name="Metrics">The evaluation's figures.</param>
public sealed record ModelVersionView(
    string Name, int Version, ArtifactRef Artifact, Guid Run, string Attempt, JsonElement? Metrics, string? Description,
    DateTimeOffset CreatedAt, IReadOnlyList<string> Aliases)
{
    internal static ModelVersionView From(ModelVersion v) => new(
        v.Model, v.Version, v.Artifact, v.Attempt.Run.Value, v.Attempt.ToString(), RawJson.Read(v.MetricsJson), v.Description, v.CreatedAt, v.Aliases);
}

/// <summary>Where an alias is to point.</summary>
public sealed record AliasTarget(int Version);

/// <summary>Where an alias points now.</summary>
/// <param name="Before">The version it pointed at before; absent where there was none.</param>
public sealed record AliasView(string Name, string Alias, int Version, int? Before);
