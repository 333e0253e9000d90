using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Datasets;

namespace MLPlatform.Server.Datasets;

/// <summary>A dataset.</summary>
/// <param name="Rows">Of the latest version.</param>
public sealed record DatasetView(string Name, int LatestVersion, long? Rows, DatasetSettings Settings, DateTimeOffset UpdatedAt)
{
    internal static DatasetView From(Dataset dataset, DatasetVersion? latest) =>
        new(dataset.Name, dataset.LatestVersion, latest?.Rows, dataset.Settings, dataset.UpdatedAt);
}

/// <summary>A dataset with its versions, newest first.</summary>
public sealed record DatasetDetail(DatasetView Dataset, IReadOnlyList<DatasetVersionView> Versions);

/// <summary>A version of a dataset.</summary>
/// <param name="BaseVersion">The version that days were added to.</param>
/// <param name="Attempt">The attempt that published it.</param>
/// <param name="RemovedAt">When retention gave its artifact up.</param>
public sealed record DatasetVersionView(
    string Dataset, int Version, ArtifactRef Artifact, long Rows, IReadOnlyList<DatasetColumn> Columns, IReadOnlyList<string> Days, int? BaseVersion,
    Guid Run, string Attempt, string Pipeline, DateTimeOffset CreatedAt, DateTimeOffset? RemovedAt)
{
    internal static DatasetVersionView From(DatasetVersion v) => new(
        v.Dataset, v.Version, v.Artifact, v.Rows, v.Columns, v.Days, v.BaseVersion, v.Attempt.Run.Value, v.Attempt.ToString(), v.Pipeline, v.CreatedAt, v.RemovedAt);
}

/// <summary>How two versions differ.</summary>
/// <param name="Schema">Columns that were added, removed or retyped.</param>
/// <param name="DaysAdded">Days that only the newer version has.</param>
/// <param name="DaysRemoved">Days that only the older version has.</param>
/// <param name="Content">Rows and columns.</param>
public sealed record DatasetDiffView(
    string Dataset, int From, int To, IReadOnlyList<ColumnChange> Schema, IReadOnlyList<string> DaysAdded, IReadOnlyList<string> DaysRemoved, TableDiff Content)
{
    internal static DatasetDiffView Between(DatasetVersion old, DatasetVersion now, TableDiff content) => new(
        old.Dataset, old.Version, now.Version, SchemaCheck.Diff(old.Columns, now.Columns),
        [.. now.Days.Except(old.Days)], [.. old.Days.Except(now.Days)], content);
}
