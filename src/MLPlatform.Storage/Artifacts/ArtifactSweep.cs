using MLPlatform.Core.Artifacts;

namespace MLPlatform.Storage.Artifacts;

/// <summary>
/// Removes artifacts from a <see cref="LocalArtifactStore"/> while others write to it. Whoever stores content that is there
/// already touches its file; a file is first moved aside and looked at again, and goes only if nobody touched it. What a crash
/// leaves aside is put back.
/// </summary>
public sealed class ArtifactSweep(LocalArtifactStore store)
{
    private const string Blobs = "sha256", Manifests = "manifests";
    private readonly string _aside = Path.Combine(store.Folder, "aside");

    /// <summary>Puts back what a crash left aside; first of all.</summary>
    public void Recover()
    {
        if (!Directory.Exists(_aside))
            return;
        foreach (string file in Directory.EnumerateFiles(_aside, "*", SearchOption.AllDirectories))
            PutBack(file, Path.Combine(store.Folder, Path.GetRelativePath(_aside, file)));
    }

    /// <summary>Artifacts whose manifest was last stored before the instant.</summary>
    public IEnumerable<string> StoredBefore(DateTimeOffset instant) =>
        Files(Manifests).Where(f => File.GetLastWriteTimeUtc(f) < instant.UtcDateTime).Select(f => "sha256:" + Path.GetFileNameWithoutExtension(f));

    /// <summary>Removes the manifest of an artifact unless it was stored again since the instant.</summary>
    public bool RemoveManifest(string hash, DateTimeOffset instant) =>
        ManifestFormat.Digits(hash) is { } digits && Remove(Path.Combine(Manifests, digits[..2], digits + ".json"), instant) is not null;

    /// <summary>Removes the bytes that no manifest speaks of, unless they were stored since the instant. Returns files and bytes removed.</summary>
    public async Task<(int Files, long Bytes)> RemoveBlobsAsync(DateTimeOffset instant, bool dryRun, IReadOnlySet<string> without, CancellationToken cancel)
    {
        HashSet<string> needed = new(StringComparer.Ordinal);
        foreach (string file in Files(Manifests))
        {
            string hash = "sha256:" + Path.GetFileNameWithoutExtension(file);
            if (without.Contains(hash))
                continue;
            foreach (ArtifactFile part in (await store.FindAsync(hash, cancel))?.Files ?? [])
                needed.Add(part.Hash);
        }
        int files = 0;
        long bytes = 0;
        foreach (string file in Files(Blobs).Where(f => !needed.Contains("sha256:" + Path.GetFileName(f)) && File.GetLastWriteTimeUtc(f) < instant.UtcDateTime))
        {
            cancel.ThrowIfCancellationRequested();
            if ((dryRun ? new FileInfo(file).Length : Remove(Path.GetRelativePath(store.Folder, file), instant)) is not { } length)
                continue;
            files++;
            bytes += length;
        }
        return (files, bytes);
    }

    /// <summary>For tests: what happens while a file lies aside.</summary>
    internal Action<string>? WhileAside { get; set; }

    /// <summary>The size of what was removed, or null where it was stored again or is gone.</summary>
    private long? Remove(string path, DateTimeOffset instant)
    {
        string file = Path.Combine(store.Folder, path), aside = Path.Combine(_aside, path);
        Directory.CreateDirectory(Path.GetDirectoryName(aside)!);
        try
        {
            File.Move(file, aside, overwrite: true);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null; // Another collector was faster.
        }
        WhileAside?.Invoke(file);
        FileInfo found = new(aside);
        if (found.LastWriteTimeUtc >= instant.UtcDateTime)
        {
            PutBack(aside, file);
            return null;
        }
        long length = found.Length;
        File.Delete(aside);
        return length;
    }

    private static void PutBack(string aside, string file)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            if (File.Exists(file))
                File.Delete(aside); // Stored anew meanwhile: the bytes are the same.
            else
                File.Move(aside, file);
        }
        catch (FileNotFoundException)
        {
            // Another collector put it back.
        }
    }

    private IEnumerable<string> Files(string kind)
    {
        string folder = Path.Combine(store.Folder, kind);
        return Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)] : [];
    }
}
