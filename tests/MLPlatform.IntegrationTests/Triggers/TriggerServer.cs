using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MLPlatform.Activities.Control;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Deployments;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Triggers;
using MLPlatform.Engine;
using MLPlatform.Engine.Runs;
using MLPlatform.Engine.Triggers;
using MLPlatform.IntegrationTests.Runs;
using MLPlatform.Storage;
using Xunit;

namespace MLPlatform.IntegrationTests.Triggers;

/// <summary>A replica with an engine and a trigger loop on a real database and the real clock.</summary>
internal sealed class TriggerServer : IAsyncDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("mlp-trigger-").FullName;
    private readonly ServiceProvider _services;
    private readonly TriggerLoop _loop;
    private bool _dead;

    private TriggerServer(string replica, string? postgres)
    {
        ServiceCollection services = new();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Critical));
        services.AddStorage(o =>
        {
            o.Home = _home;
            (o.Provider, o.ConnectionString) = postgres is null ? (StorageProvider.Sqlite, null) : (StorageProvider.Postgres, postgres);
        });
        services.AddSingleton(ActivityCatalog.FromAssemblies(typeof(Noop).Assembly));
        services.AddSingleton<IExecutor>(new FakeExecutor());
        services.AddSingleton<IHostApplicationLifetime, NoHost>();
        services.AddEngine();
        services.PostConfigure<EngineOptions>(o => (o.Replica, o.Cpu, o.MemoryMiB, o.Lease) = (replica, 4, 4096, TimeSpan.FromSeconds(1)));
        services.AddSingleton<IFeedbackSource, NoFeedback>();
        services.AddTriggers();
        services.PostConfigure<TriggerOptions>(o => o.Recheck = TimeSpan.FromMilliseconds(300));
        _services = services.BuildServiceProvider();
        _loop = _services.GetServices<IHostedService>().OfType<TriggerLoop>().Single();
    }

    public ITriggerStore Claims => Get<ITriggerStore>();

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    public static async Task<TriggerServer> StartAsync(string replica, string? postgres)
    {
        TriggerServer server = new(replica, postgres);
        await server.Get<PlatformStorage>().OpenAsync(Cancel);
        await server.Get<EngineLoop>().StartAsync(Cancel);
        await server._loop.StartAsync(Cancel);
        return server;
    }

    public Task ApplyAsync(string pipeline, string schedule)
    {
        return ApplyAsync(pipeline, schedule, """{ "a": { "type": "control.noop" } }""");
    }

    public Task ApplyAsync(string pipeline, string schedule, string activities)
    {
        string file = $$"""{ "id": "{{pipeline}}", "schedule": {{schedule}}, "activities": {{activities}} }""";
        return Get<IPipelineStore>().ApplyAsync(pipeline, Guid.NewGuid().ToString(), file, null, "ada", Cancel);
    }

    /// <summary>All runs of a pipeline.</summary>
    public async Task<List<RunRow>> RunsAsync(string pipeline) =>
        await Get<IRunStore>().AllAsync(new RunFilter(pipeline), Cancel).ToListAsync(Cancel);

    /// <summary>Dies as by SIGKILL: no lease is given up.</summary>
    public async Task KillAsync()
    {
        _dead = true;
        await _loop.StopAsync(new CancellationToken(canceled: true));
        await Get<EngineLoop>().StopAsync(new CancellationToken(canceled: true));
        await _services.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_dead)
        {
            await _loop.StopAsync(CancellationToken.None);
            await Get<EngineLoop>().StopAsync(CancellationToken.None);
            await _services.DisposeAsync();
        }
        Directory.Delete(_home, recursive: true);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Nothing hosts the loops here but the test itself.</summary>
    private sealed class NoHost : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => CancellationToken.None;
        public CancellationToken ApplicationStopping => CancellationToken.None;
        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication()
        {
        }
    }
}

/// <summary>Nothing is deployed.</summary>
internal sealed class NoFeedback : IFeedbackSource
{
    public Task<bool> IsKeptHereAsync(string deployment, CancellationToken cancel) => Task.FromResult(true);

    public Task<FeedbackSeries?> FindAsync(string deployment, TimeSpan back, CancellationToken cancel) => Task.FromResult<FeedbackSeries?>(null);
}
