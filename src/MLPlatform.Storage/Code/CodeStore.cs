using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Code;
using MLPlatform.Core.Runs;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Code;

/// <summary>Every write first takes the folder's row, so that versions are counted without gaps on both databases.</summary>
internal sealed class CodeStore(Database database, TimeProvider time) : ICodeStore
{
    private const string Versions = "SELECT name, version, hash, bytes, made_by, note, created_at FROM code_versions";

    public Task<CodeVersion?> AddAsync(CodeDraft draft, int? based, CancellationToken cancel) => database.WriteAsync<CodeVersion?>(async session =>
    {
        // 1. Have the folder for ourselves.
        await session.ExecuteAsync(
            "INSERT INTO code_folders (name, latest_version) VALUES ($1, 0) ON CONFLICT (name) DO UPDATE SET latest_version = code_folders.latest_version", [draft.Name], cancel);
        int latest = (await session.ListAsync("SELECT latest_version FROM code_folders WHERE name = $1", [draft.Name], row => row.Int(0), cancel))[0];
        if (based is { } seen && seen != latest)
        {
            await session.ExecuteAsync("DELETE FROM code_folders WHERE name = $1 AND latest_version = 0", [draft.Name], cancel);
            return null;
        }
        // 2. What is there already is no new version.
        CodeVersion? last = await session.FirstAsync($"{Versions} WHERE name = $1 AND version = $2", [draft.Name, latest], ToVersion, cancel);
        if (last?.Files.Hash == draft.Files.Hash)
            return last;
        // 3. The next one.
        CodeVersion next = new(draft.Name, latest + 1, draft.Files, draft.By, draft.Note, time.GetUtcNow());
        await session.ExecuteAsync("INSERT INTO code_versions (name, version, hash, bytes, made_by, note, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            [next.Name, next.Version, next.Files.Hash, next.Files.Bytes, next.By, next.Note, next.CreatedAt], cancel);
        await session.ExecuteAsync("UPDATE code_folders SET latest_version = $2 WHERE name = $1", [next.Name, next.Version], cancel);
        return next;
    }, cancel);

    public async Task<IReadOnlyList<CodeVersion>> ListAsync(CancellationToken cancel)
    {
        List<CodeVersion> all = await database.ListAsync(
            "SELECT v.name, v.version, v.hash, v.bytes, v.made_by, v.note, v.created_at FROM code_versions v JOIN code_folders f ON f.name = v.name AND f.latest_version = v.version",
            [], ToVersion, cancel);
        return [.. all.OrderBy(v => v.Name, StringComparer.Ordinal)]; // The two databases sort text differently.
    }

    public async Task<IReadOnlyList<CodeVersion>> ListVersionsAsync(string name, CancellationToken cancel) =>
        await database.ListAsync($"{Versions} WHERE name = $1 ORDER BY version DESC", [name], ToVersion, cancel);

    public Task<CodeVersion?> FindAsync(string name, int? version, CancellationToken cancel) => version is { } number
        ? database.FirstAsync($"{Versions} WHERE name = $1 AND version = $2", [name, number], ToVersion, cancel)
        : database.FirstAsync($"{Versions} WHERE name = $1 ORDER BY version DESC LIMIT 1", [name], ToVersion, cancel);

    public async Task<CodeTree?> FindPinAsync(RunId run, string activity, CancellationToken cancel) =>
        await database.FirstAsync("SELECT tree_json FROM code_pins WHERE run = $1 AND activity = $2", [run.Value, activity], row => row.Text(0), cancel) is { } json
            ? JsonSerializer.Deserialize<CodeTree>(json, ActivityJson.Options) : null;

    public async Task<CodeTree> PinAsync(RunId run, string activity, CodeTree tree, CancellationToken cancel)
    {
        await database.ExecuteAsync("INSERT INTO code_pins (run, activity, tree_json) VALUES ($1, $2, $3) ON CONFLICT (run, activity) DO NOTHING",
            [run.Value, activity, JsonSerializer.Serialize(tree, ActivityJson.Options)], cancel);
        return (await FindPinAsync(run, activity, cancel))!;
    }

    private static CodeVersion ToVersion(SqlRow row) => new(
        row.Text(0), row.Int(1), new ArtifactRef(row.Text(2), CodeTree.Kind, row.Long(3)), row.Text(4), row.TextOrNull(5), row.Time(6));
}
