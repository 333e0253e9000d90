using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MLPlatform.Activities.Control;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Engine;
using MLPlatform.Engine.Runs;
using MLPlatform.Storage;
using MLPlatform.Storage.Postgres;

namespace MLPlatform.Cli.Bench;

/// <param name="Runs">Runs started together.</param>
internal sealed record EngineBenchRequest(BenchShape Shape, int Activities, StorageProvider Store, int Runs, int Repeats);

/// <summary>What was measured; the medians of the repeats.</summary>
internal sealed record EngineBenchFigures
{
    public required string Shape { get; init; }
    public required int Activities { get; init; }
    public required string Store { get; init; }
    public required int Runs { get; init; }

    /// <summary>Measured repeats after one warm-up.</summary>
    public required int Repeats { get; init; }
    public required double ActivitiesPerSecond { get; init; }
    public required double RunsPerSecond { get; init; }
    public required double MsPerActivity { get; init; }
    public required double SecondsPerRepeat { get; init; }
    public required double PeakMemoryMiB { get; init; }

    /// <summary>Transactions a repeat.</summary>
    public required double Commits { get; init; }
    public required double RowsWritten { get; init; }

    /// <summary>The store's own rate of single durable commits of the rows of one activity, measured right before and after.</summary>
    public required double SingleCommitsPerSecond { get; init; }
    public required BenchMachine Machine { get; init; }
}

/// <summary>Runs durable no-op activities through the engine and a real store. Nothing counts before it is durable.</summary>
internal static class EngineBench
{
    private static readonly TimeSpan ShortestMeasurement = TimeSpan.FromSeconds(1);

    public static async Task<EngineBenchFigures> MeasureAsync(EngineBenchRequest request, CancellationToken cancel)
    {
        string home = Path.Combine(Path.GetTempPath(), $"mlp-bench-{Guid.NewGuid():N}");
        Directory.CreateDirectory(home);
        await using PrivatePostgres? postgres =
            request.Store == StorageProvider.Postgres ? await PrivatePostgres.StartAsync(durable: true, cancel) : null;
        try
        {
            string? connection = postgres is null ? null : await postgres.CreateDatabaseAsync("bench", cancel);
            await using ServiceProvider services = BenchHost.Compose(home, request.Store, connection, processes: false);
            await services.GetRequiredService<PlatformStorage>().OpenAsync(cancel);
            return await MeasureAsync(services, request, cancel);
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    private static async Task<EngineBenchFigures> MeasureAsync(IServiceProvider services, EngineBenchRequest request, CancellationToken cancel)
    {
        double before = await CommitRate.MeasureAsync(services.GetRequiredService<IRunStore>(), cancel);
        EngineLoop engine = services.GetRequiredService<EngineLoop>();
        await engine.StartAsync(cancel);
        RunPlan plan = BenchShapes.Plan(request.Shape, request.Activities);
        await BenchHost.RunAsync(services, BenchShapes.Plan(request.Shape, Math.Min(request.Activities, 1000)), Math.Min(request.Runs, 100), cancel);
        List<double> seconds = [];
        (long commits, long rows) = (engine.Commits, engine.RowsWritten);
        Stopwatch total = Stopwatch.StartNew();
        while (seconds.Count < request.Repeats || total.Elapsed < ShortestMeasurement)
            seconds.Add(await BenchHost.RunAsync(services, plan, request.Runs, cancel));
        (commits, rows) = (engine.Commits - commits, engine.RowsWritten - rows);
        await engine.StopAsync(cancel);
        double after = await CommitRate.MeasureAsync(services.GetRequiredService<IRunStore>(), cancel);
        double median = seconds.Order().ElementAt(seconds.Count / 2);
        double work = (double)request.Activities * request.Runs;
        return new EngineBenchFigures
        {
            Shape = request.Shape.ToString().ToLowerInvariant(),
            Activities = request.Activities,
            Store = request.Store.ToString().ToLowerInvariant(),
            Runs = request.Runs,
            Repeats = seconds.Count,
            ActivitiesPerSecond = Math.Round(work / median, 1),
            RunsPerSecond = Math.Round(request.Runs / median, 2),
            MsPerActivity = Math.Round(median * 1000 / work, 5),
            SecondsPerRepeat = Math.Round(median, 4),
            PeakMemoryMiB = Math.Round(PeakMemoryMiB(), 1),
            Commits = Math.Round((double)commits / seconds.Count, 1),
            RowsWritten = Math.Round((double)rows / seconds.Count, 1),
            SingleCommitsPerSecond = Math.Round((before + after) / 2, 1),
            Machine = BenchMachine.This(),
        };
    }

    private static double PeakMemoryMiB()
    {
        using Process self = Process.GetCurrentProcess();
        return self.PeakWorkingSet64 / 1048576.0;
    }
}
