using MLPlatform.Core.Bees;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Bees;

internal sealed class ForwardStore(Database database, TimeProvider time) : IForwardStore
{
    public Task PutAsync(string source, ForwardKind kind, byte[] body, CancellationToken cancel) => database.ExecuteAsync(
        "INSERT INTO bees_forwards (source, kind, body, at) VALUES ($1, $2, $3, $4)", [source, StoredText.CamelCase(kind), body, time.GetUtcNow()], cancel);

    public async Task<IReadOnlyList<Forward>> ListAsync(string home, int limit, CancellationToken cancel) => await database.ListAsync(
        "SELECT f.id, f.source, f.kind, f.body, f.at FROM bees_forwards f JOIN bees_sources s ON s.name = f.source WHERE s.home = $1 ORDER BY f.id LIMIT $2", [home, limit],
        row => new Forward(row.Long(0), row.Text(1), StoredText.Parse<ForwardKind>(row.Text(2)), row.Bytes(3), row.Time(4)), cancel);

    public Task DeleteAsync(IReadOnlyCollection<long> numbers, CancellationToken cancel) => database.WriteAsync(async session =>
    {
        foreach (long number in numbers)
            await session.ExecuteAsync("DELETE FROM bees_forwards WHERE id = $1", [number], cancel);
    }, cancel);

    public async Task<DateTimeOffset?> FindOldestAsync(CancellationToken cancel) =>
        (await database.ListAsync("SELECT at FROM bees_forwards ORDER BY id LIMIT 1", [], row => (DateTimeOffset?)row.Time(0), cancel)).FirstOrDefault();
}
