using MLPlatform.Core.Experiments;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Experiments;

/// <summary>Which files were logged; their bytes are in the artifact store. A folder is a range of paths.</summary>
internal sealed class TrackedFileStore(Database database, TimeProvider time)
{
    private const string Columns = "SELECT path, hash, bytes, artifact FROM tracked_files";

    // All that begins with the folder and a slash lies between that and the folder and the character after the slash.
    private const string Below = "path >= $1 AND path < $2";

    public Task PutAsync(TrackedFile file, CancellationToken cancel) => database.ExecuteAsync(
        "INSERT INTO tracked_files (path, hash, bytes, artifact, at) VALUES ($1, $2, $3, $4, $5) "
        + "ON CONFLICT (path) DO UPDATE SET hash = excluded.hash, bytes = excluded.bytes, artifact = excluded.artifact, at = excluded.at",
        [file.Path, file.Hash, file.Bytes, file.Artifact, time.GetUtcNow()], cancel);

    public Task<TrackedFile?> FindAsync(string path, CancellationToken cancel) => database.FirstAsync(Columns + " WHERE path = $1", [path], ToFile, cancel);

    public async Task<IReadOnlyList<TrackedFile>> ListAsync(string folder, CancellationToken cancel) => folder.Length == 0
        ? await database.ListAsync(Columns + " ORDER BY path", [], ToFile, cancel)
        : await database.ListAsync($"{Columns} WHERE {Below} ORDER BY path", [folder + "/", folder + "0"], ToFile, cancel);

    public Task<int> RemoveAsync(string path, CancellationToken cancel) =>
        database.ExecuteAsync($"DELETE FROM tracked_files WHERE path = $3 OR ({Below})", [path + "/", path + "0", path], cancel);

    private static TrackedFile ToFile(SqlRow row) => new(row.Text(0), row.Text(1), row.Long(2), row.Text(3));
}
