using MLPlatform.Core.Registry;
using MLPlatform.Storage.Experiments;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Registry;

internal sealed class ModelNotes(Database database, TimeProvider time) : IModelNotes
{
    private const string Columns = "SELECT model, version, description, tags_json, stage, source, tracked_run, logged_model, created_at, updated_at FROM model_notes";

    public Task<bool> CreateModelAsync(string model, string? description, IReadOnlyDictionary<string, string> tags, CancellationToken cancel) =>
        database.WriteAsync(async session =>
        {
            DateTimeOffset now = time.GetUtcNow();
            if (await session.ExecuteAsync("INSERT INTO models (name, latest_version, updated_at) VALUES ($1, 0, $2) ON CONFLICT (name) DO NOTHING", [model, now], cancel) == 0)
                return false;
            await PutAsync(session, new ModelNote(model, 0, description, tags, null, null, null, null, now, now), cancel);
            return true;
        }, cancel);

    public async Task<IReadOnlyList<ModelNote>> ListAsync(string? model, CancellationToken cancel) => model is null
        ? await database.ListAsync(Columns, [], ToNote, cancel)
        : await database.ListAsync(Columns + " WHERE model = $1", [model], ToNote, cancel);

    public Task ChangeAsync(string model, int version, Func<ModelNote, ModelNote> change, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        // The model's row is what changes of its notes wait for: a note need not be there yet.
        await session.ExecuteAsync("UPDATE models SET updated_at = updated_at WHERE name = $1", [model], cancel);
        DateTimeOffset now = time.GetUtcNow();
        ModelNote before = await session.FirstAsync(Columns + " WHERE model = $1 AND version = $2", [model, version], ToNote, cancel)
            ?? new ModelNote(model, version, null, new Dictionary<string, string>(), null, null, null, null, now, now);
        await PutAsync(session, change(before) with { UpdatedAt = now }, cancel);
    }, cancel);

    private static Task<int> PutAsync(SqlSession session, ModelNote note, CancellationToken cancel) => session.ExecuteAsync(
        "INSERT INTO model_notes (model, version, description, tags_json, stage, source, tracked_run, logged_model, created_at, updated_at) "
        + "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (model, version) DO UPDATE SET description = excluded.description, "
        + "tags_json = excluded.tags_json, stage = excluded.stage, source = excluded.source, tracked_run = excluded.tracked_run, "
        + "logged_model = excluded.logged_model, updated_at = excluded.updated_at",
        [
            note.Model, note.Version, note.Description, TextMap.Write(note.Tags), note.Stage, note.Source, note.TrackedRun, note.LoggedModel, note.CreatedAt, note.UpdatedAt,
        ], cancel);

    private static ModelNote ToNote(SqlRow row) => new(
        row.Text(0), row.Int(1), row.TextOrNull(2), TextMap.Read(row.Text(3)), row.TextOrNull(4), row.TextOrNull(5), row.TextOrNull(6), row.TextOrNull(7),
        row.Time(8), row.Time(9));
}
