using Microsoft.Extensions.Time.Testing;
using MLPlatform.Core.Runs;
using MLPlatform.Storage.Artifacts;
using MLPlatform.Storage.Postgres;
using MLPlatform.Storage.Runs;
using MLPlatform.Storage.Sql;
using MLPlatform.Storage.Sqlite;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>What the child of <see cref="CrashTests"/> does: this test program, started with one of these explicit tests, which go on until they are killed.</summary>
public sealed class CrashChild
{
    public const int RowsPerCommit = 20;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Commit_until_killed()
    {
        using var answers = new FileStream(Environment.GetEnvironmentVariable("CRASH_ANSWERS")!, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, 0);
        await using Database database = await OpenAsync(Environment.GetEnvironmentVariable("CRASH_TARGET")!);
        var store = new RunStore(database);
        var lease = new ReplicaLease("crashing", await store.AcquireLeaseAsync("crashing", TimeSpan.FromHours(1), Cancel));
        var run = new RunId(Guid.Parse(Environment.GetEnvironmentVariable("CRASH_RUN")!));
        for (int i = 0; ; i++)
        {
            var batch = new JournalBatch();
            batch.Runs.Add(Rows.Run(run, lease.Replica));
            batch.Journal.Add(Rows.Entry(run, i + 1));
            batch.Activities.AddRange(Enumerable.Range(i * RowsPerCommit, RowsPerCommit).Select(n => Rows.Activity(run, n)));
            batch.Attempts.AddRange(Enumerable.Range(i * RowsPerCommit, RowsPerCommit).Select(n => Rows.Attempt(run, n)));
            await store.CommitAsync(lease, batch, Cancel);
            answers.Write("x\n"u8);
        }
    }

    [Fact(Explicit = true)]
    public async Task Put_until_killed()
    {
        using var answers = new StreamWriter(Environment.GetEnvironmentVariable("CRASH_ANSWERS")!) { AutoFlush = true };
        var store = new LocalArtifactStore(Environment.GetEnvironmentVariable("CRASH_TARGET")!);
        var random = new Random(1);
        byte[] content = new byte[2_000_000];
        string file = Path.Combine(store.Folder, "source");
        while (true)
        {
            random.NextBytes(content);
            await File.WriteAllBytesAsync(file, content, Cancel);
            await answers.WriteLineAsync((await store.PutFileAsync(file, "file", null, Cancel)).Hash);
        }
    }

    [Fact(Explicit = true)]
    public async Task Hold_a_private_postgres()
    {
        await using PrivatePostgres held = await PrivatePostgres.StartAsync(durable: false, Cancel);
        await File.WriteAllTextAsync(Environment.GetEnvironmentVariable("CRASH_ANSWERS")!, $"{held.Port}\n", Cancel);
        await Task.Delay(Timeout.Infinite, Cancel);
    }

    internal static async Task<Database> OpenAsync(string target)
    {
        Database database = target.Contains("Host=", StringComparison.Ordinal)
            ? new PostgresDatabase(target)
            : new SqliteDatabase(target, new FakeTimeProvider());
        await database.MigrateAsync(Cancel);
        return database;
    }
}
