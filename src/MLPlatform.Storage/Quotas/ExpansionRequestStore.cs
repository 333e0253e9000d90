using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Quotas;

internal sealed class ExpansionRequestStore(Database database, TimeProvider time) : IExpansionRequestStore
{
    private const string Columns = "SELECT id, group_name, pool, milli_cpu, memory_bytes, milli_gpu, from_at, until_at, reason, source, asked_by, asked_at, expires_at, "
        + "state, decided_by, decided_at, word FROM quota_requests";

    // That one expired is not written down: it is so from an instant on, whoever is there to see it.
    private static readonly string Pending = StoredText.CamelCase(RequestState.Pending);

    public Task AddAsync(ExpansionRequest r, CancellationToken cancel) => database.ExecuteAsync(
        "INSERT INTO quota_requests (id, group_name, pool, milli_cpu, memory_bytes, milli_gpu, from_at, until_at, reason, source, asked_by, asked_at, expires_at, state) "
        + "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT (id) DO NOTHING",
        [r.Id, r.Group, r.Pool, r.More.MilliCpu, r.More.MemoryBytes, r.More.MilliGpu, r.From, r.Until, r.Reason, r.Source, r.AskedBy, r.AskedAt, r.ExpiresAt, Pending], cancel);

    public Task<ExpansionRequest?> FindAsync(Guid id, CancellationToken cancel) => database.FirstAsync(Columns + " WHERE id = $1", [id], ToRequest, cancel);

    public async Task<IReadOnlyList<ExpansionRequest>> ListAsync(RequestState? state, int limit, CancellationToken cancel)
    {
        (string where, object?[] values) = state switch
        {
            null => ("", []),
            RequestState.Pending => (" WHERE state = $1 AND expires_at > $2", [Pending, time.GetUtcNow()]),
            RequestState.Expired => (" WHERE state = $1 AND expires_at <= $2", [Pending, time.GetUtcNow()]),
            { } decided => (" WHERE state = $1", new object?[] { StoredText.CamelCase(decided) }),
        };
        return await database.ListAsync($"{Columns}{where} ORDER BY asked_at DESC, id DESC LIMIT {limit}", values, ToRequest, cancel);
    }

    public async Task<(ExpansionRequest Request, string? Why)?> DecideAsync(Guid id, RequestAct act, string by, string word, string? source, CancellationToken cancel) =>
        await database.WriteAsync<(ExpansionRequest, string?)?>(async session =>
        {
            // 1. Have the row for ourselves, then see it.
            await session.ExecuteAsync("UPDATE quota_requests SET state = state WHERE id = $1", [id], cancel);
            if (await session.FirstAsync(Columns + " WHERE id = $1", [id], ToRequest, cancel) is not { } request)
                return null;
            // 2. Decide, 3. write.
            DateTimeOffset now = time.GetUtcNow();
            (RequestState? to, string? why) = RequestMachine.Apply(request, act, now);
            if (to is not { } next)
                return (request, why);
            await session.ExecuteAsync("UPDATE quota_requests SET state = $2, decided_by = $3, decided_at = $4, word = $5 WHERE id = $1", [id, StoredText.CamelCase(next), by, now, word], cancel);
            if (next == RequestState.Approved)
                await QuotaStore.InsertExpansionAsync(session, request.Grant(by, source, now), request.AskedBy, now, cancel);
            return (request with { Decision = new RequestDecision(next, by, now, word) }, null);
        }, cancel);

    private static ExpansionRequest ToRequest(SqlRow row)
    {
        RequestState state = StoredText.Parse<RequestState>(row.Text(13));
        return new ExpansionRequest(row.Guid(0), row.Text(1), row.Text(2), new Amount(row.Long(3), row.Long(4), row.Long(5)), row.TimeOrNull(6), row.Time(7), row.Text(8), row.TextOrNull(9),
            row.Text(10), row.Time(11), row.Time(12), state == RequestState.Pending ? null : new RequestDecision(state, row.Text(14), row.Time(15), row.Text(16)));
    }
}
