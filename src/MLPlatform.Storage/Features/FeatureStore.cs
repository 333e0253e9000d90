using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Features;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Features;

internal sealed class FeatureStore(Database database, TimeProvider time) : IFeatureStore
{
    private const string Groups = "SELECT id, version, hash, file_json, applied_by, applied_at FROM feature_groups";
    private const string Tables = "SELECT group_id, version, number, hash, kind, bytes, attempt, through, profile_json, created_at FROM feature_tables";

    public Task<ApplyGroupResult> ApplyAsync(string group, int version, string hash, string fileJson, string by, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        int made = await session.ExecuteAsync(
            "INSERT INTO feature_groups (id, version, hash, file_json, applied_by, applied_at, latest_table) VALUES ($1, $2, $3, $4, $5, $6, 0) ON CONFLICT (id, version) DO NOTHING",
            [group, version, hash, fileJson, by, time.GetUtcNow()], cancel);
        RegisteredGroup there = (await session.FirstAsync(Groups + " WHERE id = $1 AND version = $2", [group, version], ToGroup, cancel))!;
        return new ApplyGroupResult(made > 0 ? ApplyGroupOutcome.Registered : there.Hash == hash ? ApplyGroupOutcome.Unchanged : ApplyGroupOutcome.Conflict, there);
    }, cancel);

    public Task<RegisteredGroup?> FindAsync(string group, int? version, CancellationToken cancel) => version is { } only
        ? database.FirstAsync(Groups + " WHERE id = $1 AND version = $2", [group, only], ToGroup, cancel)
        : database.FirstAsync(Groups + " WHERE id = $1 ORDER BY version DESC LIMIT 1", [group], ToGroup, cancel);

    public async Task<IReadOnlyList<RegisteredGroup>> ListAsync(CancellationToken cancel) => await database.ListAsync(
        Groups + " g WHERE version = (SELECT max(version) FROM feature_groups o WHERE o.id = g.id) ORDER BY id", [], ToGroup, cancel);

    public async Task<IReadOnlyList<RegisteredGroup>> ListVersionsAsync(string group, CancellationToken cancel) =>
        await database.ListAsync(Groups + " WHERE id = $1 ORDER BY version DESC", [group], ToGroup, cancel);

    public Task<FeatureTableRow> RecordAsync(FeatureTableDraft draft, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        // 1. Have the version's row for ourselves: tables are counted without gaps. 2. An attempt that asks again gets what it had.
        await session.ExecuteAsync("UPDATE feature_groups SET latest_table = latest_table WHERE id = $1 AND version = $2", [draft.Group, draft.Version], cancel);
        object?[] key = [draft.Group, draft.Version, draft.Attempt.ToString()];
        const string Mine = Tables + " WHERE group_id = $1 AND version = $2 AND attempt = $3";
        if (await session.FirstAsync(Mine, key, ToTable, cancel) is { } made)
            return made;
        // 3. The next table.
        await session.ExecuteAsync("UPDATE feature_groups SET latest_table = latest_table + 1 WHERE id = $1 AND version = $2", [draft.Group, draft.Version], cancel);
        await session.ExecuteAsync(
            "INSERT INTO feature_tables (group_id, version, number, hash, kind, bytes, attempt, through, profile_json, created_at) "
            + "SELECT id, version, latest_table, $3, $4, $5, $6, $7, $8, $9 FROM feature_groups WHERE id = $1 AND version = $2",
            [draft.Group, draft.Version, draft.Table.Hash, draft.Table.Kind, draft.Table.Bytes, draft.Attempt.ToString(), draft.Through, draft.ProfileJson, time.GetUtcNow()], cancel);
        return (await session.FirstAsync(Mine, key, ToTable, cancel))!;
    }, cancel);

    public async Task<IReadOnlyList<FeatureTableRow>> ListTablesAsync(string group, int version, CancellationToken cancel) =>
        await database.ListAsync(Tables + " WHERE group_id = $1 AND version = $2 ORDER BY number DESC", [group, version], ToTable, cancel);

    private static RegisteredGroup ToGroup(SqlRow row) => new(row.Text(0), row.Int(1), row.Text(2), row.Text(3), row.Text(4), row.Time(5));

    private static FeatureTableRow ToTable(SqlRow row) => new(row.Text(0), row.Int(1), row.Int(2),
        new ArtifactRef(row.Text(3), row.Text(4), row.Long(5)), row.Text(6), row.TimeOrNull(7), row.Text(8), row.Time(9));
}
