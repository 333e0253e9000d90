using System.Data.Common;
using Microsoft.Data.Sqlite;
using MLPlatform.Core.Features;

namespace MLPlatform.Storage.Features;

/// <summary>The online store in a file of its own: publishing never holds up the platform's database.</summary>
internal sealed class SqliteOnlineStore : SqlOnlineStore
{
    private readonly string _connection;

    public SqliteOnlineStore(string file, TimeProvider time)
        : base(time)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        _connection = new SqliteConnectionStringBuilder { DataSource = Path.GetFullPath(file), Pooling = true, DefaultTimeout = 60 }.ConnectionString;
    }

    protected override async Task<DbConnection> OpenAsync(CancellationToken cancel)
    {
        SqliteConnection connection = new(_connection);
        await connection.OpenAsync(cancel);
        return connection;
    }

    protected override async Task CreateAsync(DbConnection connection, CancellationToken cancel)
    {
        await ExecuteAsync(connection, null, "PRAGMA journal_mode = WAL", [], cancel);
        await ExecuteAsync(connection, null, Schema + """
            CREATE TABLE IF NOT EXISTS online_values (publication CHAR(32) NOT NULL, entity_key TEXT NOT NULL, event_time BIGINT NOT NULL, feature_values TEXT NOT NULL,
              PRIMARY KEY (publication, entity_key)) WITHOUT ROWID;
            """, [], cancel);
    }

    protected override async Task LoadAsync(DbConnection connection, string number, IReadOnlyList<OnlineRow> rows, CancellationToken cancel)
    {
        await using DbTransaction transaction = await BeginAsync(connection, cancel);
        await using DbCommand insert = Command(connection, transaction,
            "INSERT INTO online_values (publication, entity_key, event_time, feature_values) VALUES ($1, $2, $3, $4)", [number, "", 0L, ""]);
        foreach (OnlineRow row in rows)
        {
            insert.Parameters[1].Value = row.Key;
            insert.Parameters[2].Value = row.EventTime;
            insert.Parameters[3].Value = row.Values;
            insert.ExecuteNonQuery();
        }
        await transaction.CommitAsync(cancel);
    }

    // Takes the write lock at once: what was judged still holds when the swap commits.
    protected override Task<DbTransaction> BeginAsync(DbConnection connection, CancellationToken cancel) =>
        Task.FromResult<DbTransaction>(((SqliteConnection)connection).BeginTransaction(deferred: false));

    protected override void Add(DbCommand command, int position, object value) => ((SqliteCommand)command).Parameters.AddWithValue($"${position}", value);
}
