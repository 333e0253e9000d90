using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Datasets;

/// <summary>Named, versioned datasets. What a call acknowledged is durable; versions are only added.</summary>
public interface IDatasetStore
{
    /// <summary>
    /// Adds a version, unless the latest one holds the same content or the attempt published before: then that version is
    /// returned. Two who publish at once get two versions, one after the other.
    /// </summary>
    Task<PublishResult> PublishAsync(DatasetPublication publication, CancellationToken cancel);

    Task<Dataset?> FindAsync(string name, CancellationToken cancel);

    /// <summary>All datasets by name.</summary>
    Task<IReadOnlyList<Dataset>> ListAsync(CancellationToken cancel);

    /// <summary>A version, or null.</summary>
    /// <param name="version">Its number, or null for the latest.</param>
    /// <param name="asOf">Looks only at versions published at this instant or before.</param>
    Task<DatasetVersion?> FindVersionAsync(string name, int? version, DateTimeOffset? asOf, CancellationToken cancel);

    /// <summary>All versions, newest first.</summary>
    Task<IReadOnlyList<DatasetVersion>> ListVersionsAsync(string name, CancellationToken cancel);

    /// <summary>Changes what is declared; false if there is no such dataset.</summary>
    Task<bool> ConfigureAsync(string name, DatasetSettings settings, CancellationToken cancel);

    /// <summary>Records that a step of a run read a version; saying so again does nothing.</summary>
    Task RecordReadAsync(RunId run, int node, DatasetVersion version, CancellationToken cancel);
}

/// <summary>A version to be.</summary>
/// <param name="Settings">What is declared with it; kept for later versions.</param>
/// <param name="BaseVersion">The version it was appended to, which must still be the latest; 0 for none; null for a table that stands alone.</param>
/// <param name="AllowBreaking">Whether this one version may break the compatibility rule.</param>
public sealed record DatasetPublication(
    string Name, ArtifactRef Artifact, TableFacts Facts, DatasetSettings Settings, int? BaseVersion, bool AllowBreaking, AttemptId Attempt, string Pipeline);

/// <summary>How publishing ended.</summary>
public abstract record PublishResult
{
    private PublishResult() { }

    /// <param name="IsNew">False where the version was there already.</param>
    public sealed record Published(DatasetVersion Version, bool IsNew) : PublishResult;

    /// <summary>The schema does not fit; nothing was added.</summary>
    public sealed record Refused(IReadOnlyList<string> Problems) : PublishResult;

    /// <summary>Somebody published since <see cref="DatasetPublication.BaseVersion"/> was read; nothing was added.</summary>
    public sealed record Moved(int Latest) : PublishResult;
}
