using System.Globalization;
using MLPlatform.Core.Experiments;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Experiments;

internal sealed class ExperimentStore(Database database, TimeProvider time) : IExperimentStore
{
    private const string Columns = "SELECT id, name, artifact_location, stage, created_at, updated_at, tags_json FROM experiments";

    private readonly AttemptRuns _attempts = new(database);

    /// <summary>Makes the experiment 0, which clients that name none log to and expect to be there.</summary>
    public static async Task EnsureDefaultAsync(Database database, TimeProvider time, CancellationToken cancel)
    {
        if (await database.ScalarAsync<long>("SELECT count(*) FROM experiments WHERE id = 0", [], cancel) == 0)
            await database.ExecuteAsync(
                "INSERT INTO experiments (id, name, stage, created_at, updated_at, tags_json) VALUES (0, 'Default', 'active', $1, $1, '{}') ON CONFLICT DO NOTHING",
                [time.GetUtcNow()], cancel);
    }

    public Task<Experiment> CreateAsync(string name, string? artifactLocation, IReadOnlyDictionary<string, string> tags, CancellationToken cancel) =>
        database.WriteAsync(async session =>
        {
            if (await InsertAsync(session, name, artifactLocation, tags, cancel) == 0)
            {
                Experiment there = (await session.FirstAsync(Columns + " WHERE name = $1", [name], ToExperiment, cancel))!;
                throw new TrackingException(TrackingRefusal.Exists, "TRACK-003", there.Stage == Lifecycle.Active
                    ? $"There is an experiment '{name}' already."
                    : $"There is an experiment '{name}' already, which was deleted. Restore it, or choose another name.");
            }
            return (await session.FirstAsync(Columns + " WHERE name = $1", [name], ToExperiment, cancel))!;
        }, cancel);

    public async Task<Experiment> EnsureAsync(string name, CancellationToken cancel)
    {
        if (await OfNameAsync(name, cancel) is { } there)
            return there;
        await database.WriteAsync(session => InsertAsync(session, name, null, TrackedRun.NoText, cancel), cancel);
        return (await OfNameAsync(name, cancel))!;
    }

    public Task<Experiment?> FindAsync(long id, CancellationToken cancel) => database.FirstAsync(Columns + " WHERE id = $1", [id], ToExperiment, cancel);

    public async Task<Experiment?> FindByNameAsync(string name, CancellationToken cancel) => await OfNameAsync(name, cancel)
        ?? (await _attempts.HasRunsAsync(name, cancel) ? await EnsureAsync(name, cancel) : null);

    public async Task<IReadOnlyList<Experiment>> ListAsync(CancellationToken cancel)
    {
        // A pipeline has an experiment from its first run on; its row is made when somebody looks.
        List<Experiment> all = await AllAsync(cancel);
        string[] missing = [.. (await _attempts.PipelinesAsync(cancel)).Except(all.Select(e => e.Name), StringComparer.Ordinal)];
        foreach (string pipeline in missing)
            await EnsureAsync(pipeline, cancel);
        return missing.Length == 0 ? all : await AllAsync(cancel);
    }

    public Task RenameAsync(long id, string name, CancellationToken cancel) => ChangeAsync(id, async (session, experiment) =>
    {
        if (experiment.Stage == Lifecycle.Deleted)
            throw TrackingException.Deleted($"The experiment '{experiment.Name}'");
        if (await session.FirstAsync(Columns + " WHERE name = $1 AND id <> $2", [name, id], ToExperiment, cancel) is not null)
            throw new TrackingException(TrackingRefusal.Exists, "TRACK-003", $"There is an experiment '{name}' already.");
        await session.ExecuteAsync("UPDATE experiments SET name = $2, updated_at = $3 WHERE id = $1", [id, name, time.GetUtcNow()], cancel);
    }, cancel);

    public Task SetStageAsync(long id, Lifecycle stage, CancellationToken cancel) => ChangeAsync(id, async (session, _) =>
    {
        await session.ExecuteAsync("UPDATE experiments SET stage = $2, updated_at = $3 WHERE id = $1", [id, StoredText.CamelCase(stage), time.GetUtcNow()], cancel);
        await session.ExecuteAsync("UPDATE tracked_runs SET stage = $2 WHERE experiment = $1", [id, StoredText.CamelCase(stage)], cancel);
    }, cancel);

    public Task SetTagAsync(long id, string key, string? value, CancellationToken cancel) => ChangeAsync(id, async (session, experiment) =>
    {
        if (experiment.Stage == Lifecycle.Deleted)
            throw TrackingException.Deleted($"The experiment '{experiment.Name}'");
        await session.ExecuteAsync("UPDATE experiments SET tags_json = $2, updated_at = $3 WHERE id = $1",
            [id, TextMap.Write(TextMap.With(experiment.Tags, [new(key, value)])), time.GetUtcNow()], cancel);
    }, cancel);

    private Task<Experiment?> OfNameAsync(string name, CancellationToken cancel) =>
        database.FirstAsync(Columns + " WHERE name = $1", [name], ToExperiment, cancel);

    private Task<List<Experiment>> AllAsync(CancellationToken cancel) =>
        database.ListAsync(Columns + " ORDER BY updated_at DESC, id DESC", [], ToExperiment, cancel);

    private Task ChangeAsync(long id, Func<SqlSession, Experiment, Task> change, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        Experiment experiment = await session.FirstAsync($"{Columns} WHERE id = $1{database.ForUpdate}", [id], ToExperiment, cancel)
            ?? throw TrackingException.NoExperiment(id.ToString(CultureInfo.InvariantCulture));
        await change(session, experiment);
    }, cancel);

    private Task<int> InsertAsync(SqlSession session, string name, string? location, IReadOnlyDictionary<string, string> tags, CancellationToken cancel) =>
        session.ExecuteAsync(
            "INSERT INTO experiments (name, artifact_location, stage, created_at, updated_at, tags_json) VALUES ($1, $2, 'active', $3, $3, $4) ON CONFLICT (name) DO NOTHING",
            [name, location, time.GetUtcNow(), TextMap.Write(tags)], cancel);

    private static Experiment ToExperiment(SqlRow row) => new(
        row.Long(0), row.Text(1), row.TextOrNull(2), StoredText.Parse<Lifecycle>(row.Text(3)), row.Time(4), row.Time(5), TextMap.Read(row.Text(6)));
}
