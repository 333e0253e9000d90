namespace MLPlatform.Core.Artifacts;

/// <summary>Keeps artifacts by content. Storing the same content twice keeps it once; what is stored never changes.</summary>
public interface IArtifactStore
{
    /// <summary>Stores every file below <paramref name="folder"/> as one artifact.</summary>
    Task<ArtifactRef> PutFolderAsync(string folder, string kind, CancellationToken cancel);

    /// <summary>Stores one file as an artifact of one file, named <paramref name="name"/> (default: the file's own name).</summary>
    Task<ArtifactRef> PutFileAsync(string file, string kind, string? name, CancellationToken cancel);

    /// <summary>Stores what can be read, to its end, as an artifact of one file; gives the file, too.</summary>
    Task<(ArtifactRef Artifact, ArtifactFile File)> PutStreamAsync(Stream content, string kind, string name, CancellationToken cancel);

    /// <summary>An artifact of files whose bytes the store has already, under the paths given. Copies nothing.</summary>
    Task<ArtifactRef> ComposeAsync(IReadOnlyList<ArtifactFile> files, string kind, CancellationToken cancel);

    /// <summary>The artifact's files, or null if the store does not have it.</summary>
    Task<ArtifactManifest?> FindAsync(string hash, CancellationToken cancel);

    /// <summary>A local path with the bytes of one file, fetched first where the store is remote. Read only; the path carries no extension.</summary>
    Task<string> FetchAsync(ArtifactFile file, CancellationToken cancel);

    /// <summary>Lays the artifact's files out below <paramref name="folder"/> with their own names, by link where possible. Read only.</summary>
    Task LayOutAsync(string hash, string folder, CancellationToken cancel);
}
