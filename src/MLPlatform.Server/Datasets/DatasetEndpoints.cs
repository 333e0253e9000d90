using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using MLPlatform.Activities.Datasets;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Datasets;
using MLPlatform.Server.Access;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Datasets;

/// <summary>Named datasets and their versions.</summary>
internal static class DatasetEndpoints
{
    public static IServiceCollection AddDatasets(this IServiceCollection services) => services.AddSingleton<TableReader>();

    public static void MapDatasets(this IEndpointRouteBuilder app)
    {
        RouteGroupBuilder datasets = app.MapGroup("/api/v1/datasets").WithTags("Datasets").RequireAuthorization(Permissions.View);
        datasets.MapGet("/", ListDatasets).WithName(nameof(ListDatasets)).WithSummary("Datasets, by name.");
        datasets.MapGet("/{name}", GetDataset).WithName(nameof(GetDataset)).WithSummary("A dataset and its versions, newest first.").ProducesProblem(404);
        datasets.MapPut("/{name}/settings", ConfigureDataset).WithName(nameof(ConfigureDataset)).RequireAuthorization(Permissions.Edit)
            .WithSummary("Change what is declared about a dataset; what is left out stays.").ProducesProblem(400).ProducesProblem(404);
        datasets.MapGet("/{name}/versions/{version}", GetDatasetVersion).WithName(nameof(GetDatasetVersion))
            .WithSummary("One version: a number, or latest.").ProducesProblem(400).ProducesProblem(404);
        datasets.MapGet("/{name}/versions/{version}/preview", PreviewDataset).WithName(nameof(PreviewDataset))
            .WithSummary("Some rows of a version: the first, or drawn at random.").ProducesProblem(400).ProducesProblem(404).ProducesProblem(409);
        datasets.MapGet("/{name}/diff", DiffDataset).WithName(nameof(DiffDataset))
            .WithSummary("How two versions differ: columns, rows, rows by key, figures of each column.").ProducesProblem(400).ProducesProblem(404).ProducesProblem(409);
    }

    private static async Task<Ok<List<DatasetView>>> ListDatasets(IDatasetStore store, CancellationToken cancel)
    {
        List<DatasetView> views = [];
        foreach (Dataset dataset in await store.ListAsync(cancel))
            views.Add(DatasetView.From(dataset, await store.FindVersionAsync(dataset.Name, null, null, cancel)));
        return TypedResults.Ok(views);
    }

    private static async Task<Results<Ok<DatasetDetail>, ProblemHttpResult>> GetDataset(string name, IDatasetStore store, CancellationToken cancel)
    {
        if (await store.FindAsync(name, cancel) is not { } dataset)
            return NoDataset(name);
        IReadOnlyList<DatasetVersion> versions = await store.ListVersionsAsync(name, cancel);
        return TypedResults.Ok(new DatasetDetail(DatasetView.From(dataset, versions is [var latest, ..] ? latest : null), [.. versions.Select(DatasetVersionView.From)]));
    }

    private static async Task<Results<Ok<DatasetView>, ProblemHttpResult>> ConfigureDataset(
        string name, DatasetSettings settings, ClaimsPrincipal user, IDatasetStore store, Audit audit, CancellationToken cancel)
    {
        if (settings.KeepVersions is < 1 || settings.KeepDays is < 1)
            return Problem.BadRequest("keepVersions and keepDays must be at least 1.");
        if (!await store.ConfigureAsync(name, settings, cancel))
            return NoDataset(name);
        await audit.WriteAsync(user, "dataset.configure", name, settings, cancel);
        return TypedResults.Ok(DatasetView.From((await store.FindAsync(name, cancel))!, await store.FindVersionAsync(name, null, null, cancel)));
    }

    private static async Task<Results<Ok<DatasetVersionView>, ProblemHttpResult>> GetDatasetVersion(
        string name, string version, IDatasetStore store, CancellationToken cancel) =>
        await FindAsync(name, version, store, cancel) is (var found, var problem) && found is not null
            ? TypedResults.Ok(DatasetVersionView.From(found)) : problem!;

    private static async Task<Results<Ok<TablePreview>, ProblemHttpResult>> PreviewDataset(
        string name, string version, IDatasetStore store, TableReader tables, CancellationToken cancel, int rows = 20, int? sampleSeed = null)
    {
        if (rows is < 1 or > 1000 || sampleSeed is < 0)
            return Problem.BadRequest("rows must lie between 1 and 1000, and sampleSeed must not be negative.");
        (DatasetVersion? found, ProblemHttpResult? problem) = await FindAsync(name, version, store, cancel);
        if (problem is not null || Gone(found!) is { } gone && (problem = gone) is not null)
            return problem;
        return TypedResults.Ok(await tables.PreviewAsync(found!.Artifact, rows, sampleSeed, cancel));
    }

    private static async Task<Results<Ok<DatasetDiffView>, ProblemHttpResult>> DiffDataset(
        string name, string from, string to, IDatasetStore store, TableReader tables, CancellationToken cancel, string? keys = null)
    {
        (DatasetVersion? old, ProblemHttpResult? problem) = await FindAsync(name, from, store, cancel);
        if (problem is not null)
            return problem;
        (DatasetVersion? now, problem) = await FindAsync(name, to, store, cancel);
        if (problem is not null)
            return problem;
        if ((Gone(old!) ?? Gone(now!)) is { } gone)
            return gone;
        IReadOnlyList<string> by = keys?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            ?? (await store.FindAsync(name, cancel))!.Settings.Keys ?? [];
        try
        {
            return TypedResults.Ok(DatasetDiffView.Between(old!, now!, await tables.DiffAsync(old!.Artifact, now!.Artifact, by, cancel)));
        }
        catch (ActivityException e) when (e.Code == "DSET-010")
        {
            return Problem.Of(400, e.Code, e.Message);
        }
    }

    /// <summary>The version, or why there is none.</summary>
    private static async Task<(DatasetVersion? Version, ProblemHttpResult? Problem)> FindAsync(
        string name, string version, IDatasetStore store, CancellationToken cancel)
    {
        int number = 0;
        if (version != "latest" && !int.TryParse(version, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out number))
            return (null, Problem.BadRequest($"'{version}' is no version.", "Give a number, or latest."));
        DatasetVersion? found = await store.FindVersionAsync(name, version == "latest" ? null : number, null, cancel);
        return found is not null ? (found, null)
            : (null, await store.FindAsync(name, cancel) is null ? NoDataset(name)
                : Problem.NotFound($"version {version} of the dataset '{name}'", $"'mlp datasets show {name}' lists its versions."));
    }

    private static ProblemHttpResult? Gone(DatasetVersion version) => version.RemovedAt is { } at
        ? Problem.Conflict("DSET-008", $"Version {version.Version} of '{version.Dataset}' was given up by retention on {at:u}.", "Look at a later version, or keep more of them.") : null;

    private static ProblemHttpResult NoDataset(string name) => Problem.NotFound($"dataset '{name}'", "'mlp datasets list' shows the datasets there are.");
}
