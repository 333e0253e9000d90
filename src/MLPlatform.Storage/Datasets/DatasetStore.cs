using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Datasets;
using MLPlatform.Core.Runs;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Datasets;

/// <summary>Every write first takes the dataset's row, so that versions are counted without gaps on both databases.</summary>
internal sealed class DatasetStore(Database database, TimeProvider time) : IDatasetStore
{
    internal const string Versions =
        "SELECT dataset, version, hash, kind, bytes, columns_json, rows, days_json, base_version, attempt, pipeline, created_at, removed_at FROM dataset_versions";

    private const string Datasets = "SELECT name, latest_version, settings_json, updated_at FROM datasets";

    public Task<PublishResult> PublishAsync(DatasetPublication publication, CancellationToken cancel) => database.WriteAsync<PublishResult>(async session =>
    {
        // 1. Have the dataset for ourselves; a new one is gone again where its first version is refused.
        DateTimeOffset now = time.GetUtcNow();
        await session.ExecuteAsync(
            "INSERT INTO datasets (name, latest_version, settings_json, updated_at) VALUES ($1, 0, '{}', $2) ON CONFLICT (name) DO UPDATE SET updated_at = datasets.updated_at",
            [publication.Name, now], cancel);
        Dataset dataset = (await session.FirstAsync($"{Datasets} WHERE name = $1", [publication.Name], ToDataset, cancel))!;
        // 2. An attempt that asks again gets what it made; so does whoever brings what is the latest already.
        string attempt = publication.Attempt.ToString();
        DatasetVersion? made = await session.FirstAsync($"{Versions} WHERE dataset = $1 AND attempt = $2", [publication.Name, attempt], ToVersion, cancel);
        DatasetVersion? latest = await session.FirstAsync($"{Versions} WHERE dataset = $1 AND version = $2", [publication.Name, dataset.LatestVersion], ToVersion, cancel);
        DatasetSettings settings = dataset.Settings.With(publication.Settings);
        if (made is not null)
            return new PublishResult.Published(made, IsNew: false);
        if (publication.BaseVersion is { } expected && expected != dataset.LatestVersion)
            return new PublishResult.Moved(dataset.LatestVersion);
        // 3. It must fit.
        IReadOnlyList<string> problems = SchemaCheck.Problems(settings, publication.Facts, latest?.Columns, publication.AllowBreaking);
        if (problems.Count > 0)
        {
            await session.ExecuteAsync("DELETE FROM datasets WHERE name = $1 AND latest_version = 0", [publication.Name], cancel);
            return new PublishResult.Refused(problems);
        }
        bool same = latest is { RemovedAt: null } && latest.Artifact.Hash == publication.Artifact.Hash;
        int version = same ? dataset.LatestVersion : dataset.LatestVersion + 1;
        await session.ExecuteAsync("UPDATE datasets SET latest_version = $2, settings_json = $3, updated_at = $4 WHERE name = $1",
            [publication.Name, version, Json(settings), same ? dataset.UpdatedAt : now], cancel);
        if (same)
            return new PublishResult.Published(latest!, IsNew: false);
        // 4. The next version.
        await InsertAsync(session, publication, version, attempt, now, cancel);
        return new PublishResult.Published((await session.FirstAsync(
            $"{Versions} WHERE dataset = $1 AND version = $2", [publication.Name, version], ToVersion, cancel))!, IsNew: true);
    }, cancel);

    public Task<Dataset?> FindAsync(string name, CancellationToken cancel) =>
        database.FirstAsync($"{Datasets} WHERE name = $1", [name], ToDataset, cancel);

    public async Task<IReadOnlyList<Dataset>> ListAsync(CancellationToken cancel)
    {
        List<Dataset> all = await database.ListAsync(Datasets, [], ToDataset, cancel);
        return [.. all.OrderBy(d => d.Name, StringComparer.Ordinal)]; // The two databases sort text differently.
    }

    public Task<DatasetVersion?> FindVersionAsync(string name, int? version, DateTimeOffset? asOf, CancellationToken cancel)
    {
        List<object?> values = [name];
        string where = "dataset = $1";
        if (version is { } number)
        {
            values.Add(number);
            where += $" AND version = ${values.Count}";
        }
        if (asOf is { } at)
        {
            values.Add(at);
            where += $" AND created_at <= ${values.Count}";
        }
        return database.FirstAsync($"{Versions} WHERE {where} ORDER BY version DESC LIMIT 1", [.. values], ToVersion, cancel);
    }

    public async Task<IReadOnlyList<DatasetVersion>> ListVersionsAsync(string name, CancellationToken cancel) =>
        await database.ListAsync($"{Versions} WHERE dataset = $1 ORDER BY version DESC", [name], ToVersion, cancel);

    public Task<bool> ConfigureAsync(string name, DatasetSettings settings, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        await session.ExecuteAsync("UPDATE datasets SET updated_at = updated_at WHERE name = $1", [name], cancel);
        if (await session.FirstAsync($"{Datasets} WHERE name = $1", [name], ToDataset, cancel) is not { } dataset)
            return false;
        await session.ExecuteAsync("UPDATE datasets SET settings_json = $2, updated_at = $3 WHERE name = $1",
            [name, Json(dataset.Settings.With(settings)), time.GetUtcNow()], cancel);
        return true;
    }, cancel);

    public Task RecordReadAsync(RunId run, int node, DatasetVersion version, CancellationToken cancel) => database.ExecuteAsync(
        "INSERT INTO dataset_reads (run, node, dataset, version, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (run, node, dataset, version) DO NOTHING",
        [run.Value, node, version.Dataset, version.Version, time.GetUtcNow()], cancel);

    private static Task<int> InsertAsync(
        SqlSession session, DatasetPublication publication, int version, string attempt, DateTimeOffset now, CancellationToken cancel) => session.ExecuteAsync(
        "INSERT INTO dataset_versions (dataset, version, hash, kind, bytes, columns_json, rows, days_json, base_version, attempt, pipeline, created_at) "
        + "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        [
            publication.Name, version, publication.Artifact.Hash, publication.Artifact.Kind, publication.Artifact.Bytes, Json(publication.Facts.Columns),
            publication.Facts.Rows, Json(publication.Facts.Days), publication.BaseVersion is > 0 ? publication.BaseVersion : null, attempt, publication.Pipeline, now,
        ], cancel);

    private static string Json<T>(T value) => JsonSerializer.Serialize(value, ActivityJson.Options);

    private static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, ActivityJson.Options)!;

    private static Dataset ToDataset(SqlRow row) => new(row.Text(0), row.Int(1), Read<DatasetSettings>(row.Text(2)), row.Time(3));

    internal static DatasetVersion ToVersion(SqlRow row) => new(
        row.Text(0), row.Int(1), new ArtifactRef(row.Text(2), row.Text(3), row.Long(4)), Read<List<DatasetColumn>>(row.Text(5)), row.Long(6),
        Read<List<string>>(row.Text(7)), row.IntOrNull(8),
        AttemptId.TryParse(row.Text(9), out AttemptId attempt) ? attempt : throw new InvalidOperationException($"'{row.Text(9)}' is not an attempt id"),
        row.Text(10), row.Time(11), row.TimeOrNull(12));
}
