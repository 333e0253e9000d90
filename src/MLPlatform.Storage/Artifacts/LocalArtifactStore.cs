using System.Security.Cryptography;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Runs;

namespace MLPlatform.Storage.Artifacts;

/// <summary>
/// Artifacts in a local folder, shared by any number of processes: <c>sha256/ab/HASH</c> holds the bytes,
/// <c>manifests/ab/HASH.json</c> the manifests. A file appears under its final name only whole and durable.
/// </summary>
public sealed class LocalArtifactStore : IArtifactStore
{
    private const int ParallelFiles = 4;
    private const UnixFileMode ReadOnlyForAll = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private readonly string _blobs;
    private readonly string _manifests;
    private readonly string _temporary;

    /// <param name="folder">Made if it is not there.</param>
    public LocalArtifactStore(string folder)
    {
        Folder = Path.GetFullPath(folder);
        _blobs = Path.Combine(Folder, "sha256");
        _manifests = Path.Combine(Folder, "manifests");
        _temporary = Path.Combine(Folder, "tmp");
        foreach (string each in (string[])[_blobs, _manifests, _temporary])
            Directory.CreateDirectory(each);
    }

    /// <summary>Where the store is.</summary>
    public string Folder { get; }

    public async Task<ArtifactRef> PutFolderAsync(string folder, string kind, CancellationToken cancel)
    {
        string root = Path.GetFullPath(folder);
        if (!Directory.Exists(root))
            throw new ActivityException("STORE-006", $"The folder '{folder}' is not there, so it cannot be stored. Check the path that the activity wrote.");
        List<(string Path, string File)> found = [.. FilesBelow(root)];
        var files = new ArtifactFile[found.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = ParallelFiles, CancellationToken = cancel };
        await Parallel.ForAsync(0, files.Length, parallel, async (i, stop) =>
            files[i] = await PutBlobAsync(found[i].File, found[i].Path, stop));
        return await PutManifestAsync(files, kind, cancel);
    }

    public async Task<ArtifactRef> PutFileAsync(string file, string kind, string? name, CancellationToken cancel)
    {
        string path = ArtifactPath.Check(name ?? Path.GetFileName(file));
        return await PutManifestAsync([await PutBlobAsync(Path.GetFullPath(file), path, cancel)], kind, cancel);
    }

    public async Task<(ArtifactRef Artifact, ArtifactFile File)> PutStreamAsync(Stream content, string kind, string name, CancellationToken cancel)
    {
        ArtifactFile file = await PutBlobAsync(content, name, ArtifactPath.Check(name), cancel);
        return (await PutManifestAsync([file], kind, cancel), file);
    }

    public Task<ArtifactRef> ComposeAsync(IReadOnlyList<ArtifactFile> files, string kind, CancellationToken cancel)
    {
        foreach (ArtifactFile file in files)
        {
            ArtifactPath.Check(file.Path);
            if (!TryTouch(BlobOf(file)))
                BlobOf(file); // Gone since: it says so.
        }
        return PutManifestAsync([.. files], kind, cancel);
    }

    public async Task<ArtifactManifest?> FindAsync(string hash, CancellationToken cancel)
    {
        if (ManifestFormat.Digits(hash) is not { } digits)
            return null;
        byte[] json;
        try
        {
            json = await File.ReadAllBytesAsync(ManifestFile(digits), cancel);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        if (ManifestFormat.Hash(json) != hash || ManifestFormat.Read(json) is not { } manifest)
            throw Damaged(ManifestFile(digits));
        foreach (ArtifactFile file in manifest.Files)
            ArtifactPath.Check(file.Path);
        return manifest;
    }

    public Task<string> FetchAsync(ArtifactFile file, CancellationToken cancel) => Task.FromResult(BlobOf(file));

    public async Task LayOutAsync(string hash, string folder, CancellationToken cancel)
    {
        ArtifactManifest manifest = await FindAsync(hash, cancel)
            ?? throw new ActivityException("STORE-004", $"The artifact {hash} is not in the store at '{Folder}'. Run again the activity that made it.",
                FailureKind.Infrastructure);
        Directory.CreateDirectory(folder);
        foreach (ArtifactFile file in manifest.Files)
        {
            cancel.ThrowIfCancellationRequested();
            string target = Path.Combine(folder, ArtifactPath.Check(file.Path));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Delete(target);
            string blob = BlobOf(file);
            if (!Posix.TryHardLink(blob, target))
                LinkOrCopy(blob, target);
        }
    }

    /// <summary>Removes what killed processes left half written. Returns the number of files removed.</summary>
    /// <param name="olderThan">Files that were written to since are left alone.</param>
    public int RemoveAbandoned(DateTimeOffset olderThan)
    {
        var old = Directory.EnumerateFiles(_temporary).Where(f => File.GetLastWriteTimeUtc(f) < olderThan.UtcDateTime).ToList();
        old.ForEach(File.Delete);
        return old.Count;
    }

    private static void LinkOrCopy(string blob, string target)
    {
        try
        {
            File.CreateSymbolicLink(target, blob);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            File.Copy(blob, target); // Neither kind of link on this file system: bytes are always possible.
        }
    }

    /// <summary>Every file below a folder with its name in the artifact. Links may point anywhere inside it, or at stored bytes.</summary>
    private IEnumerable<(string Path, string File)> FilesBelow(string root)
    {
        var all = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = false };
        foreach (FileSystemInfo entry in new DirectoryInfo(root).EnumerateFileSystemInfos("*", all))
        {
            bool isLink = entry.LinkTarget is not null;
            if (entry is DirectoryInfo && !isLink)
                continue;
            string file = isLink ? entry.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? entry.FullName : entry.FullName;
            if (!(IsBelow(root, file) || IsBelow(_blobs, file)) || !Posix.IsRegularFile(file))
                throw new ActivityException("STORE-003",
                    $"'{entry.FullName}' cannot be stored: an artifact holds plain files and links to plain files inside its own folder. "
                    + "Copy what it points at into the folder, or remove it.");
            yield return (ArtifactPath.Check(Path.GetRelativePath(root, entry.FullName)), file);
        }
    }

