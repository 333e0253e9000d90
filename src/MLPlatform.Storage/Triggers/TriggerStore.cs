using MLPlatform.Core.Runs;
using MLPlatform.Core.Triggers;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Triggers;

internal sealed class TriggerStore(Database database) : ITriggerStore
{
    private const string Columns = "SELECT trigger, instant, run, at, logical_date, owner, facts_json, dropped FROM trigger_claims";
    private const string RunExists = "EXISTS (SELECT 1 FROM runs WHERE runs.id = trigger_claims.run)";

    public async Task<bool> ClaimAsync(TriggerClaim claim, CancellationToken cancel) => await database.ExecuteAsync(
        "INSERT INTO trigger_claims (trigger, instant, run, at, logical_date, owner, facts_json, dropped, settled) "
        + "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (trigger, instant) DO NOTHING",
        [claim.Trigger, claim.Instant, claim.Run.Value, claim.At, claim.LogicalDate, claim.Owner, claim.FactsJson, claim.Dropped, claim.Dropped is not null],
        cancel) == 1;

    public async Task<bool> DropAsync(string trigger, string instant, string reason, CancellationToken cancel) => await database.ExecuteAsync(
        $"UPDATE trigger_claims SET dropped = $3, settled = $4 WHERE trigger = $1 AND instant = $2 AND dropped IS NULL AND NOT {RunExists}",
        [trigger, instant, reason, true], cancel) == 1;

    public Task<TriggerClaim?> FindAsync(string trigger, string instant, CancellationToken cancel) =>
        database.FirstAsync(Columns + " WHERE trigger = $1 AND instant = $2", [trigger, instant], ToClaim, cancel);

    public Task<TriggerClaim?> FindLastAsync(string trigger, CancellationToken cancel) =>
        database.FirstAsync(Columns + " WHERE trigger = $1 ORDER BY instant DESC LIMIT 1", [trigger], ToClaim, cancel);

    public async Task<IReadOnlyList<TriggerClaim>> ListWaitingAsync(CancellationToken cancel)
    {
        // Claims are kept for ever and this is asked all the time: those whose run was seen leave the index of open ones.
        List<(TriggerClaim Claim, bool Started)> open = await database.ListAsync(
            $"SELECT trigger, instant, run, at, logical_date, owner, facts_json, dropped, {RunExists} FROM trigger_claims "
            + $"WHERE {TriggerClaimTable.Open} ORDER BY at, instant, trigger", [], row => (ToClaim(row), row.Bool(8)), cancel);
        if (open.Any(c => c.Started))
            await database.ExecuteAsync($"UPDATE trigger_claims SET settled = $1 WHERE {TriggerClaimTable.Open} AND {RunExists}", [true], cancel);
        return [.. open.Where(c => !c.Started).Select(c => c.Claim)];
    }

    public async Task<IReadOnlyList<TriggerClaim>> ListAsync(string trigger, int limit, CancellationToken cancel) =>
        await database.ListAsync(Columns + " WHERE trigger = $1 ORDER BY instant DESC LIMIT $2", [trigger, limit], ToClaim, cancel);

    private static TriggerClaim ToClaim(SqlRow row) => new(row.Text(0), row.Text(1), new RunId(row.Guid(2)), row.Time(3))
    {
        LogicalDate = row.Time(4),
        Owner = row.Text(5),
        FactsJson = row.Text(6),
        Dropped = row.TextOrNull(7),
    };
}
