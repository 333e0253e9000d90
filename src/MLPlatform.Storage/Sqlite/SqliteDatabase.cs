using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Runs;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Sqlite;

/// <summary>
/// The embedded database, opened by one process only (<see cref="HomeLock"/>). All writes go through one connection, one
/// at a time and on the caller's thread; readers have connections of their own and never wait for the writer.
/// </summary>
internal sealed class SqliteDatabase : Database
{
    // Write-ahead log, synced at every commit: a commit that was answered survives a power cut.
    private const string Pragmas = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -32768;";

    private readonly TimeProvider _time;
    private readonly SqliteConnection _writer;
    private readonly string _readers;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private SqliteCommit? _commit;

    /// <param name="file">Made by <see cref="MigrateAsync"/> if it is not there.</param>
    public SqliteDatabase(string file, TimeProvider time)
    {
        _time = time;
        var parts = new SqliteConnectionStringBuilder { DataSource = Path.GetFullPath(file), Pooling = false };
        _writer = new SqliteConnection(parts.ConnectionString);
        _readers = new SqliteConnectionStringBuilder(parts.ConnectionString) { Pooling = true, Mode = SqliteOpenMode.ReadOnly }.ConnectionString;
    }

    public override string ForShare => "";

    public override string ForUpdate => "";

    public override async Task MigrateAsync(CancellationToken cancel)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_writer.DataSource)!);
            await _writer.OpenAsync(cancel);
            await using SqliteCommand pragmas = _writer.CreateCommand();
            pragmas.CommandText = Pragmas;
            await pragmas.ExecuteNonQueryAsync(cancel);
            await SchemaUpgrade.BringUpToDateAsync<SqlitePlatformContext>(_writer, _writer.DataSource,
                () => new SqlitePlatformContext(SqlitePlatformContext.Options(_writer)), cancel);
        }
        catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
        {
            throw new ActivityException("STORE-010", $"The database '{_writer.DataSource}' cannot be opened: {e.Message}. "
                + "Check that the folder is writable, the disk is not full, and the file is a database of this platform.", FailureKind.Infrastructure, e);
        }
        _commit = new SqliteCommit(_writer.Handle!);
    }

    public override async Task CommitAsync(ReplicaLease lease, JournalBatch batch, CancellationToken cancel)
    {
        await _gate.WaitAsync(cancel);
        try
        {
            (_commit ?? throw NotOpen()).Write(lease, batch);
        }
        finally
        {
            _gate.Release();
        }
    }

    public override async Task<SqlSession> ReadAsync(CancellationToken cancel)
    {
        var connection = new SqliteConnection(_readers);
        await connection.OpenAsync(cancel);
        return new SqlSession(this, connection, transaction: null);
    }

    public override async Task<T> WriteAsync<T>(Func<SqlSession, Task<T>> work, CancellationToken cancel)
    {
        await _gate.WaitAsync(cancel);
        try
        {
            if (_commit is null)
                throw NotOpen();
            await using SqliteTransaction transaction = _writer.BeginTransaction();
            T result = await work(new SqlSession(this, _writer, transaction));
            await transaction.CommitAsync(cancel);
            return result;
        }
        finally
        {
            _gate.Release();
        }
    }

    public override Task SerializeAsync(SqlSession session, long key, CancellationToken cancel) => Task.CompletedTask; // Writers are alone.

    public override string Now(TimeSpan offset = default) =>
        ToMicroseconds(_time.GetUtcNow() + offset).ToString(CultureInfo.InvariantCulture);

    public override void AddParameter(DbCommand command, int position, object? value) =>
        ((SqliteCommand)command).Parameters.AddWithValue($"${position}", value switch
        {
            null => DBNull.Value,
            DateTimeOffset time => ToMicroseconds(time),
            Guid id => id.ToString("D"),
            double.NaN => DBNull.Value,
            _ => value,
        });

    public override DateTimeOffset ReadTime(DbDataReader reader, int column) => FromMicroseconds(reader.GetInt64(column));

    public override async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync();
        _commit?.Dispose();
        await _writer.DisposeAsync();
        using var readers = new SqliteConnection(_readers);
        SqliteConnection.ClearPool(readers);
        _gate.Dispose();
    }

    public static long ToMicroseconds(DateTimeOffset time) => (time.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset FromMicroseconds(long microseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);

    private static InvalidOperationException NotOpen() => new("the database is used before MigrateAsync opened it");
}
