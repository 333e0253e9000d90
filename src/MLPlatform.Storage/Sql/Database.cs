using System.Data.Common;
using MLPlatform.Core.Runs;

namespace MLPlatform.Storage.Sql;

/// <summary>
/// One database and all that differs between the two kinds: connections, parameters, locks, the clock of leases and
/// the hot commit. Everything else is SQL that both understand.
/// </summary>
internal abstract class Database : IAsyncDisposable
{
    /// <summary>Says that the row locks taken by a SELECT last until the transaction ends. Empty where writers are alone anyway.</summary>
    public abstract string ForShare { get; }

    /// <summary>Has the rows of a SELECT for this transaction alone. Empty where writers are alone anyway.</summary>
    public abstract string ForUpdate { get; }

    /// <summary>Creates or upgrades the schema; quick where there is nothing to do.</summary>
    public abstract Task MigrateAsync(CancellationToken cancel);

    /// <summary>Commits the batch in one transaction, or nothing of it.</summary>
    public abstract Task CommitAsync(ReplicaLease lease, JournalBatch batch, CancellationToken cancel);

    /// <summary>A session that only reads; dispose it to give its connection back.</summary>
    public abstract Task<SqlSession> ReadAsync(CancellationToken cancel);

    /// <summary>Runs the work in one transaction and commits it unless it throws.</summary>
    public abstract Task<T> WriteAsync<T>(Func<SqlSession, Task<T>> work, CancellationToken cancel);

    /// <summary>Lets one transaction at a time past this point, whichever replica it belongs to.</summary>
    public abstract Task SerializeAsync(SqlSession session, long key, CancellationToken cancel);

    /// <summary>The instant by which leases are counted, plus an offset, as an SQL expression.</summary>
    public abstract string Now(TimeSpan offset = default);

    public abstract void AddParameter(DbCommand command, int position, object? value);

    public abstract DateTimeOffset ReadTime(DbDataReader reader, int column);

    public abstract ValueTask DisposeAsync();

    public Task WriteAsync(Func<SqlSession, Task> work, CancellationToken cancel) => WriteAsync(async session =>
    {
        await work(session);
        return true;
    }, cancel);

    public Task<int> ExecuteAsync(string sql, object?[] values, CancellationToken cancel) =>
        WriteAsync(session => session.ExecuteAsync(sql, values, cancel), cancel);

    public async Task<T?> ScalarAsync<T>(string sql, object?[] values, CancellationToken cancel)
    {
        await using SqlSession session = await ReadAsync(cancel);
        return await session.ScalarAsync<T>(sql, values, cancel);
    }

    public async Task<T?> FirstAsync<T>(string sql, object?[] values, Func<SqlRow, T> map, CancellationToken cancel) where T : class
    {
        await using SqlSession session = await ReadAsync(cancel);
        return await session.FirstAsync(sql, values, map, cancel);
    }

    public async Task<List<T>> ListAsync<T>(string sql, object?[] values, Func<SqlRow, T> map, CancellationToken cancel)
    {
        await using SqlSession session = await ReadAsync(cancel);
        return await session.ListAsync(sql, values, map, cancel);
    }
}
