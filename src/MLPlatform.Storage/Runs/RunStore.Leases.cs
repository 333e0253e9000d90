using MLPlatform.Core.Runs;
using MLPlatform.Storage.Sql;
using MLPlatform.Storage.Triggers;

namespace MLPlatform.Storage.Runs;

// A replica owns the runs whose row names it, for as long as its epoch is the one in its replicas row. Every commit
// reads that row under a lock that a takeover has to wait for, and the other way round, so the last commit of a dead
// replica is either seen by the one that takes over or refused.
internal sealed partial class RunStore
{
    private const long TakeOverLock = 0x4D4C_5001;

    public Task<long> AcquireLeaseAsync(string replica, TimeSpan duration, CancellationToken cancel) =>
        database.WriteAsync(session => session.ScalarAsync<long>(
            $"INSERT INTO replicas (id, epoch, lease_until) VALUES ($1, 1, {database.Now(duration)}) "
            + "ON CONFLICT (id) DO UPDATE SET epoch = replicas.epoch + 1, lease_until = excluded.lease_until RETURNING epoch",
            [replica], cancel), cancel);

    public async Task<bool> RenewLeaseAsync(ReplicaLease lease, TimeSpan duration, CancellationToken cancel) =>
        await database.ExecuteAsync(
            $"UPDATE replicas SET lease_until = {database.Now(duration)} WHERE id = $1 AND epoch = $2", [lease.Replica, lease.Epoch], cancel) == 1;

    public Task ReleaseLeaseAsync(ReplicaLease lease, CancellationToken cancel) =>
        database.ExecuteAsync("UPDATE replicas SET epoch = epoch + 1, lease_until = NULL WHERE id = $1 AND epoch = $2",
            [lease.Replica, lease.Epoch], cancel);

    public Task<IReadOnlyList<RunId>> TakeOverAsync(ReplicaLease lease, CancellationToken cancel) =>
        database.WriteAsync<IReadOnlyList<RunId>>(async session =>
        {
            // 1. One takeover at a time, by a replica that is not itself fenced.
            await database.SerializeAsync(session, TakeOverLock, cancel);
            await RequireLeaseAsync(session, lease, cancel);
            // 2. Fence the dead: their commits that are under way are waited for, later ones are refused.
            await session.ExecuteAsync(
                $"UPDATE replicas SET epoch = epoch + 1, lease_until = NULL WHERE lease_until < {database.Now()} AND id <> $1", [lease.Replica], cancel);
            // 3. Own what they left: runs, and claims whose run has still to be started.
            const string ownerIsDead = "owner <> $1 AND NOT EXISTS (SELECT 1 FROM replicas WHERE replicas.id = owner AND lease_until IS NOT NULL)";
            await session.ExecuteAsync($"UPDATE runs SET owner = $1 WHERE {RunTable.Unfinished} AND {ownerIsDead}", [lease.Replica], cancel);
            await session.ExecuteAsync($"UPDATE trigger_claims SET owner = $1 WHERE {TriggerClaimTable.Open} AND {ownerIsDead}", [lease.Replica], cancel);
            return await session.ListAsync(
                $"SELECT id FROM runs WHERE owner = $1 AND {RunTable.Unfinished} ORDER BY created_at, id", [lease.Replica],
                row => new RunId(row.Guid(0)), cancel);
        }, cancel);

    private async Task RequireLeaseAsync(SqlSession session, ReplicaLease lease, CancellationToken cancel)
    {
        string? held = await session.ScalarAsync<string>(
            "SELECT id FROM replicas WHERE id = $1 AND epoch = $2" + database.ForShare, [lease.Replica, lease.Epoch], cancel);
        if (held is null)
            throw new LeaseLostException(lease.Replica);
    }
}
