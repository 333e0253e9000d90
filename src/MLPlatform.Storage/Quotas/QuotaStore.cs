using System.Globalization;
using System.Text.Json;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Storage.Postgres;
using MLPlatform.Storage.Runs;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Quotas;

internal sealed class QuotaStore(Database database, TimeProvider time) : IQuotaStore
{
    private const long ApplyLock = 0x4D4C_5101;
    private const long GrantLock = 0x4D4C_5102;
    private const string Open = " WHERE ended_at IS NULL ORDER BY since, run, node, number";
    private const string Insert = "INSERT INTO allocations (run, node, number, replica, pool, machine, group_name, person, pipeline, milli_cpu, memory_bytes, milli_gpu, "
        + "devices, priority, preemptible, borrowed, since) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) ON CONFLICT (run, node, number) DO UPDATE SET "
        + "replica = excluded.replica, pool = excluded.pool, machine = excluded.machine, devices = excluded.devices, borrowed = excluded.borrowed, since = excluded.since, ended_at = NULL";
    private const string Versions = "SELECT version, json, applied_by, applied_at FROM resources_versions";
    private const string Expansions =
        "SELECT id, group_name, pool, milli_cpu, memory_bytes, milli_gpu, from_at, until_at, reason, approver, source, created_by, created_at, ended_by FROM quota_expansions";

    internal const string Allocations = "SELECT run, node, number, replica, pool, machine, group_name, person, pipeline, milli_cpu, memory_bytes, milli_gpu, "
        + "devices, priority, preemptible, borrowed, since, ended_at FROM allocations";

