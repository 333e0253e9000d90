using MLPlatform.Core.Alarms;
using MLPlatform.Core.Runs;
using MLPlatform.Storage.Lineage;
using MLPlatform.Storage.Runs;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Alarms;

internal sealed class AlarmStore(Database database, TimeProvider time) : IAlarmStore
{
    private const string Scan = "runs";

    public async Task<DateTimeOffset?> FindWatermarkAsync(CancellationToken cancel) =>
        (await database.ListAsync("SELECT seen_until FROM alarm_scans WHERE scan = $1", [Scan], row => (DateTimeOffset?)row.Time(0), cancel)).FirstOrDefault();

    public async Task<IReadOnlyList<string>> ListPlansInUseAsync(DateTimeOffset endedSince, CancellationToken cancel) => await database.ListAsync(
        $"SELECT plan_hash FROM runs WHERE {RunTable.Unfinished} UNION SELECT plan_hash FROM runs WHERE ended_at >= $1", [endedSince], row => row.Text(0), cancel);

    public async Task<IReadOnlyList<RunRow>> ListRunsAsync(IReadOnlyCollection<string> plans, DateTimeOffset endedSince, CancellationToken cancel)
    {
        List<RunRow> found = [];
        foreach (string[] portion in plans.Chunk(100))
        {
            List<object?> values = [endedSince];
            string hashes = string.Join(", ", portion.Select(p => Many.Place(values, p)));
            found.AddRange(await database.ListAsync(
                $"{RunStore.RunColumns} WHERE ({RunTable.Unfinished} OR ended_at >= $1) AND plan_hash IN ({hashes})", [.. values], RunStore.ToRun, cancel));
        }
        return found;
    }

    public async Task<IReadOnlyList<TimeSpan>> ListDurationsAsync(string pipeline, string? activity, int last, CancellationToken cancel)
    {
        const string runs = "FROM runs r WHERE r.pipeline = $1 AND r.status = 'succeeded' ORDER BY r.created_at DESC, r.id DESC LIMIT $2";
        List<(DateTimeOffset From, DateTimeOffset To)> times = activity is null
            ? await database.ListAsync($"SELECT r.created_at, r.ended_at {runs}", [pipeline, last], row => (row.Time(0), row.Time(1)), cancel)
            : await database.ListAsync(
                $"SELECT a.started_at, a.ended_at FROM (SELECT r.id {runs}) AS recent JOIN activities a ON a.run = recent.id "
                + "WHERE a.name = $3 AND a.status = 'succeeded' AND a.started_at IS NOT NULL", [pipeline, last, activity], row => (row.Time(0), row.Time(1)), cancel);
        return [.. times.Select(t => t.To - t.From)];
    }

