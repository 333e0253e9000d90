using System.Globalization;
using MLPlatform.Core.Experiments;
using MLPlatform.Core.Runs;
using MLPlatform.Storage.Lineage;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Experiments;

internal sealed class TrackedRunStore(Database database, MetricNames names, IExperimentStore experiments, TimeProvider time) : ITrackedRunStore
{
    private const string Columns =
        "SELECT number, id, experiment, name, user_name, status, started_ms, ended_ms, stage, artifact_uri, parameters_json, tags_json, inputs_json, outputs_json, attempt, latest FROM tracked_runs";

    // The most values of one statement that every database takes, with room to spare.
    private const int PointsPerStatement = 200;

    private readonly AttemptRuns _attempts = new(database);
    private readonly TrackedFileStore _files = new(database, time);

    public async Task<TrackedRun> CreateAsync(NewTrackedRun run, CancellationToken cancel) => await database.WriteAsync(async session =>
    {
        Stored made = await InsertAsync(session, run, cancel);
        return made.Run;
    }, cancel);

    public async Task<TrackedRun?> FindAsync(string id, CancellationToken cancel)
    {
        Stored? found = await database.FirstAsync(Columns + " WHERE id = $1", [id], ToStored, cancel);
        TrackedRun? derived = await DerivedAsync(id, cancel);
        if (found is null)
            return derived;
        await names.LoadAsync(cancel);
        return derived is null ? WithMetrics(found) : TrackedMerge.Of(derived, WithMetrics(found));
    }

    public async Task<IReadOnlyList<TrackedRun>> ListAsync(IReadOnlyCollection<long> experimentIds, LifecycleView view, CancellationToken cancel)
    {
        List<TrackedRun> found = [];
        foreach (long id in experimentIds.Distinct())
        {
            if (await experiments.FindAsync(id, cancel) is not { } experiment)
                continue;
            List<Stored> stored = await database.ListAsync($"{Columns} WHERE experiment = $1", [id], ToStored, cancel);
            await names.LoadAsync(cancel);
            Dictionary<string, TrackedRun> derived = (await _attempts.ListAsync(experiment, AttemptsOf(stored), cancel)).ToDictionary(r => r.Id);
            foreach (Stored row in stored)
                found.Add(derived.Remove(row.Run.Id, out TrackedRun? known) ? TrackedMerge.Of(known, WithMetrics(row)) : WithMetrics(row));
            found.AddRange(derived.Values);
        }
        if (view != LifecycleView.All)
            found.RemoveAll(run => run.Stage != (view == LifecycleView.Active ? Lifecycle.Active : Lifecycle.Deleted));
        return found;
    }

    public async Task LogAsync(string id, TrackedBatch batch, CancellationToken cancel)
    {
        await names.EnsureAsync(batch.Metrics.Select(m => m.Name), cancel);
        // 1. Have the run for ourselves, and see that it may change.
        await ChangeAsync(id, async (session, stored) =>
        {
            // 2. Parameters never change; tags do.
            Dictionary<string, string> parameters = new(stored.Run.Parameters, StringComparer.Ordinal);
            foreach ((string key, string value) in batch.Parameters)
            {
                if (!parameters.TryAdd(key, StoredText.Clean(value)) && parameters[key] != StoredText.Clean(value))
                    throw TrackingException.ParameterChanged(id, key, parameters[key], value);
            }
            Dictionary<string, string> tags = TextMap.With(stored.Run.Tags, batch.Tags);
            (int Metric, MetricValue Point)[] points = [.. batch.Metrics.Select(m => (names.NumberOf(m.Name), m))];
            // 3. Write the row, then the points, each once.
            await session.ExecuteAsync(
                "UPDATE tracked_runs SET parameters_json = $2, tags_json = $3, latest = $4, name = $5 WHERE number = $1",
                [
                    stored.Number, TextMap.Write(parameters), TextMap.Write(tags),
                    points.Length == 0 ? stored.Latest : LatestMetrics.With(stored.Latest, points), NameAfter(stored.Run.Name, batch),
                ], cancel);
            foreach ((int, MetricValue)[] portion in points.Chunk(PointsPerStatement))
                await InsertPointsAsync(session, stored.Number, portion, cancel);
            return true;
        }, cancel);
    }

