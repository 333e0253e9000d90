using Npgsql;

namespace MLPlatform.Server.Bees.Postgres;

/// <summary>The transactions of a database that run at a moment, whether they have written or not, and which of them still do.</summary>
internal sealed class OpenTransactions(NpgsqlConnection connection)
{
    // Locks are shown to everybody; what others do is not. Every transaction holds a lock on its virtual id until it has ended or is
    // prepared to be committed. A worker that vacuums has no user, and writes no rows.
    private const string Running = """
        SELECT l.virtualxid || ' ' || l.pid FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
        WHERE l.locktype = 'virtualxid' AND l.mode = 'ExclusiveLock' AND l.granted AND l.pid <> pg_backend_pid() AND a.usesysid IS NOT NULL
          AND a.datid = (SELECT oid FROM pg_database WHERE datname = current_database())
        """;

    private const string Prepared = "SELECT transaction::text || ' ' || gid FROM pg_prepared_xacts WHERE database = current_database()";

    private HashSet<string> _open = [];
    private bool _prepared;

    /// <summary>Takes note of those that run now.</summary>
    public async Task NoteAsync(CancellationToken cancel) => (_open, _prepared) = (await ListAsync(Running, cancel), false);

    /// <summary>Whether any of those has not ended.</summary>
    public async Task<bool> AnyAsync(CancellationToken cancel)
    {
        if (_open.Count > 0)
            _open.IntersectWith(await ListAsync(_prepared ? Prepared : Running, cancel));
        if (_open.Count == 0 && !_prepared)
            (_open, _prepared) = (await ListAsync(Prepared, cancel), true); // One that ran may be prepared by now.
        return _open.Count > 0;
    }

    /// <summary>One of them, in words.</summary>
    public string Describe() => _prepared ? $"the prepared transaction {_open.First().Split(' ', 2)[1]}" : $"the transaction of process {_open.First().Split(' ')[1]}";

    private async Task<HashSet<string>> ListAsync(string sql, CancellationToken cancel)
    {
        HashSet<string> found = new(StringComparer.Ordinal);
        await using NpgsqlCommand command = new(sql, connection);
        await using NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancel);
        while (await reader.ReadAsync(cancel))
            found.Add(reader.GetString(0));
        return found;
    }
}
