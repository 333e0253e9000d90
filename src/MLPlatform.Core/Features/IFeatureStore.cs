using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Features;

/// <summary>Registered feature groups, and the tables of values that were made of them.</summary>
public interface IFeatureStore
{
    /// <summary>Registers a version of a group. The same content again changes nothing; other content under the same version is refused.</summary>
    Task<ApplyGroupResult> ApplyAsync(string group, int version, string hash, string fileJson, string by, CancellationToken cancel);

    /// <summary>A version of a group, or null; the newest where none is named.</summary>
    Task<RegisteredGroup?> FindAsync(string group, int? version, CancellationToken cancel);

    /// <summary>The newest version of each group, by id.</summary>
    Task<IReadOnlyList<RegisteredGroup>> ListAsync(CancellationToken cancel);

    /// <summary>All versions of a group, newest first.</summary>
    Task<IReadOnlyList<RegisteredGroup>> ListVersionsAsync(string group, CancellationToken cancel);

    /// <summary>Keeps what a step made and its statistics. The same attempt gets the number that it had before.</summary>
    Task<FeatureTableRow> RecordAsync(FeatureTableDraft draft, CancellationToken cancel);

    /// <summary>The tables of a group's version, newest first.</summary>
    Task<IReadOnlyList<FeatureTableRow>> ListTablesAsync(string group, int version, CancellationToken cancel);
}

public sealed record RegisteredGroup(string Group, int Version, string Hash, string FileJson, string AppliedBy, DateTimeOffset AppliedAt);

/// <summary>What became of a group that was to be registered.</summary>
/// <param name="Group">What is registered now.</param>
public sealed record ApplyGroupResult(ApplyGroupOutcome Outcome, RegisteredGroup Group);

public enum ApplyGroupOutcome
{
    Registered,

    /// <summary>It was there already.</summary>
    Unchanged,

    /// <summary>The version is there with other content; nothing was changed.</summary>
    Conflict,
}

/// <param name="ProfileJson">A <see cref="FeatureProfile"/> for each feature, as a JSON list.</param>
public sealed record FeatureTableDraft(string Group, int Version, ArtifactRef Table, AttemptId Attempt, DateTimeOffset? Through, string ProfileJson);

/// <param name="Number">From 1 for each version of a group.</param>
public sealed record FeatureTableRow(
    string Group, int Version, int Number, ArtifactRef Table, string Attempt, DateTimeOffset? Through, string ProfileJson, DateTimeOffset CreatedAt);