    public async Task<TrackedRun> UpdateAsync(string id, TrackedChange change, CancellationToken cancel)
    {
        await ChangeAsync(id, (session, stored) => session.ExecuteAsync(
            "UPDATE tracked_runs SET status = $2, ended_ms = $3, name = $4 WHERE number = $1",
            [stored.Number, StoredText.CamelCase(change.Status ?? stored.Run.Status), change.EndedMs ?? stored.Run.EndedMs, change.Name ?? stored.Run.Name], cancel), cancel);
        return (await FindAsync(id, cancel))!;
    }

    public Task SetStageAsync(string id, Lifecycle stage, CancellationToken cancel) => ChangeAsync(id, (session, stored) =>
        session.ExecuteAsync("UPDATE tracked_runs SET stage = $2 WHERE number = $1", [stored.Number, StoredText.CamelCase(stage)], cancel), cancel, alsoDeleted: true);

    public Task ChangeInputsAsync(string id, bool outputs, Func<string?, string> add, CancellationToken cancel) => ChangeAsync(id, (session, stored) =>
        session.ExecuteAsync($"UPDATE tracked_runs SET {(outputs ? "outputs_json" : "inputs_json")} = $2 WHERE number = $1",
            [stored.Number, add(outputs ? stored.Run.OutputsJson : stored.Run.InputsJson)], cancel), cancel);

    public async Task<IReadOnlyList<MetricValue>> HistoryAsync(string id, string metric, int skip, int limit, CancellationToken cancel)
    {
        // What an attempt reported by its own protocol lies elsewhere; both are one history.
        if (AttemptId.TryParse(id, out AttemptId attempt) && await _attempts.HistoryAsync(attempt, metric, cancel) is { Count: > 0 } reported)
            return [.. reported.Concat(await LoggedAsync(id, metric, 0, int.MaxValue, cancel)).OrderBy(p => p.AtMs).ThenBy(p => p.Step).Skip(skip).Take(limit)];
        return await LoggedAsync(id, metric, skip, limit, cancel);
    }

    public Task PutFileAsync(TrackedFile file, CancellationToken cancel) => _files.PutAsync(file, cancel);

    public Task<TrackedFile?> FindFileAsync(string path, CancellationToken cancel) => _files.FindAsync(path, cancel);

    public Task<IReadOnlyList<TrackedFile>> ListFilesAsync(string folder, CancellationToken cancel) => _files.ListAsync(folder, cancel);

    public Task<int> RemoveFilesAsync(string path, CancellationToken cancel) => _files.RemoveAsync(path, cancel);

    private async Task<Stored> InsertAsync(SqlSession session, NewTrackedRun run, CancellationToken cancel)
    {
        Experiment experiment = await session.FirstAsync($"SELECT name, artifact_location, stage FROM experiments WHERE id = $1{database.ForShare}", [run.Experiment],
            row => new Experiment(run.Experiment, row.Text(0), row.TextOrNull(1), StoredText.Parse<Lifecycle>(row.Text(2)), default, default, TrackedRun.NoText), cancel)
            ?? throw TrackingException.NoExperiment(run.Experiment.ToString(CultureInfo.InvariantCulture));
        if (experiment.Stage == Lifecycle.Deleted)
            throw TrackingException.Deleted($"The experiment '{experiment.Name}'");
        if (await session.ExecuteAsync(
            "INSERT INTO tracked_runs (id, experiment, name, user_name, status, started_ms, stage, artifact_uri, parameters_json, tags_json, attempt, latest) "
            + "VALUES ($1, $2, $3, $4, 'running', $5, 'active', $6, '{}', $7, $8, $9) ON CONFLICT (id) DO NOTHING",
            [
                run.Id, run.Experiment, run.Name, run.User, run.StartedMs, experiment.ArtifactUriOf(run.Id), TextMap.Write(run.Tags), run.Attempt?.ToString(), Array.Empty<byte>(),
            ], cancel) == 0)
            throw new TrackingException(TrackingRefusal.Exists, "TRACK-003", $"There is a run '{run.Id}' already.");
        return (await session.FirstAsync($"{Columns} WHERE id = $1", [run.Id], ToStored, cancel))!;
    }