    public Task<IReadOnlyList<string>> CommitAsync(AlarmCommit commit, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        // 1. Open what is not there: of any number of replicas one does.
        List<string> opened = [];
        foreach (Alarm alarm in commit.Open)
        {
            int made = await session.ExecuteAsync(
                "INSERT INTO alarms (id, rule, event, severity, pipeline, subject, owner, run, node, summary, at, opened_at, detail_json, status, escalated) "
                + "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'firing', $14) ON CONFLICT (id) DO NOTHING",
                [.. AlarmRows.Values(alarm), false], cancel);
            if (made == 0)
                continue;
            opened.Add(alarm.Id);
            await TellAsync(session, alarm, alarm.To, DeliveryKind.Opened, commit.SettleAt, cancel);
        }
        // 2. Change what is not so already.
        foreach (AlarmEnding ending in commit.Resolve)
            await ApplyAsync(session, ending.Alarm.Id, new AlarmHappening.Resolve(commit.At, ending.Because), ending.Quiet, commit.SettleAt, cancel);
        foreach (Alarm alarm in commit.Escalate)
            await ApplyAsync(session, alarm.Id, new AlarmHappening.Escalate(), quiet: false, commit.SettleAt, cancel);
        // 3. What was looked at is never looked at less far.
        await session.ExecuteAsync(
            "INSERT INTO alarm_scans (scan, seen_until) VALUES ($1, $2) ON CONFLICT (scan) DO UPDATE SET seen_until = excluded.seen_until WHERE excluded.seen_until > alarm_scans.seen_until",
            [Scan, commit.Watermark], cancel);
        return (IReadOnlyList<string>)opened;
    }, cancel);

    public async Task<IReadOnlySet<string>> ListKnownAsync(IReadOnlyCollection<string> ids, CancellationToken cancel) =>
        new HashSet<string>(await database.WhereInAsync("SELECT id FROM alarms WHERE id", ids, row => row.Text(0), cancel), StringComparer.Ordinal);

    public Task<Alarm?> FindAsync(string id, CancellationToken cancel) => database.FirstAsync($"{AlarmRows.Alarms} WHERE id = $1", [id], AlarmRows.ToAlarm, cancel);

    public async Task<IReadOnlyList<Alarm>> ListStandingAsync(CancellationToken cancel) =>
        await database.ListAsync($"{AlarmRows.Alarms} WHERE {AlarmTable.Standing} ORDER BY opened_at, id", [], AlarmRows.ToAlarm, cancel);

    public async Task<Page<Alarm>> ListAsync(AlarmFilter filter, string? cursor, int limit, CancellationToken cancel)
    {
        List<object?> values = [];
        List<string> conditions = [];
        if (filter.Status is { } status)
            conditions.Add($"status = {Many.Place(values, StoredText.CamelCase(status))}");
        if (filter.Pipeline is { } pipeline)
            conditions.Add($"pipeline = {Many.Place(values, pipeline)}");
        if (filter.Run is { } run)
            conditions.Add($"run = {Many.Place(values, run.Value)}");
        if (cursor is not null)
        {
            // An alarm's id has the form of a Guid, so that cursors are those of runs.
            (DateTimeOffset at, Guid id) = Cursor.Parse(cursor);
            conditions.Add($"(opened_at, id) < ({Many.Place(values, at)}, {Many.Place(values, id.ToString("N"))})");
        }
        string where = conditions.Count == 0 ? "" : " WHERE " + string.Join(" AND ", conditions);
        List<Alarm> found = await database.ListAsync(
            $"{AlarmRows.Alarms}{where} ORDER BY opened_at DESC, id DESC LIMIT {limit + 1}", [.. values], AlarmRows.ToAlarm, cancel);
        if (found.Count <= limit)
            return new Page<Alarm>(found, null);
        found.RemoveAt(limit);
        return new Page<Alarm>(found, Cursor.Format(found[^1].OpenedAt, Guid.ParseExact(found[^1].Id, "N")));
    }

    public async Task<(Alarm Alarm, AlarmTransition Transition)?> ChangeAsync(string id, AlarmHappening happened, DateTimeOffset settleAt, CancellationToken cancel) =>
        await database.WriteAsync(session => ApplyAsync(session, id, happened, quiet: false, settleAt, cancel), cancel);

    public Task<int> ForgetAsync(DateTimeOffset resolvedBefore, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        const string old = "status = 'resolved' AND state_at < $1";
        await session.ExecuteAsync($"DELETE FROM alarm_deliveries WHERE alarm IN (SELECT id FROM alarms WHERE {old})", [resolvedBefore], cancel);
        await session.ExecuteAsync("DELETE FROM alarm_silences WHERE until_at < $1", [resolvedBefore], cancel);
        return await session.ExecuteAsync($"DELETE FROM alarms WHERE {old}", [resolvedBefore], cancel);
    }, cancel);

    private async Task<(Alarm Alarm, AlarmTransition Transition)?> ApplyAsync(
        SqlSession session, string id, AlarmHappening happened, bool quiet, DateTimeOffset settleAt, CancellationToken cancel)
    {
        // 1. Have the row for ourselves, then see it.
        await session.ExecuteAsync("UPDATE alarms SET status = status WHERE id = $1", [id], cancel);
        if (await session.FirstAsync($"{AlarmRows.Alarms} WHERE id = $1", [id], AlarmRows.ToAlarm, cancel) is not { } alarm)
            return null;
        // 2. Decide, 3. write.
        AlarmTransition transition = AlarmMachine.Apply(alarm.State, happened);
        if (transition is not AlarmTransition.Moved { Next: var next })
            return (alarm, transition);
        (DateTimeOffset? at, string? by, string? because) = next switch
        {
            AlarmState.Acknowledged a => (a.At, a.By, null),
            AlarmState.Resolved r => (r.At, r.By, r.Because),
            _ => ((DateTimeOffset?)null, (string?)null, (string?)null),
        };
        await session.ExecuteAsync("UPDATE alarms SET status = $2, escalated = $3, state_at = $4, state_by = $5, because = $6 WHERE id = $1",
            [id, StoredText.CamelCase(next.Status), next.Escalated, at, by, because], cancel);
        alarm = alarm with { State = next };
        if (next is AlarmState.Firing && alarm.Escalate is { } others)
            await TellAsync(session, alarm, others.To, DeliveryKind.Escalated, settleAt, cancel);
        if (next is AlarmState.Resolved && !quiet)
            await TellAsync(session, alarm, await ToldAsync(session, id, cancel), DeliveryKind.Resolved, settleAt, cancel);
        return (alarm, transition);
    }

    private static async Task<IReadOnlyList<string>> ToldAsync(SqlSession session, string id, CancellationToken cancel) =>
        await session.ListAsync("SELECT DISTINCT channel FROM alarm_deliveries WHERE alarm = $1 AND state NOT IN ('dropped', 'failed')", [id], row => row.Text(0), cancel);

    private async Task TellAsync(SqlSession session, Alarm alarm, IReadOnlyList<string> channels, DeliveryKind kind, DateTimeOffset settleAt, CancellationToken cancel)
    {
        foreach (string channel in channels.Distinct(StringComparer.Ordinal))
            await session.ExecuteAsync(
                "INSERT INTO alarm_deliveries (alarm, channel, kind, group_key, state, attempts, created_at, next_at) VALUES ($1, $2, $3, $4, 'waiting', 0, $5, $6) "
                + "ON CONFLICT (alarm, channel, kind) DO NOTHING",
                [alarm.Id, channel, StoredText.CamelCase(kind), AlarmDelivery.GroupOf(channel, kind, alarm), time.GetUtcNow(), settleAt], cancel);
    }
}