    private static bool IsBelow(string root, string path) => path.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private async Task<ArtifactFile> PutBlobAsync(string source, string path, CancellationToken cancel)
    {
        if (!Posix.IsRegularFile(source))
            throw new ActivityException("STORE-006", $"The file '{source}' is not there or is not a plain file, so it cannot be stored. Check the path that the activity wrote.");
        await using var input = new FileStream(source, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0, FileOptions.SequentialScan);
        return await PutBlobAsync(input, source, path, cancel);
    }

    private async Task<ArtifactFile> PutBlobAsync(Stream input, string source, string path, CancellationToken cancel)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long bytes = 0;
        string hash = "";
        await StoreAsync(source, async output =>
        {
            var buffer = new byte[128 * 1024];
            for (int read; (read = await input.ReadAsync(buffer, cancel)) > 0; bytes += read)
            {
                sha.AppendData(buffer, 0, read);
                await output.WriteAsync(buffer.AsMemory(0, read), cancel);
            }
            hash = ManifestFormat.Name(sha.GetHashAndReset());
            return BlobFile(ManifestFormat.Digits(hash)!);
        });
        return new ArtifactFile(path, hash, bytes);
    }

    private async Task<ArtifactRef> PutManifestAsync(ArtifactFile[] files, string kind, CancellationToken cancel)
    {
        // The names of all blobs are made durable before the manifest that speaks of them, each folder once.
        foreach (string folder in files.Select(f => Path.GetDirectoryName(BlobFile(ManifestFormat.Digits(f.Hash)!))!).Distinct())
            Posix.SyncFolder(folder);
        byte[] json = ManifestFormat.Write(files);
        string hash = ManifestFormat.Hash(json);
        string target = ManifestFile(ManifestFormat.Digits(hash)!);
        if (!TryTouch(target))
        {
            await StoreAsync("the manifest", async output =>
            {
                await output.WriteAsync(json, cancel);
                return target;
            });
        }
        Posix.SyncFolder(Path.GetDirectoryName(target)!);
        return new ArtifactRef(hash, kind, files.Sum(f => f.Bytes));
    }

    /// <summary>
    /// Writes and syncs a file under a name of its own, then gives it its final one; on failure nothing is left. The
    /// caller syncs the folder.
    /// </summary>
    /// <param name="write">Writes the bytes and says what the file is to be called.</param>
    private async Task StoreAsync(string what, Func<FileStream, Task<string>> write)
    {
        string temporary = Path.Combine(_temporary, $"{Environment.ProcessId}-{Guid.NewGuid():N}");
        try
        {
            string target;
            await using (var output = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0))
            {
                target = await write(output);
                output.Flush(flushToDisk: true);
                if (!OperatingSystem.IsWindows())
                    File.SetUnixFileMode(output.SafeFileHandle, ReadOnlyForAll);
            }
            Publish(temporary, target);
        }
        catch (Exception e)
        {
            File.Delete(temporary);
            if (e is IOException { HResult: Posix.NoSpace or Posix.QuotaExceeded or Posix.FileTooLarge })
                throw new ActivityException("STORE-001",
                    $"The disk is full: '{what}' could not be stored below '{Folder}'. Free space there, or move MLP_HOME to a larger disk, and run again.",
                    FailureKind.Resource, e);
            if (e is UnauthorizedAccessException or IOException)
                throw new ActivityException("STORE-006", $"'{what}' could not be stored below '{Folder}': {e.Message}", FailureKind.Infrastructure, e);
            throw;
        }
    }

    private static void Publish(string temporary, string target)
    {
        if (new FileInfo(target) is { Exists: true } there && there.Length == new FileInfo(temporary).Length && TryTouch(target))
        {
            File.Delete(temporary);
            return;
        }
        string folder = Path.GetDirectoryName(target)!;
        if (!Directory.Exists(folder))
        {
            Directory.CreateDirectory(folder);
            Posix.SyncFolder(Path.GetDirectoryName(folder)!);
        }
        File.Move(temporary, target, overwrite: true); // Another process may have been faster: the bytes are the same.
    }

    /// <summary>Says that a file was stored again, which keeps collectors away from it; false where it is not there.</summary>
    private static bool TryTouch(string file)
    {
        try
        {
            File.SetLastWriteTimeUtc(file, TimeProvider.System.GetUtcNow().UtcDateTime);
            return true;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return false;
        }
    }

    private string BlobOf(ArtifactFile file)
    {
        string blob = BlobFile(ManifestFormat.Digits(file.Hash) ?? throw Damaged(file.Path));
        var info = new FileInfo(blob);
        if (!info.Exists)
            throw new ActivityException("STORE-004", $"The bytes of '{file.Path}' ({file.Hash}) are not in the store at '{Folder}'. Run again the activity that made them.",
                FailureKind.Infrastructure);
        return info.Length == file.Bytes ? blob : throw Damaged(blob);
    }

    private static ActivityException Damaged(string file) => new("STORE-005",
        $"'{file}' is damaged: its content is not what its name says. Delete it and run again, without cache, the activity that made it.", FailureKind.Infrastructure);

    private string BlobFile(string digits) => Path.Combine(_blobs, digits[..2], digits);

    private string ManifestFile(string digits) => Path.Combine(_manifests, digits[..2], digits + ".json");
}
