using System.Data.Common;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Runs;
using MLPlatform.Storage.Sql;
using Npgsql;

namespace MLPlatform.Storage.Postgres;

/// <summary>A PostgreSQL database shared by any number of replicas; leases are counted by its clock.</summary>
internal sealed class PostgresDatabase : Database
{
    private const long MigrationLock = 0x4D4C_5000;
    private readonly NpgsqlDataSource _source;

    public PostgresDatabase(string connectionString)
    {
        var parts = new NpgsqlConnectionStringBuilder(connectionString)
        {
            // Every statement is written out in code, so all of them fit; nothing here changes a session's state.
            MaxAutoPrepare = 100,
            AutoPrepareMinUsages = 2,
            NoResetOnClose = true,
            ApplicationName = "mlplatform",
        };
        _source = NpgsqlDataSource.Create(parts);
    }

    public override string ForShare => " FOR SHARE";

    public override string ForUpdate => " FOR UPDATE";

    public override async Task MigrateAsync(CancellationToken cancel)
    {
        try
        {
            await using NpgsqlConnection connection = await _source.OpenConnectionAsync(cancel);
            var session = new SqlSession(this, connection, transaction: null);
            // Replicas that start together upgrade one after the other; the lock goes with the connection if we die.
            await session.ExecuteAsync("SELECT pg_advisory_lock($1)", [MigrationLock], cancel);
            try
            {
                await SchemaUpgrade.BringUpToDateAsync<PostgresPlatformContext>(connection, connection.Database,
                    () => new PostgresPlatformContext(PostgresPlatformContext.Options(connection)), cancel);
            }
            finally
            {
                await session.ExecuteAsync("SELECT pg_advisory_unlock($1)", [MigrationLock], CancellationToken.None);
            }
        }
        catch (NpgsqlException e) when (e is not PostgresException || e.SqlState is "3D000" or "28P01" or "28000" or "42501" or "57P03" or "53300")
        {
            throw new ActivityException("STORE-010", $"The PostgreSQL database cannot be used: {e.Message}. "
                + "Check Storage:ConnectionString (host, port, database, user, password) and that the user may create tables there.",
                FailureKind.Infrastructure, e);
        }
    }

    public override Task CommitAsync(ReplicaLease lease, JournalBatch batch, CancellationToken cancel) =>
        PostgresCommit.WriteAsync(_source, lease, batch, cancel);

    public override async Task<SqlSession> ReadAsync(CancellationToken cancel) =>
        new(this, await _source.OpenConnectionAsync(cancel), transaction: null);

    public override async Task<T> WriteAsync<T>(Func<SqlSession, Task<T>> work, CancellationToken cancel)
    {
        await using NpgsqlConnection connection = await _source.OpenConnectionAsync(cancel);
        await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancel);
        T result = await work(new SqlSession(this, connection, transaction));
        await transaction.CommitAsync(cancel);
        return result;
    }

    public override Task SerializeAsync(SqlSession session, long key, CancellationToken cancel) =>
        session.ExecuteAsync("SELECT pg_advisory_xact_lock($1)", [key], cancel);

    public override string Now(TimeSpan offset = default) =>
        string.Create(CultureInfo.InvariantCulture, $"(now() + {offset.Ticks / TimeSpan.TicksPerMicrosecond} * interval '1 microsecond')");

    public override void AddParameter(DbCommand command, int position, object? value) =>
        ((NpgsqlCommand)command).Parameters.Add(new NpgsqlParameter
        {
            Value = value switch
            {
                null or double.NaN => DBNull.Value,
                DateTimeOffset time => time.UtcDateTime,
                _ => value,
            },
        });

    public override DateTimeOffset ReadTime(DbDataReader reader, int column) => reader.GetFieldValue<DateTimeOffset>(column);

    public override ValueTask DisposeAsync() => _source.DisposeAsync();
}
