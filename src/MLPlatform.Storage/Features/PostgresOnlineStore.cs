using System.Data.Common;
using MLPlatform.Core.Features;
using Npgsql;
using NpgsqlTypes;

namespace MLPlatform.Storage.Features;

/// <summary>The online store in a PostgreSQL database, which may be that of the platform.</summary>
internal sealed class PostgresOnlineStore(string connectionString, TimeProvider time) : SqlOnlineStore(time)
{
    private const long SchemaLock = 0x4D4C_5046;
    private const long SwapLock = 0x4D4C_5047;
    private readonly NpgsqlDataSource _source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString)
    {
        MaxAutoPrepare = 50,
        AutoPrepareMinUsages = 2,
        ApplicationName = "mlplatform-features",
    });

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _source.DisposeAsync();
    }

    protected override async Task<DbConnection> OpenAsync(CancellationToken cancel) => await _source.OpenConnectionAsync(cancel);

    protected override async Task CreateAsync(DbConnection connection, CancellationToken cancel)
    {
        await using DbTransaction transaction = await connection.BeginTransactionAsync(cancel);
        // Replicas that start together would trip over each other: "if not exists" alone is no lock.
        await ExecuteAsync(connection, transaction, $"SELECT pg_advisory_xact_lock({SchemaLock})", [], cancel);
        await ExecuteAsync(connection, transaction, Schema + """
            CREATE TABLE IF NOT EXISTS online_values (publication CHAR(32) NOT NULL, entity_key TEXT COLLATE "C" NOT NULL, event_time BIGINT NOT NULL, feature_values TEXT NOT NULL,
              PRIMARY KEY (publication, entity_key));
            """, [], cancel);
        await transaction.CommitAsync(cancel);
    }

    protected override async Task LoadAsync(DbConnection connection, string number, IReadOnlyList<OnlineRow> rows, CancellationToken cancel)
    {
        await using NpgsqlBinaryImporter load = await ((NpgsqlConnection)connection).BeginBinaryImportAsync(
            "COPY online_values (publication, entity_key, event_time, feature_values) FROM STDIN (FORMAT BINARY)", cancel);
        foreach (OnlineRow row in rows)
        {
            await load.StartRowAsync(cancel);
            await load.WriteAsync(number, NpgsqlDbType.Char, cancel);
            await load.WriteAsync(row.Key, NpgsqlDbType.Text, cancel);
            await load.WriteAsync(row.EventTime, NpgsqlDbType.Bigint, cancel);
            await load.WriteAsync(row.Values, NpgsqlDbType.Text, cancel);
        }
        await load.CompleteAsync(cancel);
    }

    // Swaps come one after the other: what was judged still holds when the swap commits.
    protected override async Task<DbTransaction> BeginAsync(DbConnection connection, CancellationToken cancel)
    {
        DbTransaction transaction = await connection.BeginTransactionAsync(cancel);
        await ExecuteAsync(connection, transaction, $"SELECT pg_advisory_xact_lock({SwapLock})", [], cancel);
        return transaction;
    }

    protected override void Add(DbCommand command, int position, object value) => ((NpgsqlCommand)command).Parameters.Add(new NpgsqlParameter { Value = value });
}
