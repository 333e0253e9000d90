using MLPlatform.Core.Runs;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Runs;

// What people read.
internal sealed partial class RunStore
{
    internal const string RunColumns =
        "SELECT id, pipeline, plan_hash, status, trigger_json, logical_date, parameters_json, created_at, ended_at, outputs_json, failure_json, "
        + "total, succeeded, failed, skipped, running, owner FROM runs";

    public async Task<Page<RunRow>> ListRunsAsync(RunFilter filter, string? cursor, int limit, CancellationToken cancel)
    {
        var conditions = new List<string>();
        var values = new List<object?>();
        if (filter.Pipeline is { } pipeline)
            Where("pipeline = ?", pipeline);
        if (filter.Status is { } status)
            Where("status = ?", StoredText.Of(status));
        if (filter.CreatedAfter is { } after)
            Where("created_at >= ?", after);
        if (filter.CreatedBefore is { } before)
            Where("created_at < ?", before);
        if (filter.EndedAfter is { } ended)
            Where("ended_at >= ?", ended);
        if (filter.LogicalFrom is { } from)
            Where("logical_date >= ?", from);
        if (filter.LogicalBefore is { } logicalBefore)
            Where("logical_date < ?", logicalBefore);
        if (cursor is not null)
        {
            (DateTimeOffset at, Guid id) = Cursor.Parse(cursor);
            Where("(created_at, id) < (?, ?)", at, id);
        }
        string where = conditions.Count == 0 ? "" : " WHERE " + string.Join(" AND ", conditions);
        List<RunRow> rows = await database.ListAsync(
            $"{RunColumns}{where} ORDER BY created_at DESC, id DESC LIMIT {limit + 1}", [.. values], ToRun, cancel);
        if (rows.Count <= limit)
            return new Page<RunRow>(rows, null);
        rows.RemoveAt(limit);
        return new Page<RunRow>(rows, Cursor.Format(rows[^1].CreatedAt, rows[^1].Id.Value));

        void Where(string condition, params object[] arguments)
        {
            foreach (object argument in arguments)
            {
                values.Add(argument);
                int place = condition.IndexOf('?', StringComparison.Ordinal);
                condition = $"{condition[..place]}${values.Count}{condition[(place + 1)..]}";
            }
            conditions.Add(condition);
        }
    }

    public async Task<IReadOnlyList<ActivityRow>> ListActivitiesAsync(RunId run, CancellationToken cancel) => await database.ListAsync(
        "SELECT node, name, type, status, ready_at, started_at, ended_at, attempts, outputs_json, failure_json, note "
        + "FROM activities WHERE run = $1 ORDER BY node", [run.Value],
        row => new ActivityRow
        {
            Run = run,
            Node = row.Int(0),
            Name = row.Text(1),
            Type = row.Text(2),
            Status = StoredText.Parse<ActivityStatus>(row.Text(3)),
            ReadyAt = row.TimeOrNull(4),
            StartedAt = row.TimeOrNull(5),
            EndedAt = row.TimeOrNull(6),
            Attempts = row.Int(7),
            OutputsJson = row.TextOrNull(8),
            FailureJson = row.TextOrNull(9),
            Note = row.TextOrNull(10),
        }, cancel);

    public async Task<IReadOnlyList<AttemptRow>> ListAttemptsAsync(RunId run, int? node, CancellationToken cancel) => await database.ListAsync(
        "SELECT node, number, status, started_at, ended_at, failure_json, execution_json FROM attempts WHERE run = $1"
        + (node is null ? "" : " AND node = $2") + " ORDER BY node, number",
        node is { } only ? [run.Value, only] : [run.Value],
        row => new AttemptRow
        {
            Id = new AttemptId(run, row.Int(0), row.Int(1)),
            Status = StoredText.Parse<AttemptStatus>(row.Text(2)),
            StartedAt = row.Time(3),
            EndedAt = row.TimeOrNull(4),
            FailureJson = row.TextOrNull(5),
            ExecutionJson = row.TextOrNull(6),
        }, cancel);

    public async Task<IReadOnlyList<ArtifactRow>> ListArtifactsAsync(RunId run, CancellationToken cancel) => await database.ListAsync(
        "SELECT node, number, output, hash, kind, bytes, at FROM artifacts WHERE run = $1 ORDER BY node, number, output", [run.Value],
        row => new ArtifactRow(run, row.Int(0), row.Int(1), row.Text(2), row.Text(3), row.Text(4), row.Long(5), row.Time(6)), cancel);

    public async Task<IReadOnlyList<MetricRow>> ListMetricsAsync(RunId run, CancellationToken cancel) => await database.ListAsync(
        "SELECT node, number, name, step, value, at FROM metrics WHERE run = $1 ORDER BY node, number, name, step", [run.Value],
        row => new MetricRow(run, row.Int(0), row.Int(1), row.Text(2), row.Long(3), row.Double(4), row.Time(5)), cancel);

    internal static RunRow ToRun(SqlRow row) => new()
    {
        Id = new RunId(row.Guid(0)),
        Pipeline = row.Text(1),
        PlanHash = row.Text(2),
        Status = StoredText.Parse<RunStatus>(row.Text(3)),
        TriggerJson = row.Text(4),
        LogicalDate = row.Time(5),
        ParametersJson = row.Text(6),
        CreatedAt = row.Time(7),
        EndedAt = row.TimeOrNull(8),
        OutputsJson = row.TextOrNull(9),
        FailureJson = row.TextOrNull(10),
        Counts = new RunCounts(row.Int(11), row.Int(12), row.Int(13), row.Int(14), row.Int(15)),
        Owner = row.Text(16),
    };
}
