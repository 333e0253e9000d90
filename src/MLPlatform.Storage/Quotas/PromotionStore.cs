using MLPlatform.Core.Scheduling.Promotions;
using MLPlatform.Storage.Lineage;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Quotas;

internal sealed class PromotionStore(Database database, TimeProvider time) : IPromotionStore
{
    private const string Columns = "SELECT id, pipeline, from_pool, to_pool, state, reasons, proposed_at, decided_by, decided_at, undoes FROM pool_promotions";

    public async Task<bool> AddAsync(Promotion p, CancellationToken cancel) => await database.ExecuteAsync(
        "INSERT INTO pool_promotions (id, pipeline, from_pool, to_pool, state, reasons, proposed_at, decided_by, decided_at, undoes) "
        + "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
        [p.Id, p.Pipeline, p.From, p.To, StoredText.CamelCase(p.State), p.Reasons, p.ProposedAt, p.DecidedBy, p.DecidedAt, p.Undoes], cancel) == 1;

    public Task<Promotion?> FindAsync(Guid id, CancellationToken cancel) => database.FirstAsync(Columns + " WHERE id = $1", [id], ToPromotion, cancel);

    public async Task<IReadOnlyList<Promotion>> ListAsync(string? pipeline, PromotionState? state, int limit, CancellationToken cancel)
    {
        List<object?> values = [];
        List<string> conditions = [];
        if (pipeline is not null)
            conditions.Add($"pipeline = {Many.Place(values, pipeline)}");
        if (state is { } only)
            conditions.Add($"state = {Many.Place(values, StoredText.CamelCase(only))}");
        string where = conditions.Count == 0 ? "" : " WHERE " + string.Join(" AND ", conditions);
        return await database.ListAsync($"{Columns}{where} ORDER BY proposed_at DESC, id DESC LIMIT {limit}", [.. values], ToPromotion, cancel);
    }

    public async Task<(Promotion Promotion, string? Why)?> DecideAsync(Guid id, PromotionAct act, string by, CancellationToken cancel) =>
        await database.WriteAsync<(Promotion, string?)?>(async session =>
        {
            // 1. Have the row for ourselves, then see it.
            await session.ExecuteAsync("UPDATE pool_promotions SET state = state WHERE id = $1", [id], cancel);
            if (await session.FirstAsync(Columns + " WHERE id = $1", [id], ToPromotion, cancel) is not { } promotion)
                return null;
            // 2. Decide, 3. write.
            (PromotionState? to, string? why) = PromotionMachine.Apply(promotion, act);
            if (to is not { } next)
                return (promotion, why);
            Promotion decided = promotion with { State = next, DecidedBy = by, DecidedAt = time.GetUtcNow() };
            await SetAsync(session, "id = $1", id, decided, next, cancel);
            if (next == PromotionState.Done)
                await SetAsync(session, "id = $1 AND state = 'inForce'", promotion.Undoes!.Value, decided, PromotionState.Revoked, cancel);
            if (next == PromotionState.Revoked)
                await SetAsync(session, "undoes = $1 AND state = 'proposed'", id, decided, PromotionState.Done, cancel);
            return (decided, null);
        }, cancel);

    public async Task<IReadOnlyList<string>> ListPipelinesAsync(DateTimeOffset endedSince, CancellationToken cancel) =>
        await database.ListAsync("SELECT DISTINCT pipeline FROM runs WHERE ended_at >= $1 ORDER BY pipeline", [endedSince], row => row.Text(0), cancel);

    private static Task<int> SetAsync(SqlSession session, string which, Guid id, Promotion decided, PromotionState state, CancellationToken cancel) => session.ExecuteAsync(
        $"UPDATE pool_promotions SET state = $2, decided_by = $3, decided_at = $4 WHERE {which}", [id, StoredText.CamelCase(state), decided.DecidedBy, decided.DecidedAt], cancel);

    private static Promotion ToPromotion(SqlRow row) => new(row.Guid(0), row.Text(1), row.Text(2), row.Text(3), StoredText.Parse<PromotionState>(row.Text(4)), row.Text(5), row.Time(6),
        row.TextOrNull(7), row.TimeOrNull(8), row.IsNull(9) ? null : row.Guid(9));
}
