using System.Runtime.CompilerServices;
using MLPlatform.Core.Runs;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Runs;

/// <summary>The journal and the rows made from it. What the engine reads; leases and lists are in the other parts.</summary>
internal sealed partial class RunStore(Database database) : IRunStore
{
    private const string CacheColumns = "SELECT key, pipeline, activity, components_json, outputs_json, source, at FROM cache";

    public Task CommitAsync(ReplicaLease lease, JournalBatch batch, CancellationToken cancel) => database.CommitAsync(lease, batch, cancel);

    public Task PutPlanAsync(string hash, ReadOnlyMemory<byte> json, CancellationToken cancel) =>
        database.ExecuteAsync("INSERT INTO plans (hash, json) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING", [hash, json.ToArray()], cancel);

    public Task<byte[]?> FindPlanAsync(string hash, CancellationToken cancel) =>
        database.FirstAsync("SELECT json FROM plans WHERE hash = $1", [hash], row => row.Bytes(0), cancel);

    public Task<RunRow?> FindRunAsync(RunId run, CancellationToken cancel) =>
        database.FirstAsync(RunColumns + " WHERE id = $1", [run.Value], ToRun, cancel);

    public async IAsyncEnumerable<JournalEntry> ReadJournalAsync(RunId run, [EnumeratorCancellation] CancellationToken cancel)
    {
        // In pages: a long run's journal need not be in memory at once, and no connection is held while the reader works.
        const int page = 500;
        for (long after = 0; ;)
        {
            List<JournalEntry> entries = await database.ListAsync(
                $"SELECT sequence, payload FROM journal WHERE run = $1 AND sequence > $2 ORDER BY sequence LIMIT {page}",
                [run.Value, after], row => new JournalEntry(run, row.Long(0), row.Bytes(1)), cancel);
            foreach (JournalEntry entry in entries)
                yield return entry;
            if (entries.Count < page)
                yield break;
            after = entries[^1].Sequence;
        }
    }

    public Task<CacheRow?> FindCachedAsync(string key, CancellationToken cancel) =>
        database.FirstAsync(CacheColumns + " WHERE key = $1", [key], ToCache, cancel);

    public Task<CacheRow?> FindLatestCachedAsync(string pipeline, string activity, CancellationToken cancel) =>
        database.FirstAsync(CacheColumns + " WHERE pipeline = $1 AND activity = $2 ORDER BY at DESC LIMIT 1", [pipeline, activity], ToCache, cancel);

    public Task PutCommandAsync(RunCommandRow command, CancellationToken cancel) =>
        database.ExecuteAsync("INSERT INTO run_commands (id, run, json, at) VALUES ($1, $2, $3, $4) ON CONFLICT (id) DO NOTHING",
            [command.Id, command.Run.Value, command.Json, command.At], cancel);

    public async Task<IReadOnlyList<RunCommandRow>> TakeCommandsAsync(ReplicaLease lease, CancellationToken cancel)
    {
        const string mine = "run IN (SELECT id FROM runs WHERE owner = $1)";
        // Nearly always there is no command at all, and finding that out needs neither a transaction nor the runs.
        if (await database.ScalarAsync<long>("SELECT count(*) FROM (SELECT 1 FROM run_commands LIMIT 1) AS waiting", [], cancel) == 0)
            return [];
        List<RunCommandRow> taken = await database.WriteAsync(async session =>
        {
            await RequireLeaseAsync(session, lease, cancel);
            return await session.ListAsync($"DELETE FROM run_commands WHERE {mine} RETURNING id, run, json, at", [lease.Replica],
                row => new RunCommandRow(row.Guid(0), new RunId(row.Guid(1)), row.Text(2), row.Time(3)), cancel);
        }, cancel);
        return [.. taken.OrderBy(c => c.At).ThenBy(c => c.Id)];
    }

    private static CacheRow ToCache(SqlRow row) =>
        new(row.Text(0), row.Text(1), row.Text(2), row.Text(3), row.Text(4), row.Text(5), row.Time(6));
}
