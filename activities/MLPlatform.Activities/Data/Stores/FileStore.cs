namespace MLPlatform.Activities.Data.Stores;

/// <param name="Name">The path below the location, with forward slashes; the file's own name where the location is one file.</param>
/// <param name="Version">A text that changes when the file does: an entity tag, or length and time.</param>
internal sealed record StoredFile(string Name, long Bytes, string Version);

/// <summary>A place that keeps files: a folder, a bucket, HDFS. Names are relative to the location; an empty one is the location itself.</summary>
internal interface IFileStore : IDisposable
{
    /// <summary>The place for messages, without anything secret.</summary>
    string Shown { get; }

    /// <summary>The file that the location is, or the files below it, by name (ordinal).</summary>
    Task<IReadOnlyList<StoredFile>> ListAsync(CancellationToken cancel);

    /// <summary>Brings a file here whole and unchanged since it was listed, or fails.</summary>
    Task FetchAsync(StoredFile file, string local, CancellationToken cancel);

    /// <summary>Puts a file there: who looks sees nothing or all of it, and what was there before until then.</summary>
    Task PutAsync(string name, string local, CancellationToken cancel);

    /// <summary>The bytes of a small file, or null where there is none.</summary>
    Task<byte[]?> ReadAsync(string name, CancellationToken cancel);

    /// <summary>Removes a file; it is no error if there is none.</summary>
    Task DeleteAsync(string name, CancellationToken cancel);
}

internal static class FileStores
{
    public static IFileStore Open(Location location) => location switch
    {
        { S3: { } s3 } => new S3Files(s3),
        { WebHdfs: { } hdfs } => new WebHdfsFiles(hdfs),
        { File: { } file } => new LocalFiles(file),
        _ => throw new InvalidOperationException("a location of rows keeps no files"),
    };

    /// <summary>Refuses names that would leave the location, or that stores read in different ways.</summary>
    public static string Checked(string name)
    {
        if (name.Split('/').Any(part => part is "" or "." or "..") || name.Contains('\\', StringComparison.Ordinal) || name.Any(char.IsControl))
            throw StoreErrors.Location($"'{new string([.. name.Select(c => char.IsControl(c) ? '?' : c)])}' is no name that can be used for a file in every store.");
        return name;
    }
}
