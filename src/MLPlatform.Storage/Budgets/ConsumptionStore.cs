using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Budgets;
using MLPlatform.Storage.Lineage;
using MLPlatform.Storage.Runs;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Budgets;

internal sealed class ConsumptionStore(Database database) : IConsumptionStore
{
    public async Task<IReadOnlyList<string>> ListPlansInUseAsync(CancellationToken cancel) =>
        await database.ListAsync($"SELECT DISTINCT plan_hash FROM runs WHERE {RunTable.Unfinished}", [], row => row.Text(0), cancel);

    public async Task<ConsumptionSnapshot> ReadAsync(CalendarMonth from, IReadOnlyCollection<string> plans, CancellationToken cancel)
    {
        List<object?> values = [from.Number];
        string hashes = plans.Count == 0 ? "NULL" : string.Join(", ", plans.Select(p => Many.Place(values, p)));
        ConsumptionSums sums = new();
        List<RunningAttempt> running = [];
        // One statement sees one instant: an attempt that ends meanwhile is counted here or there, and never twice.
        await database.ListAsync(
            "SELECT month, group_name, person, gpu_microseconds, since, recent_cpu, recent_memory, recent_gpu FROM consumption WHERE month >= $1 "
            + "UNION ALL SELECT 0, r.plan_hash, a.name, 0, t.started_at, 0, 0, 0 FROM runs r "
            + "JOIN attempts t ON t.run = r.id JOIN activities a ON a.run = t.run AND a.node = t.node "
            + $"WHERE r.{RunTable.Unfinished} AND r.plan_hash IN ({hashes}) AND t.ended_at IS NULL", [.. values], row =>
            {
                if (row.Int(0) == 0)
                    running.Add(new RunningAttempt(row.Text(1), row.Text(2), row.Time(4)));
                else
                    sums.Add(new Consumption(new ConsumptionKey(new CalendarMonth(row.Int(0)), row.Text(1), row.Text(2)), row.Long(3), row.Time(4),
                        new ResourceTime(row.Double(5), row.Double(6), row.Double(7))));
                return true;
            }, cancel);
        return new ConsumptionSnapshot(sums.Rows, running);
    }

    public async Task<IReadOnlyList<WaitingActivity>> ListWaitingAsync(CancellationToken cancel) => await database.ListAsync(
        "SELECT r.plan_hash, a.run, a.node, a.name, a.attempts, a.ready_at FROM runs r JOIN activities a ON a.run = r.id "
        + "WHERE r.status = 'running' AND a.status = 'queued' AND a.ready_at IS NOT NULL", [],
        row => new WaitingActivity(row.Text(0), new RunId(row.Guid(1)), row.Int(2), row.Text(3), row.Int(4), row.Time(5)), cancel);

    // Runs have an index of when they ended, attempts have none: the runs of the time lead to its attempts.
    public async Task<IReadOnlyList<HeldAttempt>> ListHeldAsync(DateTimeOffset from, DateTimeOffset to, int limit, CancellationToken cancel) => await database.ListAsync(
        "SELECT r.plan_hash, a.name, t.started_at, coalesce(t.ended_at, r.ended_at) FROM runs r JOIN attempts t ON t.run = r.id JOIN activities a ON a.run = t.run AND a.node = t.node "
        + "WHERE (r.ended_at IS NULL OR r.ended_at > $1) AND t.started_at < $2 AND (coalesce(t.ended_at, r.ended_at) IS NULL OR coalesce(t.ended_at, r.ended_at) > $1) "
        + "ORDER BY t.started_at DESC LIMIT $3", [from, to, limit],
        row => new HeldAttempt(row.Text(0), row.Text(1), row.Time(2), row.TimeOrNull(3)), cancel);
}
