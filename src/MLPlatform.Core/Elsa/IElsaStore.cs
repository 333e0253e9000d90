namespace MLPlatform.Core.Elsa;

/// <summary>Workflow definitions as Elsa Studio saves them: versions, of which the newest may be a draft and one at most is published.</summary>
public interface IElsaStore
{
    /// <summary>All versions of all definitions, by definition and version.</summary>
    Task<IReadOnlyList<ElsaVersion>> ListAsync(CancellationToken cancel);

    /// <summary>All versions of a definition, oldest first; empty if there is none.</summary>
    Task<IReadOnlyList<ElsaVersion>> ListAsync(string definition, CancellationToken cancel);

    /// <summary>The version with its document, or null.</summary>
    Task<ElsaDocument?> FindAsync(string version, CancellationToken cancel);

    /// <summary>Writes the draft: over the newest version where that is one, else as the next version.</summary>
    Task<ElsaVersion> SaveDraftAsync(ElsaDraft draft, CancellationToken cancel);

    /// <summary>Keeps what was registered as the next version, published; does nothing where it is there already.</summary>
    /// <param name="id">The version's id.</param>
    Task KeepPublishedAsync(string id, ElsaDraft registered, int revision, CancellationToken cancel);

    /// <summary>Makes the version the published one, as a revision of its pipeline.</summary>
    Task PublishAsync(string version, int revision, CancellationToken cancel);

    /// <summary>Leaves no version of the definition published.</summary>
    Task RetractAsync(string definition, CancellationToken cancel);

    /// <summary>Removes all versions. False if there were none.</summary>
    Task<bool> RemoveAsync(string definition, CancellationToken cancel);

    /// <summary>Removes one version. False if there is none.</summary>
    Task<bool> RemoveVersionAsync(string version, CancellationToken cancel);
}

/// <param name="Id">Unique among all versions of all definitions.</param>
/// <param name="Version">From 1.</param>
/// <param name="Revision">The revision of the pipeline that publishing it made; null for one that never was.</param>
public sealed record ElsaVersion(
    string Id, string Definition, int Version, string Name, bool IsPublished, int? Revision, DateTimeOffset SavedAt, string SavedBy);

/// <param name="Json">The definition without what its version says: id, version, whether it is published.</param>
public sealed record ElsaDocument(ElsaVersion Version, string Json);

public sealed record ElsaDraft(string Definition, string Name, string Json, string By);