    /// <summary>Changes a run that may change; an attempt's gets its row with the first change.</summary>
    private async Task<T> ChangeAsync<T>(string id, Func<SqlSession, Stored, Task<T>> change, CancellationToken cancel, bool alsoDeleted = false)
    {
        for (bool made = false; ; made = true)
        {
            (bool found, T? result) = await database.WriteAsync<(bool, T?)>(async session =>
            {
                if (await session.FirstAsync($"{Columns} WHERE id = $1{database.ForUpdate}", [id], ToStored, cancel) is not { } stored)
                    return (false, default);
                return alsoDeleted || stored.Run.Stage == Lifecycle.Active ? (true, await change(session, stored)) : throw TrackingException.Deleted($"The run '{id}'");
            }, cancel);
            if (found)
                return result!;
            if (made || await DerivedAsync(id, cancel) is not { } derived)
                throw TrackingException.NoRun(id);
            await MakeRowAsync(derived, cancel);
        }
    }

    private async Task MakeRowAsync(TrackedRun derived, CancellationToken cancel)
    {
        try
        {
            await CreateAsync(new NewTrackedRun(derived.Id, derived.Experiment, derived.Name, derived.User, derived.StartedMs, TrackedRun.NoText, derived.Attempt), cancel);
        }
        catch (TrackingException e) when (e.Refusal == TrackingRefusal.Exists)
        {
            // Another request made it at the same moment: it is there, which is all that was wanted.
        }
    }

    private Task<TrackedRun?> DerivedAsync(string id, CancellationToken cancel) => _attempts.FindAsync(id, pipeline => experiments.EnsureAsync(pipeline, cancel), cancel);

    private static List<AttemptId> AttemptsOf(IEnumerable<Stored> rows)
    {
        List<AttemptId> attempts = [];
        foreach (Stored row in rows)
        {
            if (AttemptId.TryParse(row.Run.Id, out AttemptId attempt))
                attempts.Add(attempt);
        }
        return attempts;
    }

    private async Task<IReadOnlyList<MetricValue>> LoggedAsync(string id, string metric, int skip, int limit, CancellationToken cancel)
    {
        await names.LoadAsync(cancel);
        if (!names.TryNumber(metric, out int number))
            return [];
        return await database.ListAsync(
            "SELECT p.at_ms, p.step, p.bits FROM metric_points p JOIN tracked_runs r ON r.number = p.run WHERE r.id = $1 AND p.metric = $2 "
            + "ORDER BY p.at_ms, p.step, p.bits LIMIT $3 OFFSET $4",
            [id, (long)number, (long)limit, (long)skip],
            row => new MetricValue(metric, BitConverter.Int64BitsToDouble(row.Long(2)), row.Long(0), row.Long(1)), cancel);
    }

    private static async Task InsertPointsAsync(SqlSession session, long run, (int Metric, MetricValue Point)[] points, CancellationToken cancel)
    {
        List<object?> values = [run];
        string[] rows = [.. points.Select(p =>
            $"($1, {Many.Place(values, (long)p.Metric)}, {Many.Place(values, p.Point.AtMs)}, {Many.Place(values, p.Point.Step)}, {Many.Place(values, BitConverter.DoubleToInt64Bits(p.Point.Value))})")];
        await session.ExecuteAsync($"INSERT INTO metric_points (run, metric, at_ms, step, bits) VALUES {string.Join(", ", rows)} ON CONFLICT DO NOTHING", [.. values], cancel);
    }

    // Clients rename a run by its tag.
    private static string NameAfter(string name, TrackedBatch batch) => batch.Tags.LastOrDefault(t => t.Key == "mlflow.runName").Value ?? name;

    private TrackedRun WithMetrics(Stored stored) =>
        stored.Latest.Length == 0 ? stored.Run : stored.Run with { Metrics = LatestMetrics.Read(stored.Latest, names) };

    private static Stored ToStored(SqlRow row) => new(row.Long(0), new TrackedRun
    {
        Id = row.Text(1),
        Experiment = row.Long(2),
        Name = row.Text(3),
        User = row.Text(4),
        Status = StoredText.Parse<TrackedState>(row.Text(5)),
        StartedMs = row.Long(6),
        EndedMs = row.LongOrNull(7),
        Stage = StoredText.Parse<Lifecycle>(row.Text(8)),
        ArtifactUri = row.Text(9),
        Parameters = TextMap.Read(row.Text(10)),
        Tags = TextMap.Read(row.Text(11)),
        InputsJson = row.TextOrNull(12),
        OutputsJson = row.TextOrNull(13),
        Attempt = AttemptId.TryParse(row.TextOrNull(14), out AttemptId attempt) ? attempt : null,
    }, row.Bytes(15));

    private sealed record Stored(long Number, TrackedRun Run, byte[] Latest);
}
