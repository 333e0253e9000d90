using System.Globalization;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Registry;
using MLPlatform.Core.Runs;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Registry;

internal sealed class ModelRegistry(Database database, TimeProvider time) : IModelRegistry
{
    private const string Champion = "champion";
    internal const string Versions =
        "SELECT v.model, v.version, v.hash, v.kind, v.bytes, v.attempt, v.metrics_json, v.description, v.created_at FROM model_versions v";

    public Task<ModelVersion> RegisterAsync(ModelRegistration registration, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        // 1. Have the model's row for ourselves: versions are counted without gaps.
        await session.ExecuteAsync(
            "INSERT INTO models (name, latest_version, updated_at) VALUES ($1, 0, $2) ON CONFLICT (name) DO UPDATE SET updated_at = models.updated_at",
            [registration.Model, time.GetUtcNow()], cancel);
        // 2. An attempt that asks again gets what it made.
        string attempt = registration.Attempt.ToString();
        ModelVersion? made = await FirstAsync(session, "v.model = $1 AND v.attempt = $2", [registration.Model, attempt], cancel);
        if (made is not null)
            return made;
        // 3. The next version.
        await session.ExecuteAsync("UPDATE models SET latest_version = latest_version + 1, updated_at = $2 WHERE name = $1",
            [registration.Model, time.GetUtcNow()], cancel);
        await session.ExecuteAsync(
            "INSERT INTO model_versions (model, version, hash, kind, bytes, attempt, metrics_json, description, created_at) "
            + "SELECT name, latest_version, $2, $3, $4, $5, $6, $7, $8 FROM models WHERE name = $1",
            [
                registration.Model, registration.Artifact.Hash, registration.Artifact.Kind, registration.Artifact.Bytes, attempt,
                registration.MetricsJson, registration.Description, time.GetUtcNow(),
            ], cancel);
        return (await FirstAsync(session, "v.model = $1 AND v.attempt = $2", [registration.Model, attempt], cancel))!;
    }, cancel);

    public Task<int?> SetAliasAsync(string model, string alias, int version, string by, CancellationToken cancel) =>
        database.WriteAsync(session => SetAliasInTransactionAsync(session, model, alias, version, by, time.GetUtcNow(), cancel), cancel);

    internal static async Task<int?> SetAliasInTransactionAsync(
        SqlSession session, string model, string alias, int version, string by, DateTimeOffset now, CancellationToken cancel)
    {
        // 1. Have the model's row for ourselves, so that the history tells one story.
        await session.ExecuteAsync("UPDATE models SET updated_at = updated_at WHERE name = $1", [model], cancel);
        if (await FirstAsync(session, "v.model = $1 AND v.version = $2", [model, version], cancel) is null)
            throw new ActivityException("STORE-008", $"The model '{model}' has no version {version.ToString(CultureInfo.InvariantCulture)}, so '{alias}' cannot point at it. "
                + "List the versions with 'mlp models'.");
        var former = (int?)await session.ScalarAsync<long?>(
            "SELECT CAST(version AS bigint) FROM model_aliases WHERE model = $1 AND alias = $2", [model, alias], cancel);
        if (former == version)
            return former;
        // 2. Move it and say so.
        await session.ExecuteAsync(
            "INSERT INTO model_aliases (model, alias, version) VALUES ($1, $2, $3) ON CONFLICT (model, alias) DO UPDATE SET version = excluded.version",
            [model, alias, version], cancel);
        await session.ExecuteAsync(
            "INSERT INTO model_alias_changes (model, alias, from_version, to_version, changed_by, changed_at) VALUES ($1, $2, $3, $4, $5, $6)",
            [model, alias, former, version, by, now], cancel);
        await session.ExecuteAsync("UPDATE models SET updated_at = $2 WHERE name = $1", [model, now], cancel);
        return former;
    }

    public Task<int?> RemoveAliasAsync(string model, string alias, string by, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        await session.ExecuteAsync("UPDATE models SET updated_at = updated_at WHERE name = $1", [model], cancel);
        var former = (int?)await session.ScalarAsync<long?>(
            "SELECT CAST(version AS bigint) FROM model_aliases WHERE model = $1 AND alias = $2", [model, alias], cancel);
        if (former is null)
            return former;
        await session.ExecuteAsync("DELETE FROM model_aliases WHERE model = $1 AND alias = $2", [model, alias], cancel);
        await session.ExecuteAsync(
            "INSERT INTO model_alias_changes (model, alias, from_version, to_version, changed_by, changed_at) VALUES ($1, $2, $3, 0, $4, $5)",
            [model, alias, former, by, time.GetUtcNow()], cancel);
        await session.ExecuteAsync("UPDATE models SET updated_at = $2 WHERE name = $1", [model, time.GetUtcNow()], cancel);
        return former;
    }, cancel);

    public async Task<ModelVersion?> FindByAliasAsync(string model, string alias, CancellationToken cancel)
    {
        await using SqlSession session = await database.ReadAsync(cancel);
        return await FirstAsync(session,
            "v.model = $1 AND v.version = (SELECT a.version FROM model_aliases a WHERE a.model = $1 AND a.alias = $2)", [model, alias], cancel);
    }

    public async Task<ModelVersion?> FindAsync(string model, int version, CancellationToken cancel)
    {
        await using SqlSession session = await database.ReadAsync(cancel);
        return await FirstAsync(session, "v.model = $1 AND v.version = $2", [model, version], cancel);
    }

    public async Task<IReadOnlyList<ModelSummary>> ListAsync(CancellationToken cancel) => await database.ListAsync(
        "SELECT m.name, m.latest_version, a.version, m.updated_at FROM models m "
        + "LEFT JOIN model_aliases a ON a.model = m.name AND a.alias = $1 ORDER BY m.name", [Champion],
        row => new ModelSummary(row.Text(0), row.Int(1), row.IntOrNull(2), row.Time(3)), cancel);

    public async Task<IReadOnlyList<ModelVersion>> ListVersionsAsync(string model, CancellationToken cancel)
    {
        await using SqlSession session = await database.ReadAsync(cancel);
        return await SelectAsync(session, "v.model = $1", [model], cancel);
    }

    public async Task<IReadOnlyList<AliasChange>> ListAliasChangesAsync(string model, string alias, CancellationToken cancel) => await database.ListAsync(
        "SELECT from_version, to_version, changed_by, changed_at FROM model_alias_changes WHERE model = $1 AND alias = $2 ORDER BY id DESC",
        [model, alias], row => new AliasChange(model, alias, row.IntOrNull(0), row.Int(1), row.Text(2), row.Time(3)), cancel);

    private static async Task<ModelVersion?> FirstAsync(SqlSession session, string where, object?[] values, CancellationToken cancel) =>
        (await SelectAsync(session, where, values, cancel)).FirstOrDefault();

    private static async Task<List<ModelVersion>> SelectAsync(SqlSession session, string where, object?[] values, CancellationToken cancel)
    {
        List<ModelVersion> versions = await session.ListAsync($"{Versions} WHERE {where} ORDER BY v.version DESC", values, ToVersion, cancel);
        if (versions.Count == 0)
            return versions;
        ILookup<int, string> aliases = (await session.ListAsync(
            "SELECT version, alias FROM model_aliases WHERE model = $1 ORDER BY alias", [versions[0].Model],
            row => (Version: row.Int(0), Alias: row.Text(1)), cancel)).ToLookup(a => a.Version, a => a.Alias);
        return [.. versions.Select(v => v with { Aliases = [.. aliases[v.Version]] })];
    }

    internal static ModelVersion ToVersion(SqlRow row) => new(
        row.Text(0), row.Int(1), new ArtifactRef(row.Text(2), row.Text(3), row.Long(4)),
        AttemptId.TryParse(row.Text(5), out AttemptId attempt) ? attempt : throw new InvalidOperationException($"'{row.Text(5)}' is not an attempt id"),
        row.Text(6), row.TextOrNull(7), row.Time(8), []);
}
