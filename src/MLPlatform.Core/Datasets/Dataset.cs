using System.ComponentModel;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Datasets;

/// <summary>A column of a dataset.</summary>
/// <param name="Type">The type's name in pipeline files: <c>string</c>, <c>int64</c>, <c>double</c>, <c>bool</c>, <c>timestamp</c>.</param>
/// <param name="Required">Whether no value may be missing. Default: false.</param>
public sealed record DatasetColumn(
    [property: Description("The column's name.")] string Name,
    [property: Description("Its type: string, int64, double, bool or timestamp.")] string Type,
    [property: Description("Whether no value may be missing. Default: false.")] bool Required = false);

/// <summary>What a new version may change against the version before it.</summary>
public enum Compatibility
{
    /// <summary>Columns may be added, unless they are required; none may be removed or get another type.</summary>
    Additive,

    /// <summary>The columns stay the same; only their order may change.</summary>
    Exact,

    /// <summary>Anything goes.</summary>
    Any,
}

/// <summary>What is declared about a dataset; null asks nothing.</summary>
/// <param name="Columns">Columns that every version must have.</param>
/// <param name="Keys">Columns that together name a row; a diff compares rows by them.</param>
/// <param name="KeepVersions">The newest versions to keep. Default: all.</param>
/// <param name="KeepDays">Versions younger than this are kept. Default: all.</param>
public sealed record DatasetSettings(
    Compatibility? Compatibility = null, IReadOnlyList<DatasetColumn>? Columns = null, IReadOnlyList<string>? Keys = null,
    int? KeepVersions = null, int? KeepDays = null, string? Description = null)
{
    /// <summary>These settings where <paramref name="newer"/> says nothing.</summary>
    public DatasetSettings With(DatasetSettings newer) => new(
        newer.Compatibility ?? Compatibility, newer.Columns ?? Columns, newer.Keys ?? Keys,
        newer.KeepVersions ?? KeepVersions, newer.KeepDays ?? KeepDays, newer.Description ?? Description);
}

/// <summary>A named series of versions.</summary>
/// <param name="LatestVersion">From 1.</param>
public sealed record Dataset(string Name, int LatestVersion, DatasetSettings Settings, DateTimeOffset UpdatedAt);

/// <summary>What a table holds, read from the ends of its files.</summary>
/// <param name="Days">The days it is partitioned by, as <c>2010-12-01</c>; empty where it is not.</param>
/// <param name="Missing">Columns that have missing values.</param>
public sealed record TableFacts(IReadOnlyList<DatasetColumn> Columns, long Rows, IReadOnlyList<string> Days, IReadOnlyList<string> Missing);

/// <summary>One version of a dataset. What it says never changes; only its artifact may be removed by retention.</summary>
/// <param name="Version">From 1, without gaps.</param>
/// <param name="BaseVersion">The version whose rows it holds too, where it was appended to.</param>
/// <param name="Attempt">The attempt that published it.</param>
/// <param name="RemovedAt">When retention gave its artifact up, or null.</param>
public sealed record DatasetVersion(
    string Dataset, int Version, ArtifactRef Artifact, IReadOnlyList<DatasetColumn> Columns, long Rows, IReadOnlyList<string> Days,
    int? BaseVersion, AttemptId Attempt, string Pipeline, DateTimeOffset CreatedAt, DateTimeOffset? RemovedAt);
