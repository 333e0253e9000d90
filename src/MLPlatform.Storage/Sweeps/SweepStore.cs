using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Sweeps;
using MLPlatform.Storage.Runs;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Sweeps;

internal sealed class SweepStore(Database database, TimeProvider time) : ISweepStore
{
    private const string Sweeps =
        "SELECT id, name, pipeline, settings_json, pipeline_json, folder, caller_folder, started_by, waiter, created_at, revision, status, ending, because, ended_at FROM sweeps";

    private const string Trials = "SELECT number, parameters_json, run, created_at, rung, curve_json, status, value, because, ended_at FROM sweep_trials";

    public Task<Sweep> OpenAsync(Sweep sweep, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        await session.ExecuteAsync(
            "INSERT INTO sweeps (id, name, pipeline, settings_json, pipeline_json, folder, caller_folder, started_by, waiter, created_at, revision, status) "
            + "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 'running') ON CONFLICT (id) DO UPDATE SET delivered_at = NULL",
            [
                sweep.Id.Value, sweep.Name, sweep.Pipeline, JsonSerializer.Serialize<SweepSettings>(sweep.Settings, ActivityJson.Options), sweep.PipelineJson,
                sweep.Folder, sweep.CallerFolder, sweep.By, sweep.Waiter?.ToString(), sweep.CreatedAt,
            ], cancel);
        return (await session.FirstAsync($"{Sweeps} WHERE id = $1", [sweep.Id.Value], ToSweep, cancel))!;
    }, cancel);

    public Task<Sweep?> FindAsync(SweepId id, CancellationToken cancel) => database.FirstAsync($"{Sweeps} WHERE id = $1", [id.Value], ToSweep, cancel);

    public async Task<Page<Sweep>> ListAsync(string? cursor, int limit, CancellationToken cancel)
    {
        List<Sweep> found;
        if (cursor is null)
            found = await database.ListAsync($"{Sweeps} ORDER BY created_at DESC, id DESC LIMIT $1", [(long)limit + 1], ToSweep, cancel);
        else
        {
            (DateTimeOffset at, Guid id) = Cursor.Parse(cursor);
            found = await database.ListAsync($"{Sweeps} WHERE created_at < $1 OR (created_at = $1 AND id < $2) ORDER BY created_at DESC, id DESC LIMIT $3", [at, id, (long)limit + 1], ToSweep, cancel);
        }
        if (found.Count <= limit)
            return new Page<Sweep>(found, null);
        found.RemoveAt(limit);
        return new Page<Sweep>(found, Cursor.Format(found[^1].CreatedAt, found[^1].Id.Value));
    }

    public async Task<IReadOnlyList<Sweep>> ListActiveAsync(CancellationToken cancel) =>
        await database.ListAsync($"{Sweeps} WHERE status <> 'ended' ORDER BY created_at, id", [], ToSweep, cancel);

    public async Task<bool> ClaimAsync(SweepId id, string replica, DateTimeOffset until, CancellationToken cancel) => await database.ExecuteAsync(
        "UPDATE sweeps SET owner = $2, owned_until = $3 WHERE id = $1 AND (owner IS NULL OR owner = $2 OR owned_until <= $4)", [id.Value, replica, until, time.GetUtcNow()], cancel) > 0;

    public async Task<IReadOnlyList<Trial>> ListTrialsAsync(SweepId id, CancellationToken cancel) =>
        await database.ListAsync($"{Trials} WHERE sweep = $1 ORDER BY number", [id.Value], ToTrial, cancel);

    public async Task<TrialCounts> CountTrialsAsync(SweepId id, CancellationToken cancel)
    {
        TrialCounts counts = new(0, 0, 0, 0, null, null);
        foreach ((string status, int count, double? least, double? most) in await database.ListAsync(
            "SELECT status, count(*), min(value), max(value) FROM sweep_trials WHERE sweep = $1 GROUP BY status", [id.Value],
            row => (row.Text(0), (int)row.Long(1), Finite(row.Double(2)), Finite(row.Double(3))), cancel))
        {
            counts = status switch
            {
                "completed" => counts with { Completed = count, Least = least, Most = most },
                "stopped" => counts with { Stopped = count },
                "failed" => counts with { Failed = count },
                "waiting" => counts,
                _ => counts with { Running = counts.Running + count },
            };
        }
        return counts;
    }

    public Task<bool> CommitAsync(Sweep seen, SweepDecision decision, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        (string status, SweepEnd? end, string? because, DateTimeOffset? at) = decision.State switch
        {
            SweepState.Stopping stopping => ("stopping", (SweepEnd?)stopping.End, stopping.Because, (DateTimeOffset?)null),
            SweepState.Ended ended => ("ended", ended.End, ended.Because, ended.At),
            _ => ("running", null, (string?)null, null),
        };
        if (await session.ExecuteAsync("UPDATE sweeps SET revision = revision + 1, status = $3, ending = $4, because = $5, ended_at = $6 WHERE id = $1 AND revision = $2",
            [seen.Id.Value, seen.Revision, status, end is { } how ? StoredText.CamelCase(how) : null, because, at], cancel) == 0)
            return false;
        foreach (Trial trial in decision.Trials)
            await PutAsync(session, seen.Id, trial, cancel);
        return true;
    }, cancel);

    public async Task<bool> StopAsync(SweepId id, string because, CancellationToken cancel) => await database.ExecuteAsync(
        "UPDATE sweeps SET revision = revision + 1, status = 'stopping', ending = 'stopped', because = $2 WHERE id = $1 AND status = 'running'", [id.Value, because], cancel) > 0;

    public Task<bool> ResumeAsync(Sweep seen, SweepSettings settings, IReadOnlyList<Trial> again, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        if (await session.ExecuteAsync(
            "UPDATE sweeps SET revision = revision + 1, status = 'running', ending = NULL, because = NULL, ended_at = NULL, waiter = NULL, settings_json = $3 "
            + "WHERE id = $1 AND revision = $2 AND status = 'ended' AND (waiter IS NULL OR delivered_at IS NOT NULL)",
            [seen.Id.Value, seen.Revision, JsonSerializer.Serialize<SweepSettings>(settings, ActivityJson.Options)], cancel) == 0)
            return false;
        foreach (Trial trial in again)
            await PutAsync(session, seen.Id, trial, cancel);
        return true;
    }, cancel);

    public async Task<IReadOnlyList<Sweep>> ListUndeliveredAsync(CancellationToken cancel) =>
        await database.ListAsync($"{Sweeps} WHERE status = 'ended' AND waiter IS NOT NULL AND delivered_at IS NULL ORDER BY ended_at, id", [], ToSweep, cancel);

    public Task MarkDeliveredAsync(SweepId id, CancellationToken cancel) =>
        database.ExecuteAsync("UPDATE sweeps SET delivered_at = $2 WHERE id = $1", [id.Value, time.GetUtcNow()], cancel);

    private static Task<int> PutAsync(SqlSession session, SweepId sweep, Trial trial, CancellationToken cancel)
    {
        (string status, double? value, string? because, DateTimeOffset? at) = trial.State switch
        {
            TrialState.Stopping stopping => ("stopping", (double?)null, stopping.Because, (DateTimeOffset?)null),
            TrialState.Completed done => ("completed", done.Value, null, done.At),
            TrialState.Stopped stopped => ("stopped", stopped.Value, stopped.Because, stopped.At),
            TrialState.Failed failed => ("failed", null, failed.Because, failed.At),
            TrialState.Waiting => ("waiting", null, null, null),
            _ => ("running", null, null, null),
        };
        return session.ExecuteAsync(
            "INSERT INTO sweep_trials (sweep, number, run, parameters_json, status, rung, value, because, curve_json, created_at, ended_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) "
            + "ON CONFLICT (sweep, number) DO UPDATE SET run = excluded.run, created_at = excluded.created_at, status = excluded.status, rung = excluded.rung, value = excluded.value, because = excluded.because, curve_json = excluded.curve_json, ended_at = excluded.ended_at",
            [
                sweep.Value, trial.Number, trial.Run.Value, JsonSerializer.Serialize(trial.Parameters, ActivityJson.Options), status, trial.Rung, value, because,
                JsonSerializer.Serialize(trial.Curve.Select(p => new[] { p.Step, p.Value })), trial.CreatedAt, at,
            ], cancel);
    }

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private static Sweep ToSweep(SqlRow row) => new(
        new SweepId(row.Guid(0)), row.Text(1), row.Text(2), JsonSerializer.Deserialize<SweepSettings>(row.Text(3), ActivityJson.Options)!, row.Text(4),
        row.TextOrNull(5), row.TextOrNull(6), row.Text(7), AttemptId.TryParse(row.TextOrNull(8), out AttemptId waiter) ? waiter : null, row.Time(9), row.Long(10),
        row.Text(11) switch
        {
            "stopping" => new SweepState.Stopping(StoredText.Parse<SweepEnd>(row.Text(12)), row.Text(13)),
            "ended" => new SweepState.Ended(StoredText.Parse<SweepEnd>(row.Text(12)), row.Text(13), row.Time(14)),
            _ => new SweepState.Running(),
        });

    private static Trial ToTrial(SqlRow row) => new(
        row.Int(0), JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(row.Text(1), ActivityJson.Options)!, new RunId(row.Guid(2)), row.Time(3), row.Int(4),
        [.. JsonSerializer.Deserialize<double[][]>(row.Text(5))!.Select(p => new CurvePoint((long)p[0], p[1]))],
        row.Text(6) switch
        {
            "stopping" => new TrialState.Stopping(row.Text(8)),
            "waiting" => new TrialState.Waiting(),
            "completed" => new TrialState.Completed(row.Double(7), row.Time(9)),
            "stopped" => new TrialState.Stopped(row.Text(8), Finite(row.Double(7)), row.Time(9)),
            "failed" => new TrialState.Failed(row.Text(8), row.Time(9)),
            _ => new TrialState.Running(),
        });
}
