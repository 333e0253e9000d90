using System.Text.RegularExpressions;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Datasets;
using MLPlatform.Core.Runs;
using MLPlatform.Storage.Datasets;
using MLPlatform.Storage.Runs;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Retention;

/// <summary>
/// What keeps artifacts. Whatever text of a kept row names a hash keeps it: an artifact too many is cheap, one too few is not.
/// A test knows every table of the schema, so that a new one is not forgotten here.
/// </summary>
internal sealed partial class RetentionStore(Database database, TimeProvider time) : IRetentionStore
{
    private const string KeptRuns = $"(r.{RunTable.Unfinished} OR r.ended_at >= $1)";

    // Runs first: one that ends while the rest is read counts as unfinished.
    private static readonly string[] TextsOfRuns =
    [
        $"SELECT r.parameters_json || ' ' || r.trigger_json || ' ' || coalesce(r.outputs_json, '') FROM runs r WHERE {KeptRuns}",
        $"SELECT a.outputs_json FROM activities a JOIN runs r ON r.id = a.run WHERE a.outputs_json IS NOT NULL AND {KeptRuns}",
        $"SELECT a.hash FROM artifacts a JOIN runs r ON r.id = a.run WHERE {KeptRuns}",
        $"SELECT u.hash FROM artifact_uses u JOIN runs r ON r.id = u.run WHERE {KeptRuns}",
        $"SELECT p.tree_json FROM code_pins p JOIN runs r ON r.id = p.run WHERE {KeptRuns}",
        $"SELECT s.artifact_json FROM bees_slices s JOIN runs r ON r.id = s.run WHERE {KeptRuns}",
    ];

    private static readonly string[] Texts =
    [
        "SELECT json FROM run_commands", "SELECT facts_json FROM trigger_claims WHERE NOT settled", "SELECT question_json FROM label_batches WHERE delivered_at IS NULL",
        "SELECT v.file_json FROM pipeline_revisions v JOIN pipelines p ON p.name = v.pipeline AND p.latest_revision = v.revision",
        // What serving was given is compared with what it came from: the last few tables of each version of a group.
        "SELECT f.hash FROM feature_tables f JOIN feature_groups g ON g.id = f.group_id AND g.version = f.version AND f.number > g.latest_table - 3",
        "SELECT artifact FROM tracked_files",
        "SELECT hash FROM code_versions",
        "SELECT settings_json || ' ' || pipeline_json FROM sweeps WHERE ended_at IS NULL",
    ];

    public async Task<RetentionFacts> ReadAsync(DateTimeOffset runsSince, CancellationToken cancel)
    {
        HashSet<string> mentioned = new(StringComparer.Ordinal);
        DateTimeOffset? oldestAttempt = await database.FirstAsync("SELECT started_at FROM attempts WHERE status = 'running' ORDER BY started_at LIMIT 1", [],
            row => new Started(row.Time(0)), cancel) is { } first ? first.At : null;
        foreach (string sql in TextsOfRuns)
            await AddAsync(mentioned, sql, [runsSince], cancel);
        foreach (byte[] plan in await database.ListAsync($"SELECT DISTINCT p.json FROM plans p JOIN runs r ON r.plan_hash = p.hash WHERE {KeptRuns}", [runsSince], row => row.Bytes(0), cancel))
            Add(mentioned, System.Text.Encoding.UTF8.GetString(plan));
        foreach (string sql in Texts)
            await AddAsync(mentioned, sql, [], cancel);
        List<string> models = await database.ListAsync("SELECT DISTINCT hash FROM model_versions", [], row => row.Text(0), cancel);
        List<DatasetVersion> versions = await database.ListAsync(DatasetStore.Versions + " ORDER BY dataset, version DESC", [], DatasetStore.ToVersion, cancel);
        ILookup<string, DatasetVersion> byName = versions.ToLookup(v => v.Dataset, StringComparer.Ordinal);
        IReadOnlyList<Dataset> datasets = await new DatasetStore(database, time).ListAsync(cancel);
        return new RetentionFacts(mentioned, new HashSet<string>(models, StringComparer.Ordinal),
            [.. datasets.Select(d => (d, (IReadOnlyList<DatasetVersion>)[.. byName[d.Name].OrderByDescending(v => v.Version)]))], await EdgesAsync(versions, cancel), oldestAttempt);
    }

