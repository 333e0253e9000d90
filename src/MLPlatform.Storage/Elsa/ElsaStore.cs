using MLPlatform.Core.Elsa;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Elsa;

internal sealed class ElsaStore(Database database, TimeProvider time) : IElsaStore
{
    private const long Writers = 0x656c7361; // One writer at a time keeps versions in order.
    private const string Heads = "SELECT id, definition, version, name, published, revision, saved_at, saved_by FROM elsa_definitions";
    private const string Newest = Heads + " WHERE definition = $1 ORDER BY version DESC LIMIT 1";

    public async Task<IReadOnlyList<ElsaVersion>> ListAsync(CancellationToken cancel) =>
        await database.ListAsync(Heads + " ORDER BY definition, version", [], ToVersion, cancel);

    public async Task<IReadOnlyList<ElsaVersion>> ListAsync(string definition, CancellationToken cancel) =>
        await database.ListAsync(Heads + " WHERE definition = $1 ORDER BY version", [definition], ToVersion, cancel);

    public Task<ElsaDocument?> FindAsync(string version, CancellationToken cancel) => database.FirstAsync(
        "SELECT id, definition, version, name, published, revision, saved_at, saved_by, document_json FROM elsa_definitions WHERE id = $1",
        [version], row => new ElsaDocument(ToVersion(row), row.Text(8)), cancel);

    public Task<ElsaVersion> SaveDraftAsync(ElsaDraft draft, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        await database.SerializeAsync(session, Writers, cancel);
        ElsaVersion? newest = await session.FirstAsync(Newest, [draft.Definition], ToVersion, cancel);
        DateTimeOffset now = time.GetUtcNow();
        // A version that was ever published stays what it was: runs refer to it.
        if (newest is { IsPublished: false, Revision: null })
        {
            await session.ExecuteAsync("UPDATE elsa_definitions SET name = $2, document_json = $3, saved_at = $4, saved_by = $5 WHERE id = $1",
                [newest.Id, draft.Name, draft.Json, now, draft.By], cancel);
            return newest with { Name = draft.Name, SavedAt = now, SavedBy = draft.By };
        }
        ElsaVersion next = new(Guid.CreateVersion7(now).ToString("N"), draft.Definition, (newest?.Version ?? 0) + 1, draft.Name, false, null, now, draft.By);
        await InsertAsync(session, next, draft.Json, cancel);
        return next;
    }, cancel);

    public Task KeepPublishedAsync(string id, ElsaDraft registered, int revision, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        await database.SerializeAsync(session, Writers, cancel);
        if (await session.FirstAsync(Heads + " WHERE id = $1", [id], ToVersion, cancel) is not null)
            return;
        ElsaVersion? newest = await session.FirstAsync(Newest, [registered.Definition], ToVersion, cancel);
        await session.ExecuteAsync("UPDATE elsa_definitions SET published = $2 WHERE definition = $1", [registered.Definition, false], cancel);
        await InsertAsync(session, new ElsaVersion(id, registered.Definition, (newest?.Version ?? 0) + 1, registered.Name, true, revision, time.GetUtcNow(), registered.By), registered.Json, cancel);
    }, cancel);

    public Task PublishAsync(string version, int revision, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        await database.SerializeAsync(session, Writers, cancel);
        if (await session.FirstAsync(Heads + " WHERE id = $1", [version], ToVersion, cancel) is not { } found)
            return;
        await session.ExecuteAsync("UPDATE elsa_definitions SET published = $2 WHERE definition = $1", [found.Definition, false], cancel);
        await session.ExecuteAsync("UPDATE elsa_definitions SET published = $2, revision = $3 WHERE id = $1", [version, true, revision], cancel);
    }, cancel);

    public Task RetractAsync(string definition, CancellationToken cancel) =>
        database.ExecuteAsync("UPDATE elsa_definitions SET published = $2 WHERE definition = $1", [definition, false], cancel);

    public async Task<bool> RemoveAsync(string definition, CancellationToken cancel) =>
        await database.ExecuteAsync("DELETE FROM elsa_definitions WHERE definition = $1", [definition], cancel) > 0;

    public async Task<bool> RemoveVersionAsync(string version, CancellationToken cancel) =>
        await database.ExecuteAsync("DELETE FROM elsa_definitions WHERE id = $1", [version], cancel) > 0;

    private static Task<int> InsertAsync(SqlSession session, ElsaVersion v, string json, CancellationToken cancel) => session.ExecuteAsync(
        "INSERT INTO elsa_definitions (id, definition, version, name, document_json, published, revision, saved_at, saved_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        [v.Id, v.Definition, v.Version, v.Name, json, v.IsPublished, v.Revision, v.SavedAt, v.SavedBy], cancel);

    private static ElsaVersion ToVersion(SqlRow row) =>
        new(row.Text(0), row.Text(1), row.Int(2), row.Text(3), row.Bool(4), row.IntOrNull(5), row.Time(6), row.Text(7));
}
