using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Vlps.Models;

namespace MLPlatform.Activities.Training;

/// <summary>Brings artifacts that an activity reads to local paths.</summary>
internal static class TableFiles
{
    /// <summary>The Parquet files of a table, in the table's order.</summary>
    public static async Task<IReadOnlyList<string>> FetchAsync(ActivityContext context, ArtifactRef table, string input, CancellationToken cancel)
    {
        ArtifactManifest manifest = await FindAsync(context, table, input, cancel).ConfigureAwait(false);
        ArtifactFile[] parts = [.. manifest.Files.Where(f => f.Path.EndsWith(".parquet", StringComparison.Ordinal))];
        if (parts.Length == 0)
            throw MlErrors.Bad("ML-010", $"The input '{input}' is a {table.Kind}, not a table: it has no Parquet files.");
        var paths = new List<string>(parts.Length);
        foreach (ArtifactFile part in parts)
            paths.Add(await context.Artifacts.FetchAsync(part, cancel).ConfigureAwait(false));
        return paths;
    }

    /// <summary>Lays an artifact of the given kind out in the scratch folder.</summary>
    public static async Task<string> LayOutAsync(ActivityContext context, ArtifactRef artifact, string kind, string input, CancellationToken cancel)
    {
        if (artifact.Kind != kind)
            throw MlErrors.Bad("ML-010", $"The input '{input}' must be an artifact of the kind {kind}; it is of the kind {artifact.Kind}.");
        await FindAsync(context, artifact, input, cancel).ConfigureAwait(false);
        string folder = Path.Combine(context.ScratchFolder, input);
        await context.Artifacts.LayOutAsync(artifact.Hash, folder, cancel).ConfigureAwait(false);
        return folder;
    }

    /// <summary>Loads a model artifact that scores rows.</summary>
    public static async Task<ModelFolder> LoadModelAsync(ActivityContext context, ArtifactRef model, string input, CancellationToken cancel)
    {
        ModelFolder loaded = await LoadAsync(context, model, input, cancel).ConfigureAwait(false);
        return loaded.Towers.Count == 0 ? loaded : throw Unfit(loaded, input, ModelFolder.NoScores);
    }

    /// <summary>Loads a model artifact that has towers.</summary>
    public static async Task<ModelFolder> LoadTowersAsync(ActivityContext context, ArtifactRef model, string input, CancellationToken cancel)
    {
        ModelFolder loaded = await LoadAsync(context, model, input, cancel).ConfigureAwait(false);
        return loaded.Towers.Count > 0 ? loaded
            : throw Unfit(loaded, input, "it scores rows and has no towers that give vectors; train one with a declaration of two-tower, or score rows with model.score");
    }

    private static async Task<ModelFolder> LoadAsync(ActivityContext context, ArtifactRef model, string input, CancellationToken cancel)
    {
        string folder = await LayOutAsync(context, model, "model", input, cancel).ConfigureAwait(false);
        return MlErrors.Explained(() => ModelFolder.Load(folder));
    }

    private static ActivityException Unfit(ModelFolder model, string input, string why)
    {
        model.Dispose();
        return MlErrors.Bad("ML-020", $"The model of the input '{input}' does not fit: {why}.");
    }

    private static async Task<ArtifactManifest> FindAsync(ActivityContext context, ArtifactRef artifact, string input, CancellationToken cancel) =>
        await context.Artifacts.FindAsync(artifact.Hash, cancel).ConfigureAwait(false)
        ?? throw MlErrors.Bad("ML-009", $"The input '{input}' ({artifact.Hash}) is not in the artifact store. Run the activity that made it again.");
}
