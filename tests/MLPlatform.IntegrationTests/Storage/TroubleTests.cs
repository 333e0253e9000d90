using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using MLPlatform.Core.Runs;
using MLPlatform.IntegrationTests.Postgres;
using MLPlatform.Storage.Postgres;
using MLPlatform.Storage.Runs;
using MLPlatform.Storage.Sql;
using MLPlatform.Storage.Sqlite;
using Npgsql;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>A database in trouble refuses whole commits, keeps what it had, and goes on once the trouble is over.</summary>
public sealed class TroubleTests(PostgresServer server) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-trouble-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_full_disk_refuses_the_commit_and_the_next_goes_through_once_there_is_space()
    {
        await using var database = new SqliteDatabase(Path.Combine(_folder, "mlp.db"), new FakeTimeProvider());
        (RunStore store, ReplicaLease lease) = await OpenAsync(database);
        RunId run = Rows.NewRun();
        long pages = await database.ScalarAsync<long>("PRAGMA page_count", [], Cancel);
        await database.ExecuteAsync($"PRAGMA max_page_count = {pages + 50}", [], Cancel); // As good as a disk with so much left.
        int committed = 0;
        SqliteException full = await Assert.ThrowsAsync<SqliteException>(async () =>
        {
            for (; ; committed++)
                await store.CommitAsync(lease, Batch(run, committed), Cancel);
        });
        Assert.Equal(13, full.SqliteErrorCode); // SQLITE_FULL
        Assert.InRange(committed, 1, 50);
        Assert.Equal(committed, (await store.ListActivitiesAsync(run, Cancel)).Count);

        await database.ExecuteAsync("PRAGMA max_page_count = 100000", [], Cancel);
        await store.CommitAsync(lease, Batch(run, committed), Cancel);
        Assert.Equal(committed + 1, await store.ReadJournalAsync(run, Cancel).CountAsync(Cancel));
    }

    [Fact]
    public async Task A_cut_connection_fails_at_most_the_commit_that_used_it()
    {
        await using var database = new PostgresDatabase(await server.CreateDatabaseAsync(Cancel));
        (RunStore store, ReplicaLease lease) = await OpenAsync(database);
        RunId run = Rows.NewRun();
        await store.CommitAsync(lease, Batch(run, 0), Cancel);
        const string cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        await using (SqlSession one = await database.ReadAsync(Cancel))
        await using (SqlSession two = await database.ReadAsync(Cancel))
            Assert.Equal(1, await one.ScalarAsync<long>(cut, [], Cancel));
        int failed = 0;
        while (true)
        {
            try
            {
                await store.CommitAsync(lease, Batch(run, 1), Cancel);
                break;
            }
            catch (NpgsqlException)
            {
                Assert.Equal(1, ++failed);
            }
        }
        Assert.Equal(2, (await store.ListActivitiesAsync(run, Cancel)).Count);
    }

    [Fact]
    public async Task A_cancelled_commit_leaves_nothing_and_the_store_goes_on()
    {
        await using var database = new SqliteDatabase(Path.Combine(_folder, "mlp.db"), new FakeTimeProvider());
        (RunStore store, ReplicaLease lease) = await OpenAsync(database);
        RunId run = Rows.NewRun();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.CommitAsync(lease, Batch(run, 0), new CancellationToken(canceled: true)));
        Assert.Empty(await store.ListActivitiesAsync(run, Cancel));
        await store.CommitAsync(lease, Batch(run, 0), Cancel);
        Assert.Single(await store.ListActivitiesAsync(run, Cancel));
    }

    private static async Task<(RunStore Store, ReplicaLease Lease)> OpenAsync(Database database)
    {
        await database.MigrateAsync(Cancel);
        var store = new RunStore(database);
        return (store, new ReplicaLease("r", await store.AcquireLeaseAsync("r", TimeSpan.FromHours(1), Cancel)));
    }

    private static JournalBatch Batch(RunId run, int index)
    {
        var batch = new JournalBatch();
        batch.Journal.Add(Rows.Entry(run, index + 1, new string(' ', 5000)));
        batch.Activities.Add(Rows.Activity(run, index, note: new string('n', 5000)));
        return batch;
    }
}
