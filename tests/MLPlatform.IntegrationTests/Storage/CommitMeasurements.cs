using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using MLPlatform.Core.Runs;
using MLPlatform.Storage;
using MLPlatform.Storage.Postgres;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>
/// How fast durable commits are on this machine; run by hand, never asserted:
/// <c>dotnet run -c Release --project tests/MLPlatform.IntegrationTests -- -class "*CommitMeasurements" -explicit only -showLiveOutput</c>.
/// </summary>
public sealed class CommitMeasurements(ITestOutputHelper output)
{
    private static readonly TimeSpan Each = TimeSpan.FromSeconds(3);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Sqlite() => await MeasureAsync(null);

    [Fact(Explicit = true)]
    public async Task Postgres()
    {
        await using PrivatePostgres server = await PrivatePostgres.StartAsync(durable: true, Cancel);
        await MeasureAsync(await server.CreateDatabaseAsync("measured", Cancel));
    }

    private async Task MeasureAsync(string? connection)
    {
        string home = Directory.CreateTempSubdirectory("mlp-measure-").FullName;
        for (int open = 1; open <= 2; open++)
        {
            long started = Stopwatch.GetTimestamp();
            await using ServiceProvider services = Services(home, connection);
            await services.GetRequiredService<PlatformStorage>().OpenAsync(Cancel);
            Say($"open {(open == 1 ? "and create" : "again")}", Stopwatch.GetElapsedTime(started).TotalMilliseconds, "ms");
            if (open == 1)
                continue;
            IRunStore store = services.GetRequiredService<IRunStore>();
            var lease = new ReplicaLease("measured", await store.AcquireLeaseAsync("measured", TimeSpan.FromHours(1), Cancel));
            for (int round = 0; round < 2; round++)
            {
                await RepeatAsync("single entry", 1, store, lease, (run, i) => Batch(run, i, activities: 0, lease));
                await RepeatAsync("one activity, its attempt, its run, an entry", 4, store, lease, (run, i) => Batch(run, i, activities: 1, lease));
                await RepeatAsync("100 activities", 202, store, lease, (run, i) => Batch(run, i, activities: 100, lease));
                await RepeatAsync("1000 activities", 2002, store, lease, (run, i) => Batch(run, i, activities: 1000, lease));
            }
        }
        Directory.Delete(home, recursive: true);
    }

    private async Task RepeatAsync(string what, int rows, IRunStore store, ReplicaLease lease, Func<RunId, int, JournalBatch> make)
    {
        RunId run = Rows.NewRun();
        TimeSpan spent = TimeSpan.Zero, processor = Environment.CpuUsage.TotalTime;
        int commits = 0;
        for (; spent < Each; commits++)
        {
            JournalBatch batch = make(run, commits);
            long started = Stopwatch.GetTimestamp();
            await store.CommitAsync(lease, batch, Cancel);
            spent += Stopwatch.GetElapsedTime(started);
        }
        Say(what, commits / spent.TotalSeconds, $"commits/s, {commits * rows / spent.TotalSeconds:N0} rows/s, {spent.TotalMilliseconds / commits:F3} ms each, "
            + $"{(Environment.CpuUsage.TotalTime - processor).TotalMilliseconds / commits:F3} ms of it on our processor");
    }

    private static JournalBatch Batch(RunId run, int index, int activities, ReplicaLease lease)
    {
        var batch = new JournalBatch();
        batch.Journal.Add(Rows.Entry(run, index + 1, $$"""[{"e":"start","t":"2026-01-01T00:00:00Z","n":{{index}},"k":1}]"""));
        if (activities > 0)
            batch.Runs.Add(Rows.Run(run, lease.Replica));
        for (int i = index * activities; i < (index + 1) * activities; i++)
        {
            batch.Activities.Add(Rows.Activity(run, i));
            batch.Attempts.Add(Rows.Attempt(run, i));
        }
        return batch;
    }

    private static ServiceProvider Services(string home, string? connection) => new ServiceCollection()
        .AddSingleton<IConfiguration>(new ConfigurationBuilder().Build())
        .AddStorage(options =>
        {
            options.Home = home;
            options.Provider = connection is null ? StorageProvider.Sqlite : StorageProvider.Postgres;
            options.ConnectionString = connection;
        })
        .BuildServiceProvider();

    private void Say(string what, double figure, string unit) =>
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {figure:N0} {unit}"));
}
