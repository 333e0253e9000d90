using System.Text.Json;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Features;

namespace MLPlatform.Activities.Features;

/// <summary>A feature group as its file declares it, and the file's hash.</summary>
internal sealed record GroupFile(FeatureGroup Group, string Hash)
{
    public static async Task<GroupFile> ReadAsync(string path, CancellationToken cancel)
    {
        byte[] bytes;
        try
        {
            bytes = await File.ReadAllBytesAsync(path, cancel).ConfigureAwait(false);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw DataErrors.Bad("FEAT-010", $"The feature group '{path}' cannot be read: {problem.Message}", problem);
        }
        FeatureGroupResult result = FeatureGroupCompiler.Compile(bytes, path);
        return result.Group is { } group
            ? new GroupFile(group, result.Hash)
            : throw DataErrors.Bad("FEAT-011", $"The feature group has errors; 'mlp features validate' shows the same.{string.Concat(result.Diagnostics.Select(d => "\n" + d))}");
    }
}

/// <summary>What a table of feature values says about itself, in a file beside its Parquet files.</summary>
/// <param name="Hash">The hash of the group's file.</param>
/// <param name="Through">The latest arrival that the values know of, in microseconds since 1970; null where there was no row.</param>
/// <param name="SourceRows">Rows of the source that they are made from.</param>
/// <param name="Profile">What the values of each feature look like.</param>
internal sealed record FeatureTableFacts(FeatureGroup Group, string Hash, long? Through, long SourceRows, IReadOnlyList<FeatureProfile> Profile)
{
    public const string FileName = "group.json";

    public void Save(string folder) => File.WriteAllBytes(Path.Combine(folder, FileName), JsonSerializer.SerializeToUtf8Bytes(this, ActivityJson.Options));

    public static async Task<FeatureTableFacts> ReadAsync(IArtifactStore artifacts, ArtifactRef table, CancellationToken cancel)
    {
        ArtifactManifest manifest = await artifacts.FindAsync(table.Hash, cancel).ConfigureAwait(false)
            ?? throw DataErrors.Bad("DATA-022", $"The table {table.Hash} is not in the artifact store. Run again the activity that made it.");
        ArtifactFile file = manifest.Files.FirstOrDefault(f => f.Path == FileName)
            ?? throw DataErrors.Bad("FEAT-020", $"The {table.Kind} {table.Hash} holds no feature values: it has no {FileName}. Give the output 'table' of features.aggregate.");
        byte[] bytes = await File.ReadAllBytesAsync(await artifacts.FetchAsync(file, cancel).ConfigureAwait(false), cancel).ConfigureAwait(false);
        try
        {
            return JsonSerializer.Deserialize<FeatureTableFacts>(bytes, ActivityJson.Options)!;
        }
        catch (JsonException problem)
        {
            throw DataErrors.Bad("FEAT-020", $"The {FileName} of {table.Hash} cannot be read: {problem.Message}", problem);
        }
    }
}
