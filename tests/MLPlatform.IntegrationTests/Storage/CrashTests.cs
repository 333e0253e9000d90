using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using MLPlatform.Core.Runs;
using MLPlatform.IntegrationTests.Postgres;
using MLPlatform.Storage.Artifacts;
using MLPlatform.Storage.Postgres;
using MLPlatform.Storage.Runs;
using MLPlatform.Storage.Sql;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>
/// A child process (<see cref="CrashChild"/>) is killed at a random moment. What it was answered must be there, and
/// nothing by halves.
/// </summary>
public sealed class CrashTests(PostgresServer server) : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("mlp-crash-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public Task Sqlite_keeps_every_commit_it_answered_and_no_half_of_one() => KillAndCheckAsync(Path.Combine(_folder, "mlp.db"));

    [Fact]
    public async Task Postgres_keeps_every_commit_it_answered_and_no_half_of_one() => await KillAndCheckAsync(await server.CreateDatabaseAsync(Cancel));

    [Fact]
    public async Task A_put_that_is_killed_leaves_no_half_blob_under_its_name()
    {
        string answers = await RunUntilKilledAsync(nameof(CrashChild.Put_until_killed), _folder, minimum: 3, seed: 7);
        var store = new LocalArtifactStore(_folder);
        foreach (string blob in Directory.EnumerateFiles(Path.Combine(_folder, "sha256"), "*", SearchOption.AllDirectories))
            Assert.Equal(Path.GetFileName(blob), Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(blob, Cancel))));
        foreach (string hash in await File.ReadAllLinesAsync(answers, Cancel))
            await store.LayOutAsync(hash, Path.Combine(_folder, "out", hash[7..]), Cancel);
        store.RemoveAbandoned(DateTimeOffset.MaxValue);
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_folder, "tmp")));
    }

    [Fact]
    public async Task A_private_postgres_ends_with_the_process_that_started_it()
    {
        Assert.SkipUnless(PrivatePostgres.IsInstalled, "PostgreSQL is not installed (Debian package 'postgresql')");
        string answers = await RunUntilKilledAsync(nameof(CrashChild.Hold_a_private_postgres), _folder, minimum: 1, seed: 1);
        int port = int.Parse((await File.ReadAllLinesAsync(answers, Cancel))[0], CultureInfo.InvariantCulture);
        await Eventually.IsSoAsync(async () =>
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync("127.0.0.1", port, Cancel);
                return false;
            }
            catch (SocketException)
            {
                return true;
            }
        });
    }

    private async Task KillAndCheckAsync(string target)
    {
        for (int round = 0; round < 4; round++)
        {
            RunId run = Rows.NewRun();
            string answers = await RunUntilKilledAsync(nameof(CrashChild.Commit_until_killed), target, minimum: 5, seed: round, run);
            int answered = (await File.ReadAllLinesAsync(answers, Cancel)).Length;
            await using Database database = await CrashChild.OpenAsync(target);
            var store = new RunStore(database);
            int entries = 0;
            await foreach (JournalEntry entry in store.ReadJournalAsync(run, Cancel))
                Assert.Equal(++entries, entry.Sequence);
            Assert.InRange(entries, answered, answered + 1); // The last one may have been committed and not yet answered.
            Assert.Equal(Enumerable.Range(0, entries * CrashChild.RowsPerCommit), (await store.ListActivitiesAsync(run, Cancel)).Select(a => a.Node));
            Assert.Equal(Enumerable.Range(0, entries * CrashChild.RowsPerCommit), (await store.ListAttemptsAsync(run, null, Cancel)).Select(a => a.Id.Node));
        }
    }

    /// <summary>Runs one of the tests of the child, kills it some time after it wrote so many answers, and returns the file of its answers.</summary>
    private async Task<string> RunUntilKilledAsync(string test, string target, int minimum, int seed, RunId run = default)
    {
        string answers = Path.Combine(_folder, $"answers-{test}-{seed}");
        var start = new ProcessStartInfo(Path.ChangeExtension(typeof(CrashTests).Assembly.Location, null),
            ["-method", $"{typeof(CrashChild).FullName}.{test}", "-explicit", "only", "-noLogo"])
        { RedirectStandardOutput = true };
        start.Environment["CRASH_ANSWERS"] = answers;
        start.Environment["CRASH_TARGET"] = target;
        start.Environment["CRASH_RUN"] = run.ToString();
        using Process child = Process.Start(start)!;
        Task<string> output = child.StandardOutput.ReadToEndAsync(Cancel);
        try
        {
            await Eventually.IsSoAsync(async () =>
            {
                if (child.HasExited)
                    Assert.Fail("the child ended by itself: " + await output);
                return File.Exists(answers) && (await File.ReadAllLinesAsync(answers, Cancel)).Length >= minimum;
            });
            await Task.Delay(new Random(seed).Next(50), Cancel); // Anywhere in a commit: this moment is what the test is about.
        }
        finally
        {
            child.Kill();
            await child.WaitForExitAsync(CancellationToken.None);
        }
        return answers;
    }
}