    public Task<ResourcesVersion> ApplyAsync(string json, string by, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        await database.SerializeAsync(session, ApplyLock, cancel);
        ResourcesVersion? newest = await session.FirstAsync(Versions + " ORDER BY version DESC LIMIT 1", [], ToVersion, cancel);
        if (newest?.Json == json)
            return newest;
        ResourcesVersion made = new((newest?.Version ?? 0) + 1, json, by, time.GetUtcNow());
        await session.ExecuteAsync("INSERT INTO resources_versions (version, json, applied_by, applied_at) VALUES ($1, $2, $3, $4)",
            [made.Version, made.Json, made.AppliedBy, made.AppliedAt], cancel);
        return made;
    }, cancel);

    public Task<ResourcesVersion?> FindAsync(int? version, CancellationToken cancel) => version is { } wanted
        ? database.FirstAsync(Versions + " WHERE version = $1", [wanted], ToVersion, cancel)
        : database.FirstAsync(Versions + " ORDER BY version DESC LIMIT 1", [], ToVersion, cancel);

    public async Task<IReadOnlyList<ResourcesVersion>> ListVersionsAsync(int limit, CancellationToken cancel) =>
        await database.ListAsync(Versions + " ORDER BY version DESC LIMIT $1", [limit], ToVersion, cancel);

    public Task AddExpansionAsync(Expansion e, string by, CancellationToken cancel) =>
        database.WriteAsync(session => InsertExpansionAsync(session, e, by, time.GetUtcNow(), cancel), cancel);

    internal static Task<int> InsertExpansionAsync(SqlSession session, Expansion e, string by, DateTimeOffset now, CancellationToken cancel) => session.ExecuteAsync(
        "INSERT INTO quota_expansions (id, group_name, pool, milli_cpu, memory_bytes, milli_gpu, from_at, until_at, reason, approver, source, created_by, created_at) "
        + "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (id) DO NOTHING",
        [e.Id, e.Group, e.Pool, e.More.MilliCpu, e.More.MemoryBytes, e.More.MilliGpu, e.From, e.Until, e.Reason, e.Approver, e.Source, by, now], cancel);

    public Task<ExpansionRow?> EndExpansionAsync(Guid id, string by, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        await session.ExecuteAsync("UPDATE quota_expansions SET until_at = $2, ended_by = $3 WHERE id = $1 AND until_at > $2", [id, time.GetUtcNow(), by], cancel);
        return await session.FirstAsync(Expansions + " WHERE id = $1", [id], ToExpansion, cancel);
    }, cancel);

    public async Task<IReadOnlyList<ExpansionRow>> ListExpansionsAsync(DateTimeOffset endingAfter, CancellationToken cancel) =>
        await database.ListAsync(Expansions + " WHERE until_at > $1 ORDER BY until_at, id", [endingAfter], ToExpansion, cancel);

    public Task AnnounceAsync(PoolMachine machine, IReadOnlyList<ToldWait> waits, CancellationToken cancel) => database.ExecuteAsync(
        "INSERT INTO machines (replica, name, milli_cpu, memory_bytes, gpus_json, labels_json, seen_at, waits_json) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
        + "ON CONFLICT (replica) DO UPDATE SET name = excluded.name, milli_cpu = excluded.milli_cpu, memory_bytes = excluded.memory_bytes, "
        + "gpus_json = excluded.gpus_json, labels_json = excluded.labels_json, seen_at = excluded.seen_at, waits_json = excluded.waits_json",
        [machine.Replica, machine.Name, machine.MilliCpu, machine.MemoryBytes, JsonSerializer.Serialize(machine.Gpus, ActivityJson.Options),
            JsonSerializer.Serialize(machine.Labels, ActivityJson.Options), time.GetUtcNow(), waits.Count == 0 ? null : JsonSerializer.Serialize(waits, ActivityJson.Options)], cancel);

    public async Task<IReadOnlyList<ToldWait>> ListWaitsAsync(string replica, CancellationToken cancel) =>
        await database.FirstAsync("SELECT waits_json FROM machines WHERE replica = $1 AND waits_json IS NOT NULL", [replica], row => row.Text(0), cancel) is { } json
            ? JsonSerializer.Deserialize<List<ToldWait>>(json, ActivityJson.Options)! : [];

    public async Task<IReadOnlyList<PoolMachine>> ListMachinesAsync(CancellationToken cancel) => await database.ListAsync(
        "SELECT m.replica, m.name, m.milli_cpu, m.memory_bytes, m.gpus_json, m.labels_json FROM machines m JOIN replicas r ON r.id = m.replica "
        + $"WHERE r.lease_until >= {database.Now()} ORDER BY m.name, m.replica", [], ToMachine, cancel);

    public bool IsShared => database is PostgresDatabase;

    public Task GrantAsync(ReplicaLease lease, Func<IReadOnlyList<Allocation>, Task<IReadOnlyList<Allocation>>> decide, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        await database.SerializeAsync(session, GrantLock, cancel);
        if (await session.ScalarAsync<string>("SELECT id FROM replicas WHERE id = $1 AND epoch = $2" + database.ForShare, [lease.Replica, lease.Epoch], cancel) is null)
            throw new LeaseLostException(lease.Replica);
        foreach (Allocation a in (await decide(await session.ListAsync(Allocations + Open, [], ToAllocation, cancel))).InLockOrder())
        {
            await session.ExecuteAsync(Insert, [a.Id.Run.Value, a.Id.Node, a.Id.Number, a.Replica, a.Pool, a.Machine, a.Group, a.Person, a.Pipeline, a.Amount.MilliCpu,
                a.Amount.MemoryBytes, a.Amount.MilliGpu, DeviceShares.Text(a.Devices), a.Priority, a.Preemptible, a.Borrowed, a.Since], cancel);
        }
    }, cancel);

    public async Task EndLeftoversAsync(string? starting, CancellationToken cancel)
    {
        // Nearly always there is none, which is found out without a transaction.
        const string leftovers = " WHERE ended_at IS NULL AND (EXISTS (SELECT 1 FROM runs WHERE runs.id = allocations.run AND NOT (" + RunTable.Unfinished + "))"
            + " OR (NOT EXISTS (SELECT 1 FROM runs WHERE runs.id = allocations.run) AND (replica = $1"
            + " OR NOT EXISTS (SELECT 1 FROM replicas WHERE replicas.id = allocations.replica AND lease_until IS NOT NULL))))";
        if (await database.ScalarAsync<long>("SELECT count(*) FROM allocations" + leftovers, [starting ?? ""], cancel) > 0)
            await database.ExecuteAsync("UPDATE allocations SET ended_at = $2" + leftovers, [starting ?? "", time.GetUtcNow()], cancel);
    }

    public async Task<IReadOnlyList<Allocation>> ListAllocationsAsync(CancellationToken cancel) =>
        await database.ListAsync(Allocations + Open, [], ToAllocation, cancel);

    private static ResourcesVersion ToVersion(SqlRow row) => new(row.Int(0), row.Text(1), row.Text(2), row.Time(3));

    private static ExpansionRow ToExpansion(SqlRow row) => new(
        new Expansion(row.Guid(0), row.Text(1), row.Text(2), new Amount(row.Long(3), row.Long(4), row.Long(5)), row.Time(6), row.Time(7), row.Text(8), row.Text(9), row.TextOrNull(10)),
        row.Text(11), row.Time(12), row.TextOrNull(13));

    private static PoolMachine ToMachine(SqlRow row) => new(row.Text(0), row.Text(1), row.Long(2), row.Long(3),
        JsonSerializer.Deserialize<List<MachineGpu>>(row.Text(4), ActivityJson.Options)!, JsonSerializer.Deserialize<Dictionary<string, string>>(row.Text(5), ActivityJson.Options)!);

    internal static Allocation ToAllocation(SqlRow row) => new(
        new AttemptId(new RunId(row.Guid(0)), row.Int(1), row.Int(2)), row.Text(3), row.Text(4), row.Text(5), row.Text(6), row.Text(7), row.Text(8),
        new Amount(row.Long(9), row.Long(10), row.Long(11)), DeviceShares.Read(row.Text(12)), row.Int(13), row.Bool(14), row.Bool(15), row.Time(16), row.TimeOrNull(17));
}

/// <summary>In which order rows of allocations are written.</summary>
internal static class AllocationOrder
{
    /// <summary>
    /// One order for all who write several in a transaction, so that two of them never wait for each other; several states of one
    /// allocation stay as they came.
    /// </summary>
    public static IEnumerable<Allocation> InLockOrder(this IEnumerable<Allocation> allocations) =>
        allocations.OrderBy(a => a.Id.Run.Value).ThenBy(a => a.Id.Node).ThenBy(a => a.Id.Number);
}

/// <summary>Shares of devices as text: <c>0:500,3:1000</c>.</summary>
internal static class DeviceShares
{
    public static string Text(IReadOnlyList<DeviceShare> shares) =>
        string.Join(',', shares.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Device}:{s.Milli}")));

    public static IReadOnlyList<DeviceShare> Read(string text) =>
        text.Length == 0 ? [] : [.. text.Split(',').Select(part => part.Split(':')).Select(p => new DeviceShare(
            int.Parse(p[0], CultureInfo.InvariantCulture), int.Parse(p[1], CultureInfo.InvariantCulture)))];
}
