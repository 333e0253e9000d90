using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Datasets;
using MLPlatform.Core.Lineage;
using MLPlatform.Core.Registry;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Lineage;

/// <summary>Where data came from and where it went.</summary>
internal static class LineageEndpoints
{
    public static IServiceCollection AddLineage(this IServiceCollection services) => services.AddSingleton<LineageDesk>();

    public static void MapLineage(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder lineage = app.MapGroup("/api/v1/lineage").WithTags("Lineage").RequireAuthorization(Permissions.View);
        lineage.MapGet("/files", GetFileLineage).WithName(nameof(GetFileLineage))
            .WithSummary("What was made of a source file, or of the part of it between two offsets.").ProducesProblem(400);
        lineage.MapGet("/datasets/{name}/{version}", GetDatasetLineage).WithName(nameof(GetDatasetLineage))
            .WithSummary("What a version of a dataset was made of, or what was made of it.").ProducesProblem(400).ProducesProblem(404);
        lineage.MapGet("/models/{name}/{version:int}", GetModelLineage).WithName(nameof(GetModelLineage))
            .WithSummary("What a version of a model was made of, or what was made of it.").ProducesProblem(404);
        lineage.MapGet("/artifacts/{hash}", GetArtifactLineage).WithName(nameof(GetArtifactLineage))
            .WithSummary("What an artifact was made of, or what was made of it.");
    }

    private static async Task<Results<Ok<LineageGraph>, ProblemHttpResult>> GetFileLineage(
        string path, LineageDesk desk, CancellationToken cancel, long from = 0, long to = long.MaxValue) =>
        path.Length is 0 or > 4096 || from < 0 || to <= from
            ? Problem.Of(400, "LINE-001", "path must be given, and 'to' must lie after 'from', which must not be negative.", "Offsets are bytes of the decompressed file, or rows of a Parquet file.")
            : TypedResults.Ok(await desk.OfFileAsync(path, from, to, cancel));

    private static async Task<Results<Ok<LineageGraph>, ProblemHttpResult>> GetDatasetLineage(
        string name, string version, IDatasetStore datasets, LineageDesk desk, CancellationToken cancel, bool down = false)
    {
        (DatasetVersion? found, ProblemHttpResult? problem) = await FindAsync(name, version, datasets, cancel);
        return found is null ? problem! : TypedResults.Ok(await desk.OfArtifactAsync(found.Artifact.Hash, down, cancel));
    }

    /// <summary>A version by its number or as the latest, or why there is none.</summary>
    internal static async Task<(DatasetVersion? Version, ProblemHttpResult? Problem)> FindAsync(string name, string version, IDatasetStore datasets, CancellationToken cancel)
    {
        int? number = int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out int parsed) ? parsed : null;
        if (number is null && version != "latest")
            return (null, Problem.BadRequest($"'{version}' is no version.", "Give a number, or latest."));
        return await datasets.FindVersionAsync(name, number, null, cancel) is { } found ? (found, null)
            : (null, Problem.NotFound($"version {version} of a dataset '{name}'", "'mlp datasets list' shows the datasets there are."));
    }

    private static async Task<Results<Ok<LineageGraph>, ProblemHttpResult>> GetModelLineage(
        string name, int version, IModelRegistry models, LineageDesk desk, CancellationToken cancel, bool down = false) =>
        await models.FindAsync(name, version, cancel) is { } found
            ? TypedResults.Ok(await desk.OfArtifactAsync(found.Artifact.Hash, down, cancel))
            : Problem.NotFound($"version {version} of the model '{name}'", $"'mlp models show {name}' lists its versions.");

    private static async Task<Ok<LineageGraph>> GetArtifactLineage(
        string hash, LineageDesk desk, CancellationToken cancel, bool down = false) =>
        TypedResults.Ok(await desk.OfArtifactAsync(hash, down, cancel));
}
