using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;

namespace MLPlatform.Activities.Data.Stores;

/// <summary>
/// Puts the files of an artifact below a folder or prefix. A file named _SUCCESS says that all are there, and of which
/// artifact: it goes first when others come in their place, and comes last.
/// </summary>
internal static class ExportedFiles
{
    /// <summary>The name that Hadoop's tools look for too.</summary>
    public const string Marker = "_SUCCESS";

    /// <returns>Files written: none where the artifact is there already.</returns>
    public static async Task<int> PutAsync(IFileStore store, ArtifactRef artifact, ActivityContext context, CancellationToken cancel)
    {
        ArtifactManifest manifest = await context.Artifacts.FindAsync(artifact.Hash, cancel).ConfigureAwait(false)
            ?? throw Tables.DataErrors.Bad("DATA-022", $"The artifact {artifact.Hash} is not in the artifact store. Run again the activity that made it.");
        if (manifest.Files.FirstOrDefault(f => f.Path == Marker) is not null)
            throw StoreErrors.Unfit($"The artifact has a file of its own that is called {Marker}.");
        // 1. What is there.
        byte[]? before = await store.ReadAsync(Marker, cancel).ConfigureAwait(false);
        Told? there = before is { Length: > 0 } ? Read(before, store) : null;
        if (there?.Artifact == artifact.Hash)
            return 0;
        // 2. From here on it is not whole.
        if (before is not null)
            await store.DeleteAsync(Marker, cancel).ConfigureAwait(false);
        for (int i = 0; i < manifest.Files.Count; i++)
        {
            context.Progress((double)i / manifest.Files.Count, manifest.Files[i].Path);
            await store.PutAsync(manifest.Files[i].Path, await context.Artifacts.FetchAsync(manifest.Files[i], cancel).ConfigureAwait(false), cancel).ConfigureAwait(false);
        }
        // 3. What belonged to the artifact before, and to nobody now.
        foreach (string old in (there?.Files ?? []).Except(manifest.Files.Select(f => f.Path)))
            await store.DeleteAsync(old, cancel).ConfigureAwait(false);
        // 4. Now it is.
        string marker = Path.Combine(context.ScratchFolder, "marker.json");
        await File.WriteAllBytesAsync(marker, JsonSerializer.SerializeToUtf8Bytes(new Told(artifact.Hash, [.. manifest.Files.Select(f => f.Path)]), ActivityJson.Options), cancel).ConfigureAwait(false);
        await store.PutAsync(Marker, marker, cancel).ConfigureAwait(false);
        return manifest.Files.Count;
    }

    private static Told Read(byte[] marker, IFileStore store)
    {
        try
        {
            return JsonSerializer.Deserialize<Told>(marker, ActivityJson.Options)!;
        }
        catch (JsonException problem)
        {
            throw StoreErrors.Unfit($"'{store.Shown}' holds files of somebody else: its {Marker} is not ours. Export to another folder.", problem);
        }
    }

    private sealed record Told(string Artifact, IReadOnlyList<string> Files);
}
