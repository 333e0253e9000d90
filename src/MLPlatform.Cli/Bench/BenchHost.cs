using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MLPlatform.Activities.Control;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Engine;
using MLPlatform.Engine.Runs;
using MLPlatform.Executors.Process;
using MLPlatform.Storage;

namespace MLPlatform.Cli.Bench;

/// <summary>The engine with a real store, and without a web server in front.</summary>
internal static class BenchHost
{
    /// <param name="processes">Whether attempts may start processes; without, only inline activities run.</param>
    public static ServiceProvider Compose(string home, StorageProvider store, string? connection, bool processes)
    {
        ServiceCollection services = new();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Error));
        services.AddStorage(options => (options.Home, options.Provider, options.ConnectionString) = (home, store, connection));
        services.AddSingleton(ActivityCatalog.FromAssemblies(typeof(Noop).Assembly));
        if (processes)
            services.AddProcessExecutor().Configure<ProcessExecutorOptions>(options => options.Home = home);
        else
            services.AddSingleton<IExecutor, NoExecutor>();
        services.AddEngine();
        return services.BuildServiceProvider();
    }

    /// <summary>Runs the plan so often at once, and returns the seconds until the last end is durable.</summary>
    public static async Task<double> RunAsync(IServiceProvider services, RunPlan plan, int runs, CancellationToken cancel)
    {
        RunStarter starter = services.GetRequiredService<RunStarter>();
        IAsyncEnumerable<RunChange> changes = services.GetRequiredService<RunFeed>().SubscribeAsync(null, cancel);
        long start = Stopwatch.GetTimestamp();
        Task<int> ended = CountEndsAsync(changes, runs, cancel);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        await Task.WhenAll(Enumerable.Range(0, runs).Select(_ => starter.StartAsync(new RunRequest(plan, """{"type":"manual"}""", now), cancel)));
        if (await ended != runs)
            throw new InvalidOperationException("the engine reported fewer ends than there were runs");
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task<int> CountEndsAsync(IAsyncEnumerable<RunChange> changes, int runs, CancellationToken cancel)
    {
        int ends = 0;
        await foreach (RunChange change in changes.WithCancellation(cancel))
        {
            if (change.Row is not { } row || !row.Status.IsTerminal())
                continue;
            if (row.Status != RunStatus.Succeeded || row.Counts.Succeeded != row.Counts.Total)
                throw new InvalidOperationException($"run {row.Id} ended as {row.Status}: {row.FailureJson}");
            if (++ends == runs)
                break;
        }
        return ends;
    }

    /// <summary>The bench has inline activities only.</summary>
    private sealed class NoExecutor : IExecutor
    {
        public void Attach(IAttemptSink sink) => ArgumentNullException.ThrowIfNull(sink);

        public Task StartAsync(AttemptOrder order, CancellationToken cancel) => throw new NotSupportedException("the bench starts no process");

        public Task StopAsync(AttemptId attempt, TimeSpan grace, CancellationToken cancel) => Task.CompletedTask;
    }
}
