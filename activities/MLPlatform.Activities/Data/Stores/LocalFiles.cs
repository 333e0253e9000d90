using System.Globalization;

namespace MLPlatform.Activities.Data.Stores;

/// <summary>Files of this machine.</summary>
internal sealed class LocalFiles : IFileStore
{
    private readonly string _path;

    public LocalFiles(string path)
    {
        if (!Path.IsPathRooted(path) || path.Contains('\0', StringComparison.Ordinal))
            throw StoreErrors.Location($"The file '{path}' is no absolute path. Give it as a parameter with format path, or write it in the pipeline file, which its folder is then added to.");
        _path = Path.GetFullPath(path);
    }

    public string Shown => _path;

    public Task<IReadOnlyList<StoredFile>> ListAsync(CancellationToken cancel)
    {
        if (File.Exists(_path))
            return Task.FromResult<IReadOnlyList<StoredFile>>([Describe(_path, Path.GetFileName(_path))]);
        if (!Directory.Exists(_path))
            throw StoreErrors.NotThere($"file or folder '{_path}'");
        IReadOnlyList<StoredFile> files = [.. Directory.EnumerateFiles(_path, "*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 16, AttributesToSkip = FileAttributes.ReparsePoint })
            .Select(f => Describe(f, Path.GetRelativePath(_path, f).Replace('\\', '/'))).OrderBy(f => f.Name, StringComparer.Ordinal)];
        return Task.FromResult(files);
    }

    public async Task FetchAsync(StoredFile file, string local, CancellationToken cancel)
    {
        string source = File.Exists(_path) ? _path : Path.Combine(_path, FileStores.Checked(file.Name));
        await CopyAsync(source, local, cancel).ConfigureAwait(false);
        if (Describe(source, file.Name) != file)
            throw StoreErrors.Damaged($"The file '{source}'", "it was changed while it was read.");
    }

    public async Task PutAsync(string name, string local, CancellationToken cancel)
    {
        string target = name.Length == 0 ? _path : Path.Combine(_path, FileStores.Checked(name));
        if (Directory.Exists(target))
            throw StoreErrors.Location($"'{target}' is a folder, and one file is to be written. Add the file's name.");
        string folder = Path.GetDirectoryName(target)!;
        Directory.CreateDirectory(folder);
        // Always the same name, so that what a killed attempt left behind is written over.
        string temporary = Path.Combine(folder, $".{Path.GetFileName(target)}.mlp-export");
        await CopyAsync(local, temporary, cancel).ConfigureAwait(false);
        File.Move(temporary, target, overwrite: true);
    }

    public async Task<byte[]?> ReadAsync(string name, CancellationToken cancel)
    {
        string file = Path.Combine(_path, FileStores.Checked(name));
        return File.Exists(file) ? await File.ReadAllBytesAsync(file, cancel).ConfigureAwait(false) : null;
    }

    public Task DeleteAsync(string name, CancellationToken cancel)
    {
        string file = Path.Combine(_path, FileStores.Checked(name));
        if (File.Exists(file))
            File.Delete(file);
        return Task.CompletedTask;
    }

    public void Dispose() { }

    private static async Task CopyAsync(string from, string to, CancellationToken cancel)
    {
        await using FileStream source = new(from, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan | FileOptions.Asynchronous);
        await using FileStream target = new(to, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16, FileOptions.Asynchronous);
        await source.CopyToAsync(target, 1 << 20, cancel).ConfigureAwait(false);
        target.Flush(flushToDisk: true);
    }

    private static StoredFile Describe(string path, string name)
    {
        FileInfo info = new(path);
        return new StoredFile(name, info.Length, string.Create(CultureInfo.InvariantCulture, $"{info.Length}:{info.LastWriteTimeUtc.Ticks}"));
    }
}
