using MLPlatform.Core.Pipelines;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Pipelines;

internal sealed class PipelineStore(Database database, TimeProvider time) : IPipelineStore
{
    private const string Revisions =
        "SELECT p.name, r.revision, r.hash, r.file_json, r.folder, r.applied_by, r.applied_at, p.paused "
        + "FROM pipelines p JOIN pipeline_revisions r ON r.pipeline = p.name";

    private const string NewestRevision = Revisions + " AND r.revision = p.latest_revision";

    public Task<PipelineRevision> ApplyAsync(string pipeline, string hash, string fileJson, string? folder, string by, CancellationToken cancel) =>
        database.WriteAsync(session => ApplyInTransactionAsync(session, new PipelineRevision(pipeline, 0, hash, fileJson, folder, by, time.GetUtcNow(), false), cancel), cancel);

    /// <param name="draft">What to register; its number and whether it is paused do not count.</param>
    internal static async Task<PipelineRevision> ApplyInTransactionAsync(SqlSession session, PipelineRevision draft, CancellationToken cancel)
    {
        // 1. Have the pipeline's row for ourselves; revision 0 means that it is new.
        await session.ExecuteAsync(
            "INSERT INTO pipelines (name, latest_revision, paused) VALUES ($1, 0, $2) ON CONFLICT (name) DO UPDATE SET removed_at = NULL, removed_by = NULL",
            [draft.Pipeline, false], cancel);
        // 2. The same file again, byte for byte and in the same place, changes nothing.
        PipelineRevision? newest = await session.FirstAsync(NewestRevision + " WHERE p.name = $1", [draft.Pipeline], ToRevision, cancel);
        if (newest?.Hash == draft.Hash && newest.Folder == draft.Folder && newest.FileJson == draft.FileJson)
            return newest;
        // 3. Everything else is the next revision.
        await session.ExecuteAsync("UPDATE pipelines SET latest_revision = latest_revision + 1 WHERE name = $1", [draft.Pipeline], cancel);
        await session.ExecuteAsync(
            "INSERT INTO pipeline_revisions (pipeline, revision, hash, file_json, folder, applied_by, applied_at) "
            + "SELECT name, latest_revision, $2, $3, $4, $5, $6 FROM pipelines WHERE name = $1",
            [draft.Pipeline, draft.Hash, draft.FileJson, draft.Folder, draft.AppliedBy, draft.AppliedAt], cancel);
        return (await session.FirstAsync(NewestRevision + " WHERE p.name = $1", [draft.Pipeline], ToRevision, cancel))!;
    }

    public Task<PipelineRevision?> FindAsync(string pipeline, CancellationToken cancel) =>
        database.FirstAsync(NewestRevision + " WHERE p.name = $1 AND p.removed_at IS NULL", [pipeline], ToRevision, cancel);

    public async Task<IReadOnlyList<PipelineRevision>> ListAsync(CancellationToken cancel) =>
        await database.ListAsync(NewestRevision + " WHERE p.removed_at IS NULL ORDER BY p.name", [], ToRevision, cancel);

    public async Task<IReadOnlyList<PipelineRevision>> ListRevisionsAsync(string pipeline, CancellationToken cancel) =>
        await database.ListAsync(Revisions + " WHERE p.name = $1 ORDER BY r.revision DESC", [pipeline], ToRevision, cancel);

    public async Task<bool> SetPausedAsync(string pipeline, bool paused, string by, CancellationToken cancel) =>
        await database.ExecuteAsync("UPDATE pipelines SET paused = $2, paused_by = $3 WHERE name = $1 AND removed_at IS NULL",
            [pipeline, paused, by], cancel) == 1;

    public async Task<bool> RemoveAsync(string pipeline, string by, CancellationToken cancel) =>
        await database.ExecuteAsync(
            "UPDATE pipelines SET removed_at = $2, removed_by = $3, paused = $4 WHERE name = $1 AND removed_at IS NULL",
            [pipeline, time.GetUtcNow(), by, false], cancel) == 1;

    private static PipelineRevision ToRevision(SqlRow row) =>
        new(row.Text(0), row.Int(1), row.Text(2), row.Text(3), row.TextOrNull(4), row.Text(5), row.Time(6), row.Bool(7));
}
