using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Registry;

/// <summary>Registered models, their versions and aliases such as <c>champion</c>.</summary>
public interface IModelRegistry
{
    /// <summary>Registers a version. The same attempt registering again gets the version it made before.</summary>
    Task<ModelVersion> RegisterAsync(ModelRegistration registration, CancellationToken cancel);

    /// <summary>Points an alias at a version; its former target is returned, or null. Recorded with who and when.</summary>
    Task<int?> SetAliasAsync(string model, string alias, int version, string by, CancellationToken cancel);

    /// <summary>Takes an alias away; its former target is returned, or null. Recorded like a move, to version 0.</summary>
    Task<int?> RemoveAliasAsync(string model, string alias, string by, CancellationToken cancel);

    /// <summary>The version an alias points at, or null.</summary>
    Task<ModelVersion?> FindByAliasAsync(string model, string alias, CancellationToken cancel);

    Task<ModelVersion?> FindAsync(string model, int version, CancellationToken cancel);

    Task<IReadOnlyList<ModelSummary>> ListAsync(CancellationToken cancel);

    /// <summary>All versions of a model, newest first.</summary>
    Task<IReadOnlyList<ModelVersion>> ListVersionsAsync(string model, CancellationToken cancel);

    /// <summary>Where an alias pointed, newest change first.</summary>
    Task<IReadOnlyList<AliasChange>> ListAliasChangesAsync(string model, string alias, CancellationToken cancel);
}

/// <param name="MetricsJson">The evaluation's figures as a JSON object.</param>
public sealed record ModelRegistration(string Model, ArtifactRef Artifact, AttemptId Attempt, string MetricsJson, string? Description);

/// <param name="Version">From 1.</param>
/// <param name="Aliases">Aliases that point at it.</param>
public sealed record ModelVersion(
    string Model, int Version, ArtifactRef Artifact, AttemptId Attempt, string MetricsJson, string? Description,
    DateTimeOffset CreatedAt, IReadOnlyList<string> Aliases);

public sealed record ModelSummary(string Model, int LatestVersion, int? ChampionVersion, DateTimeOffset UpdatedAt);

/// <param name="From">The version it pointed at before, or null.</param>
/// <param name="To">The version it points at; 0 where it was taken away.</param>
public sealed record AliasChange(string Model, string Alias, int? From, int To, string By, DateTimeOffset At);
