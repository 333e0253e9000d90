using MLPlatform.Core.Lineage.OpenLineage;
using MLPlatform.Core.Runs;
using MLPlatform.Storage.Runs;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Lineage;

internal sealed class OpenLineageStore(Database database, TimeProvider time) : IOpenLineageStore
{
    private const string Edges = "SELECT job_namespace, job_name, namespace, name FROM openlineage_edges";

    public Task<bool> PutAsync(ReceivedEvent received, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        if (await session.ExecuteAsync(
            "INSERT INTO openlineage_events (id, event_time, event_type, run, job_namespace, job_name, json, received_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO NOTHING",
            [received.Id, received.At, received.Type, received.Run, received.Job?.Namespace ?? "", received.Job?.Name ?? "", received.Json, time.GetUtcNow()], cancel) == 0)
            return false;
        foreach ((NamedDataset dataset, bool written) in received.Inputs.Select(i => (i, false)).Concat(received.Outputs.Select(o => (o, true))))
        {
            if (received.Job is { } job)
                await session.ExecuteAsync(
                    "INSERT INTO openlineage_edges (job_namespace, job_name, written, namespace, name, seen_at) VALUES ($1, $2, $3, $4, $5, $6) "
                    + "ON CONFLICT (job_namespace, job_name, written, namespace, name) DO UPDATE SET seen_at = excluded.seen_at",
                    [job.Namespace, job.Name, written, dataset.Namespace, dataset.Name, time.GetUtcNow()], cancel);
        }
        foreach (ReceivedFacet facet in received.Facets)
            await PutAsync(session, facet, received.At, cancel);
        return true;
    }, cancel);

    public async Task<IReadOnlyDictionary<string, string>> FacetsAsync(string kind, NamedDataset of, CancellationToken cancel) =>
        (await database.ListAsync("SELECT facet, json FROM openlineage_facets WHERE kind = $1 AND namespace = $2 AND name = $3 AND json <> '' ORDER BY facet",
            [kind, of.Namespace, of.Name], row => (Name: row.Text(0), Json: row.Text(1)), cancel)).ToDictionary(f => f.Name, f => f.Json);

    // An empty one says that the facet was taken away, so that an older event that comes late does not bring it back.
    private static Task<int> PutAsync(SqlSession session, ReceivedFacet facet, DateTimeOffset at, CancellationToken cancel) => session.ExecuteAsync(
        "INSERT INTO openlineage_facets (kind, namespace, name, facet, event_time, json) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (kind, namespace, name, facet) "
        + "DO UPDATE SET event_time = excluded.event_time, json = excluded.json WHERE openlineage_facets.event_time <= excluded.event_time",
        [facet.Kind, facet.Of.Namespace, facet.Of.Name, facet.Name, at, facet.Json ?? ""], cancel);

    public async Task<IReadOnlyList<JobEdge>> JobsOfAsync(IReadOnlyCollection<NamedDataset> datasets, bool written, CancellationToken cancel) =>
        await FindAsync(datasets, "namespace", "name", written, cancel);

    public async Task<IReadOnlyList<JobEdge>> DatasetsOfAsync(IReadOnlyCollection<NamedDataset> jobs, bool written, CancellationToken cancel) =>
        await FindAsync(jobs, "job_namespace", "job_name", written, cancel);

    public async Task<IReadOnlyList<SendProgress>> ListUnsentAsync(DateTimeOffset since, int limit, CancellationToken cancel) => await database.ListAsync(
        "SELECT r.id, p.sequence, p.tries, p.next_at FROM runs r LEFT JOIN openlineage_progress p ON p.run = r.id "
        + $"WHERE r.created_at >= $1 AND (p.run IS NULL OR ((NOT p.done OR r.{RunTable.Unfinished} OR r.ended_at > p.at) AND (p.next_at IS NULL OR p.next_at <= $2))) "
        + $"ORDER BY r.created_at, r.id LIMIT {limit}",
        [since, time.GetUtcNow()], row => new SendProgress(new RunId(row.Guid(0)), row.LongOrZero(1), false, (int)row.LongOrZero(2), row.TimeOrNull(3)), cancel);

    public async Task<SendingState> StateAsync(DateTimeOffset since, CancellationToken cancel)
    {
        const string Unsent = $"FROM runs r LEFT JOIN openlineage_progress p ON p.run = r.id WHERE r.created_at >= $1 AND (p.run IS NULL OR NOT p.done OR r.{RunTable.Unfinished} OR r.ended_at > p.at)";
        List<(long Count, DateTimeOffset? Oldest)> all = await database.ListAsync($"SELECT count(*), min(r.created_at) {Unsent}", [since], row => (row.Long(0), row.TimeOrNull(1)), cancel);
        return new SendingState(all[0].Count, all[0].Oldest, await database.ListAsync(
            $"SELECT r.id, p.sequence, p.tries, p.next_at {Unsent} AND p.tries > 0 ORDER BY r.created_at, r.id LIMIT 20", [since],
            row => new SendProgress(new RunId(row.Guid(0)), row.LongOrZero(1), false, (int)row.LongOrZero(2), row.TimeOrNull(3)), cancel));
    }

    public Task AdvanceAsync(SendProgress progress, CancellationToken cancel) => database.ExecuteAsync(
        "INSERT INTO openlineage_progress (run, sequence, done, tries, next_at, at) VALUES ($1, $2, $3, $4, $5, $6) "
        + "ON CONFLICT (run) DO UPDATE SET sequence = excluded.sequence, done = excluded.done, tries = excluded.tries, next_at = excluded.next_at, at = excluded.at",
        [progress.Run.Value, progress.Sequence, progress.Done, progress.Tries, progress.NextAt, time.GetUtcNow()], cancel);

    private async Task<List<JobEdge>> FindAsync(IReadOnlyCollection<NamedDataset> keys, string ns, string name, bool written, CancellationToken cancel)
    {
        List<JobEdge> found = [];
        foreach (NamedDataset[] portion in keys.Chunk(100))
        {
            List<object?> values = [written];
            string[] conditions = [.. portion.Select(k => $"({ns} = {Many.Place(values, k.Namespace)} AND {name} = {Many.Place(values, k.Name)})")];
            found.AddRange(await database.ListAsync($"{Edges} WHERE written = $1 AND ({string.Join(" OR ", conditions)})", [.. values],
                row => new JobEdge(new NamedDataset(row.Text(0), row.Text(1)), new NamedDataset(row.Text(2), row.Text(3))), cancel));
        }
        return found;
    }
}
