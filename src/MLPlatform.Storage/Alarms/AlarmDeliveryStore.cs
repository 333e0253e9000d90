using MLPlatform.Core.Alarms;
using MLPlatform.Storage.Lineage;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Alarms;

internal sealed class AlarmDeliveryStore(Database database) : IAlarmDeliveryStore
{
    private const string Silences = "SELECT id, pipeline, activity, event, from_at, until_at, created_by, reason FROM alarm_silences";

    public async Task<IReadOnlyList<AlarmDelivery>> ClaimAsync(DateTimeOffset now, TimeSpan lease, TimeSpan groupWait, int limit, CancellationToken cancel)
    {
        const string free = $"{AlarmDeliveryTable.Open} AND (lease_until IS NULL OR lease_until <= $1)";
        // Nearly always nothing is due, and finding that out needs no transaction.
        if (await database.ScalarAsync<long>($"SELECT count(*) FROM (SELECT 1 FROM alarm_deliveries WHERE {free} AND next_at <= $1 LIMIT 1) AS due", [now], cancel) == 0)
            return [];
        Guid own = Guid.CreateVersion7(now);
        return await database.WriteAsync(async session =>
        {
            // Whoever updates a row first has it: the other then sees a lease that has not ended.
            await session.ExecuteAsync(
                $"UPDATE alarm_deliveries SET lease = $2, lease_until = $3 WHERE {free} AND next_at <= $4 AND group_key IN "
                + $"(SELECT group_key FROM alarm_deliveries WHERE {free} AND next_at <= $1 ORDER BY next_at LIMIT {limit})",
                [now, own, now + lease, now + groupWait], cancel);
            return await session.ListAsync($"{AlarmRows.Deliveries} WHERE lease = $1 AND {AlarmDeliveryTable.Open} ORDER BY created_at, alarm, channel", [own], AlarmRows.ToDelivery, cancel);
        }, cancel);
    }

    public Task SettleAsync(AlarmDelivery delivery, CancellationToken cancel) => database.ExecuteAsync(
        "UPDATE alarm_deliveries SET state = $4, attempts = $5, next_at = $6, error = $7, lease = NULL, lease_until = NULL WHERE alarm = $1 AND channel = $2 AND kind = $3 AND lease = $8",
        [
            delivery.Alarm, delivery.Channel, StoredText.CamelCase(delivery.Kind), StoredText.CamelCase(delivery.State), delivery.Attempts, delivery.NextAt, delivery.Error,
            delivery.Lease,
        ], cancel);

    public async Task<DateTimeOffset?> FindNextAsync(CancellationToken cancel) => (await database.ListAsync(
        $"SELECT next_at, lease_until FROM alarm_deliveries WHERE {AlarmDeliveryTable.Open} ORDER BY next_at LIMIT 100", [],
        row => row.TimeOrNull(1) is { } until && until > row.Time(0) ? until : row.Time(0), cancel)).Select(t => (DateTimeOffset?)t).Min();

    public async Task<IReadOnlyList<AlarmDelivery>> ListAsync(string? alarm, DeliveryState? state, int limit, CancellationToken cancel)
    {
        List<object?> values = [];
        List<string> conditions = [];
        if (alarm is not null)
            conditions.Add($"alarm = {Many.Place(values, alarm)}");
        if (state is { } only)
            conditions.Add($"state = {Many.Place(values, StoredText.CamelCase(only))}");
        string where = conditions.Count == 0 ? "" : " WHERE " + string.Join(" AND ", conditions);
        return await database.ListAsync($"{AlarmRows.Deliveries}{where} ORDER BY created_at DESC, alarm, channel, kind LIMIT {limit}", [.. values], AlarmRows.ToDelivery, cancel);
    }

    public Task AddSilenceAsync(AlarmSilence silence, CancellationToken cancel) => database.ExecuteAsync(
        "INSERT INTO alarm_silences (id, pipeline, activity, event, from_at, until_at, created_by, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        [silence.Id, silence.Pipeline, silence.Activity, silence.Event is { } only ? StoredText.CamelCase(only) : null, silence.From, silence.Until, silence.By, silence.Reason], cancel);

    public async Task<IReadOnlyList<AlarmSilence>> ListSilencesAsync(DateTimeOffset now, CancellationToken cancel) =>
        await database.ListAsync($"{Silences} WHERE until_at > $1 ORDER BY until_at, id", [now], AlarmRows.ToSilence, cancel);

    public Task<bool> EndSilenceAsync(Guid id, DateTimeOffset now, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        if (await session.ExecuteAsync("UPDATE alarm_silences SET until_at = $2 WHERE id = $1 AND until_at > $2", [id, now], cancel) == 0)
            return false;
        // What other silences still hold is held again at once.
        await session.ExecuteAsync("UPDATE alarm_deliveries SET next_at = $1 WHERE state = 'held' AND next_at > $1", [now], cancel);
        return true;
    }, cancel);
}
