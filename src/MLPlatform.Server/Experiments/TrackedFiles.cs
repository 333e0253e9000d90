using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Experiments;
using MLPlatform.Core.Registry;

namespace MLPlatform.Server.Experiments;

/// <summary>
/// Files by their paths: those that were logged, and those of registered models below <c>registered-models/NAME/VERSION</c>. All
/// bytes are in the artifact store.
/// </summary>
internal sealed class TrackedFiles(ITrackedRunStore store, IArtifactStore artifacts, IModelRegistry registry)
{
    private const string Registered = "registered-models";

    public static string PathOf(ModelVersion version) => $"{Registered}/{version.Model}/{version.Version}";

    public async Task PutAsync(string path, Stream content, CancellationToken cancel)
    {
        if (path.StartsWith(Registered + "/", StringComparison.Ordinal))
            throw new TrackingException(TrackingRefusal.Forbidden, "TRACK-009", "The files of registered models never change. Log the file to a run and register it from there.");
        (ArtifactRef artifact, ArtifactFile file) = await artifacts.PutStreamAsync(content, "file", path[(path.LastIndexOf('/') + 1)..], cancel);
        await store.PutFileAsync(new TrackedFile(path, file.Hash, file.Bytes, artifact.Hash), cancel);
    }

    public async Task<TrackedFile?> FindAsync(string path, CancellationToken cancel) => await store.FindFileAsync(path, cancel)
        ?? (await OfModelAsync(path, cancel)).FirstOrDefault(f => f.Path == path);

    /// <summary>Files below a folder.</summary>
    public async Task<IReadOnlyList<TrackedFile>> ListAsync(string folder, CancellationToken cancel) => folder.StartsWith(Registered + "/", StringComparison.Ordinal)
        ? [.. (await OfModelAsync(folder, cancel)).Where(f => f.Path.StartsWith(folder + "/", StringComparison.Ordinal))]
        : await store.ListFilesAsync(folder, cancel);

    /// <summary>A local file with the bytes.</summary>
    public Task<string> FetchAsync(TrackedFile file, CancellationToken cancel) => artifacts.FetchAsync(new ArtifactFile("file", file.Hash, file.Bytes), cancel);

    /// <summary>The files below a path as one artifact, their names relative to it; null where there are none.</summary>
    public async Task<ArtifactRef?> ComposeAsync(string path, string kind, CancellationToken cancel)
    {
        IReadOnlyList<TrackedFile> files = await ListAsync(path, cancel);
        if (files.Count == 0 && await FindAsync(path, cancel) is { } single)
            return await artifacts.ComposeAsync([new ArtifactFile(path[(path.LastIndexOf('/') + 1)..], single.Hash, single.Bytes)], kind, cancel);
        return files.Count == 0 ? null
            : await artifacts.ComposeAsync([.. files.Select(f => new ArtifactFile(f.Path[(path.Length + 1)..], f.Hash, f.Bytes))], kind, cancel);
    }

    private async Task<IReadOnlyList<TrackedFile>> OfModelAsync(string path, CancellationToken cancel)
    {
        if (path.Split('/') is not [Registered, string model, string number, ..] || !int.TryParse(number, out int version)
            || await registry.FindAsync(model, version, cancel) is not { } found || await artifacts.FindAsync(found.Artifact.Hash, cancel) is not { } manifest)
            return [];
        return [.. manifest.Files.Select(f => new TrackedFile($"{PathOf(found)}/{f.Path}", f.Hash, f.Bytes, found.Artifact.Hash))];
    }
}
