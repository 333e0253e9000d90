using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Core.Datasets;
using MLPlatform.Core.Lineage;
using MLPlatform.Core.Registry;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Lineage;

/// <summary>Which columns went into which.</summary>
internal static class ColumnEndpoints
{
    public static void MapColumnLineage(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder lineage = app.MapGroup("/api/v1/lineage").WithTags("Lineage").RequireAuthorization(Permissions.View);
        lineage.MapGet("/files/columns", GetFileColumns).WithName(nameof(GetFileColumns))
            .WithSummary("What was made of a field of a source file.").ProducesProblem(400);
        lineage.MapGet("/datasets/{name}/{version}/columns", GetDatasetColumns).WithName(nameof(GetDatasetColumns))
            .WithSummary("What the columns of a version of a dataset, or one of them, were made of, or what was made of them.").ProducesProblem(400).ProducesProblem(404);
        lineage.MapGet("/models/{name}/{version:int}/columns", GetModelColumns).WithName(nameof(GetModelColumns))
            .WithSummary("Which columns went into a version of a model.").ProducesProblem(404);
        lineage.MapGet("/artifacts/{hash}/columns", GetArtifactColumns).WithName(nameof(GetArtifactColumns))
            .WithSummary("What the columns of an artifact, or one of them, were made of, or what was made of them.");
    }

    private static async Task<Results<Ok<LineageGraph>, ProblemHttpResult>> GetFileColumns(
        string path, string column, LineageDesk desk, CancellationToken cancel, bool rows = false) =>
        path.Length is 0 or > 4096 || column.Length == 0
            ? Problem.Of(400, "LINE-001", "path and column must be given.", "A column is named as it is in the file.")
            : TypedResults.Ok(await desk.OfFieldAsync(path, column, rows, cancel));

    private static async Task<Results<Ok<LineageGraph>, ProblemHttpResult>> GetDatasetColumns(
        string name, string version, IDatasetStore datasets, LineageDesk desk, CancellationToken cancel, string? column = null, bool down = false, bool rows = false)
    {
        (DatasetVersion? found, ProblemHttpResult? problem) = await LineageEndpoints.FindAsync(name, version, datasets, cancel);
        if (found is null)
            return problem!;
        string[] all = [.. found.Columns.Select(c => c.Name)];
        return column is null || all.Contains(column) ? TypedResults.Ok(await desk.OfColumnsAsync(found.Artifact.Hash, column is null ? all : [column], down, rows, cancel))
            : Problem.NotFound($"column '{column}' in version {found.Version} of the dataset '{name}'", $"It has {string.Join(", ", all)}.");
    }

    private static async Task<Results<Ok<LineageGraph>, ProblemHttpResult>> GetModelColumns(
        string name, int version, IModelRegistry models, LineageDesk desk, CancellationToken cancel, bool rows = false) =>
        await models.FindAsync(name, version, cancel) is { } found
            ? TypedResults.Ok(await desk.OfColumnsAsync(found.Artifact.Hash, null, down: false, rows, cancel))
            : Problem.NotFound($"version {version} of the model '{name}'", $"'mlp models show {name}' lists its versions.");

    private static async Task<Ok<LineageGraph>> GetArtifactColumns(
        string hash, LineageDesk desk, CancellationToken cancel, string? column = null, bool down = false, bool rows = false) =>
        TypedResults.Ok(await desk.OfColumnsAsync(hash, column is null ? null : [column], down, rows, cancel));
}
