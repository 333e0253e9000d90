using System.Data.Common;
using MLPlatform.Core.Features;

namespace MLPlatform.Storage.Features;

/// <summary>
/// The online store in a SQL database. A publication is loaded under a number of its own and becomes current in one
/// transaction; a read is one statement, so it sees one publication. What an attempt left behind is removed a day later.
/// </summary>
internal abstract class SqlOnlineStore(TimeProvider time) : IOnlineStore, IAsyncDisposable
{
    private const string Columns = "group_id, version, table_hash, as_of, group_json, entities, published_at";
    private static readonly TimeSpan AbandonedAfter = TimeSpan.FromDays(1);
    private readonly SemaphoreSlim _opening = new(1, 1);
    private bool _ready;

    protected const string Schema = """
        CREATE TABLE IF NOT EXISTS online_publications (number CHAR(32) PRIMARY KEY, group_id TEXT NOT NULL, version INTEGER NOT NULL, table_hash TEXT NOT NULL,
          as_of BIGINT NOT NULL, group_json TEXT NOT NULL, entities BIGINT NOT NULL, published_at BIGINT NOT NULL, is_current INTEGER NOT NULL);
        CREATE UNIQUE INDEX IF NOT EXISTS online_publications_current ON online_publications (group_id, version) WHERE is_current = 1;
        """;

    public async Task<SwapResult> PublishAsync(OnlinePublication publication, IAsyncEnumerable<IReadOnlyList<OnlineRow>> batches, CancellationToken cancel)
    {
        await using DbConnection connection = await ConnectAsync(cancel);
        // 1. Is there anything to do?
        if (await JudgeAsync(connection, null, publication, cancel) is { } settled)
            return settled;
        // 2. Load it where nobody sees it.
        string number = Guid.CreateVersion7(time.GetUtcNow()).ToString("N");
        await ExecuteAsync(connection, null, $"INSERT INTO online_publications (number, {Columns}, is_current) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)",
            [number, publication.Group, publication.Version, publication.Table, Ticks(publication.AsOf), publication.GroupJson, publication.Entities, Ticks(time.GetUtcNow())], cancel);
        await foreach (IReadOnlyList<OnlineRow> batch in batches.WithCancellation(cancel))
            await LoadAsync(connection, number, batch, cancel);
        // 3. Swap, unless somebody was faster with something newer.
        await using (DbTransaction transaction = await BeginAsync(connection, cancel))
        {
            if (await JudgeAsync(connection, transaction, publication, cancel) is { } late)
                return late;
            await ExecuteAsync(connection, transaction, "UPDATE online_publications SET is_current = 0 WHERE group_id = $1 AND version = $2 AND is_current = 1", [publication.Group, publication.Version], cancel);
            await ExecuteAsync(connection, transaction, "UPDATE online_publications SET is_current = 1, published_at = $2 WHERE number = $1", [number, Ticks(time.GetUtcNow())], cancel);
            await transaction.CommitAsync(cancel);
        }
        // 4. Sweep what nobody can see: the one before, and what was never finished.
        await SweepAsync(connection, publication, number, cancel);
        return SwapResult.Published;
    }

    public async Task<IReadOnlyList<OnlinePublication>> ListAsync(CancellationToken cancel)
    {
        await using DbConnection connection = await ConnectAsync(cancel);
        List<OnlinePublication> all = [];
        await using DbCommand command = Command(connection, null, $"SELECT {Columns} FROM online_publications WHERE is_current = 1 ORDER BY group_id, version", []);
        await using DbDataReader row = await command.ExecuteReaderAsync(cancel);
        while (await row.ReadAsync(cancel))
            all.Add(Publication(row));
        return all;
    }

    public async Task<OnlinePublication?> FindAsync(string group, int? version, CancellationToken cancel) => (await ReadAsync(group, version, [], cancel))?.Publication;