    public Task GiveUpAsync(IReadOnlyCollection<DatasetVersion> versions, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        foreach (DatasetVersion version in versions)
        {
            await session.ExecuteAsync("UPDATE dataset_versions SET removed_at = $3 WHERE dataset = $1 AND version = $2 AND removed_at IS NULL",
                [version.Dataset, version.Version, time.GetUtcNow()], cancel);
        }
    }, cancel);

    public Task<IReadOnlyCollection<string>> CondemnAsync(IReadOnlyCollection<string> artifacts, TimeSpan settle, CancellationToken cancel) =>
        database.WriteAsync<IReadOnlyCollection<string>>(async session =>
        {
            DateTimeOffset at = time.GetUtcNow();
            HashSet<string> now = new(artifacts, StringComparer.Ordinal);
            List<(string Hash, DateTimeOffset At)> known = await session.ListAsync("SELECT hash, at FROM condemned_artifacts", [], row => (row.Text(0), row.Time(1)), cancel);
            foreach ((string hash, _) in known.Where(k => !now.Contains(k.Hash)))
                await session.ExecuteAsync("DELETE FROM condemned_artifacts WHERE hash = $1", [hash], cancel);
            foreach (string hash in now.Except(known.Select(k => k.Hash)))
                await session.ExecuteAsync("INSERT INTO condemned_artifacts (hash, at) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING", [hash, at], cancel);
            foreach ((string key, string outputs) in await session.ListAsync("SELECT key, outputs_json FROM cache", [], row => (row.Text(0), row.Text(1)), cancel))
            {
                if (Hash().Matches(outputs).Any(m => now.Contains(m.Value)))
                    await session.ExecuteAsync("DELETE FROM cache WHERE key = $1", [key], cancel);
            }
            return await session.ListAsync("SELECT hash FROM condemned_artifacts WHERE at <= $1", [at - settle], row => row.Text(0), cancel);
        }, cancel);

    public Task ForgetAsync(IReadOnlyCollection<string> artifacts, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        foreach (string hash in artifacts)
            await session.ExecuteAsync("DELETE FROM condemned_artifacts WHERE hash = $1", [hash], cancel);
    }, cancel);

    private async Task<ArtifactEdges> EdgesAsync(List<DatasetVersion> versions, CancellationToken cancel)
    {
        Dictionary<(string, int), string> hashes = versions.ToDictionary(v => (v.Dataset, v.Version), v => v.Artifact.Hash);
        return new ArtifactEdges(
            await database.ListAsync("SELECT run, node, number, hash FROM artifacts", [], ToEdge, cancel),
            await database.ListAsync("SELECT run, node, number, hash FROM artifact_uses", [], ToEdge, cancel),
            [.. versions.Where(v => v.BaseVersion is not null).Select(v => (v.Artifact.Hash, hashes[(v.Dataset, v.BaseVersion!.Value)]))]);
    }

    private async Task AddAsync(HashSet<string> hashes, string sql, object?[] values, CancellationToken cancel)
    {
        foreach (string text in await database.ListAsync(sql, values, row => row.Text(0), cancel))
            Add(hashes, text);
    }

    private static void Add(HashSet<string> hashes, string text)
    {
        foreach (Match match in Hash().Matches(text))
            hashes.Add(match.Value);
    }

    private static (AttemptId, string) ToEdge(SqlRow row) => (new AttemptId(new RunId(row.Guid(0)), row.Int(1), row.Int(2)), row.Text(3));

    private sealed record Started(DateTimeOffset At);

    [GeneratedRegex("sha256:[0-9a-f]{64}")]
    private static partial Regex Hash();
}