    public async Task<OnlineRead?> ReadAsync(string group, int? version, IReadOnlyList<string> keys, CancellationToken cancel)
    {
        await using DbConnection connection = await ConnectAsync(cancel);
        string[] wanted = [.. keys.Distinct(StringComparer.Ordinal)];
        string list = wanted.Length == 0 ? "NULL" : string.Join(", ", wanted.Select((_, i) => $"${i + 2}"));
        string which = version is { } only ? $"version = {only}" : "version = (SELECT max(version) FROM online_publications WHERE group_id = $1 AND is_current = 1)";
        await using DbCommand command = Command(connection, null,
            $"SELECT {Columns}, v.entity_key, v.event_time, v.feature_values FROM (SELECT * FROM online_publications WHERE group_id = $1 AND is_current = 1 AND {which}) p "
            + $"LEFT JOIN online_values v ON v.publication = p.number AND v.entity_key IN ({list})", [group, .. wanted]);
        Dictionary<string, OnlineRow> found = new(StringComparer.Ordinal);
        OnlinePublication? publication = null;
        await using DbDataReader row = await command.ExecuteReaderAsync(cancel);
        while (await row.ReadAsync(cancel))
        {
            publication ??= Publication(row);
            if (!row.IsDBNull(7))
                found[row.GetString(7)] = new OnlineRow(row.GetString(7), row.GetInt64(8), row.GetString(9));
        }
        return publication is null ? null : new OnlineRead(publication, [.. keys.Select(k => found.GetValueOrDefault(k))]);
    }

    public virtual ValueTask DisposeAsync()
    {
        _opening.Dispose();
        return ValueTask.CompletedTask;
    }

    protected abstract Task<DbConnection> OpenAsync(CancellationToken cancel);

    protected abstract Task CreateAsync(DbConnection connection, CancellationToken cancel);

    protected abstract Task LoadAsync(DbConnection connection, string number, IReadOnlyList<OnlineRow> rows, CancellationToken cancel);

    protected abstract Task<DbTransaction> BeginAsync(DbConnection connection, CancellationToken cancel);

    protected abstract void Add(DbCommand command, int position, object value);

    protected DbCommand Command(DbConnection connection, DbTransaction? transaction, string sql, object[] values)
    {
        DbCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.Transaction = transaction;
        for (int i = 0; i < values.Length; i++)
            Add(command, i + 1, values[i]);
        return command;
    }

    protected async Task<int> ExecuteAsync(DbConnection connection, DbTransaction? transaction, string sql, object[] values, CancellationToken cancel)
    {
        await using DbCommand command = Command(connection, transaction, sql, values);
        return await command.ExecuteNonQueryAsync(cancel);
    }

    private async Task<DbConnection> ConnectAsync(CancellationToken cancel)
    {
        DbConnection connection = await OpenAsync(cancel);
        if (Volatile.Read(ref _ready))
            return connection;
        await _opening.WaitAsync(cancel);
        try
        {
            if (!_ready)
                await CreateAsync(connection, cancel);
            Volatile.Write(ref _ready, true);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
        finally
        {
            _opening.Release();
        }
    }

    private async Task<SwapResult?> JudgeAsync(DbConnection connection, DbTransaction? transaction, OnlinePublication publication, CancellationToken cancel)
    {
        await using DbCommand command = Command(connection, transaction,
            $"SELECT {Columns} FROM online_publications WHERE group_id = $1 AND version = $2 AND is_current = 1", [publication.Group, publication.Version]);
        await using DbDataReader row = await command.ExecuteReaderAsync(cancel);
        return await row.ReadAsync(cancel) ? OnlineOrder.Judge(Publication(row), publication) : null;
    }

    private async Task SweepAsync(DbConnection connection, OnlinePublication publication, string number, CancellationToken cancel)
    {
        const string Unseen = "SELECT number FROM online_publications WHERE group_id = $1 AND version = $2 AND is_current = 0 AND number <> $3 AND (published_at < $4 OR as_of <= $5)";
        object[] values = [publication.Group, publication.Version, number, Ticks(time.GetUtcNow() - AbandonedAfter), Ticks(publication.AsOf)];
        List<string> gone = [];
        await using (DbCommand command = Command(connection, null, Unseen, values))
        await using (DbDataReader row = await command.ExecuteReaderAsync(cancel))
        {
            while (await row.ReadAsync(cancel))
                gone.Add(row.GetString(0));
        }
        foreach (string old in gone)
        {
            await ExecuteAsync(connection, null, "DELETE FROM online_values WHERE publication = $1", [old], cancel);
            await ExecuteAsync(connection, null, "DELETE FROM online_publications WHERE number = $1 AND is_current = 0", [old], cancel);
        }
    }

    private static OnlinePublication Publication(DbDataReader row) =>
        new(row.GetString(0), row.GetInt32(1), row.GetString(2), Instant(row.GetInt64(3)), row.GetString(4), row.GetInt64(5), Instant(row.GetInt64(6)));

    private static long Ticks(DateTimeOffset instant) => instant.UtcTicks;

    private static DateTimeOffset Instant(long ticks) => new(ticks, TimeSpan.Zero);
}
