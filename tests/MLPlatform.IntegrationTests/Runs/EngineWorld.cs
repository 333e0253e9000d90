using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using MLPlatform.Activities.Control;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Engine;
using MLPlatform.Engine.Runs;
using MLPlatform.Engine.Scheduling;
using MLPlatform.Storage;
using Xunit;

namespace MLPlatform.IntegrationTests.Runs;

/// <summary>An engine on a real store in a temporary home, with an outside world that outlives it.</summary>
internal sealed class EngineWorld : IAsyncDisposable
{
    // Memory where the machine has it: what is tested is the order of commits, not the disk.
    private readonly string _home = Path.Combine(Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"mlp-engine-{Guid.NewGuid():N}");
    private readonly TimeProvider _clock;
    private readonly string? _postgres;
    private ServiceProvider _services = null!;
    private bool _isDead;

    private EngineWorld(string? postgres, TimeProvider? clock)
    {
        _postgres = postgres;
        _clock = clock ?? Time;
        Directory.CreateDirectory(_home);
    }

    public FakeExecutor Executor { get; } = new();
    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.Zero));
    public ActivityCatalog Catalog { get; } = ActivityCatalog.FromAssemblies(typeof(Noop).Assembly, typeof(TestWork).Assembly);

    /// <summary>Wraps the store of every engine that is started.</summary>
    public Func<IRunStore, IRunStore> Wrap { get; set; } = store => store;
    public EngineLoop Engine => _services.GetRequiredService<EngineLoop>();
    public RunCommands Commands => _services.GetRequiredService<RunCommands>();
    public IRunStore Store => _services.GetRequiredService<IRunStore>();
    public IQuotaStore Quotas => _services.GetRequiredService<IQuotaStore>();

    /// <summary>Applies a resources file, which holds when this returns.</summary>
    public async Task ApplyAsync(string json)
    {
        Assert.NotNull(ResourcesCompiler.Compile(Encoding.UTF8.GetBytes(json), "resources.json").File);
        await Quotas.ApplyAsync(json, "ann", TestContext.Current.CancellationToken);
        await LookAsync();
    }

    /// <summary>Looks at quotas and budgets, which hold as they are when this returns.</summary>
    public async Task LookAsync()
    {
        await Get<QuotaWatch>().LookAsync(TestContext.Current.CancellationToken);
        await Engine.FlushAsync();
    }

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    public static async Task<EngineWorld> StartAsync(string? postgres = null, string replica = "r1", EngineOptions? options = null, TimeProvider? clock = null, int gpus = 0)
    {
        EngineWorld world = new(postgres, clock);
        await world.StartEngineAsync(replica, options, gpus);
        return world;
    }

    public async Task StartEngineAsync(string replica = "r1", EngineOptions? options = null, int gpus = 0)
    {
        ServiceCollection services = new();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Critical));
        services.AddSingleton(_clock);
        services.AddStorage(o =>
        {
            o.Home = _home;
            (o.Provider, o.ConnectionString) = _postgres is null ? (StorageProvider.Sqlite, null) : (StorageProvider.Postgres, _postgres);
        });
        ServiceDescriptor inner = services.Last(d => d.ServiceType == typeof(IRunStore));
        services.Replace(ServiceDescriptor.Singleton(p => Wrap((IRunStore)ActivatorUtilities.CreateInstance(p, inner.ImplementationType!))));
        services.AddSingleton(Catalog);
        services.AddSingleton<IExecutor>(Executor);
        services.AddSingleton<IGpuInventory>(new Gpus(gpus));
        services.AddEngine();
        services.PostConfigure<EngineOptions>(o =>
        {
            (o.Replica, o.Cpu, o.MemoryMiB) = (replica, options?.Cpu ?? 4, options?.MemoryMiB ?? 4096);
            o.RunAhead = options?.RunAhead ?? o.RunAhead;
            o.Lease = options?.Lease ?? o.Lease;
            o.MinimumRun = options?.MinimumRun ?? o.MinimumRun;
            o.PreemptionGrace = options?.PreemptionGrace ?? o.PreemptionGrace;
        });
        _services = services.BuildServiceProvider();
        _isDead = false;
        await Get<PlatformStorage>().OpenAsync(TestContext.Current.CancellationToken);
        await Engine.StartAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Drops the engine as a SIGKILL would: nothing is flushed, no lease is given up.</summary>
    public async Task KillEngineAsync()
    {
        _isDead = true;
        await Engine.StopAsync(new CancellationToken(canceled: true));
        await _services.DisposeAsync();
    }

    public RunPlan Plan(string json, string parameters = "{}")
    {
        CompileResult compiled = PipelineCompiler.Compile(Encoding.UTF8.GetBytes(json), "test.json", Catalog);
        Assert.True(compiled.Pipeline is not null, string.Join('\n', compiled.Diagnostics));
        PlanResult planned = RunPlanner.Plan(compiled.Pipeline!, new PlanRequest
        {
            Parameters = JsonElement.Parse(parameters),
            Trigger = JsonElement.Parse("""{"type":"manual"}"""),
            LogicalDate = _clock.GetUtcNow(),
        });
        Assert.True(planned.Plan is not null, string.Join('\n', planned.Diagnostics));
        return planned.Plan!;
    }

    public Task<RunId> BeginAsync(string json, RunId? id = null) =>
        Get<RunStarter>().StartAsync(Request(json, id), TestContext.Current.CancellationToken);

    public RunRequest Request(string json, RunId? id = null) => new(Plan(json), """{"type":"manual"}""", _clock.GetUtcNow(), id);

    /// <summary>Begins a run while commits fail: lets the pauses between tries pass at once.</summary>
    public async Task BeginRetryingAsync(string json, RunId id) => await PassPausesAsync(BeginAsync(json, id));

    /// <summary>Awaits a run's end while commits fail.</summary>
    public async Task<RunRow> EndOfRetryingAsync(RunId id) => await PassPausesAsync(EndOfAsync(id));

    private async Task<bool> StopAsync()
    {
        await Engine.StopAsync(CancellationToken.None);
        return true;
    }

    private async Task<T> PassPausesAsync<T>(Task<T> work)
    {
        while (await Task.WhenAny(work, Task.Delay(1, TestContext.Current.CancellationToken)) != work)
            Time.Advance(TimeSpan.FromSeconds(5));
        return await work;
    }

    /// <summary>Begins a run and awaits its end.</summary>
    public async Task<RunRow> RunAsync(string json)
    {
        RunId id = await BeginAsync(json);
        return await EndOfAsync(id);
    }

    public Task<RunRow> EndOfAsync(RunId id) => UntilAsync(id, row => row.Status.IsTerminal());

    /// <summary>The run's row once it satisfies the condition.</summary>
    public async Task<RunRow> UntilAsync(RunId id, Func<RunRow, bool> condition)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Eventually.Patience);
        IAsyncEnumerable<RunChange> changes = Get<RunFeed>().SubscribeAsync(id, limit.Token);
        if (await Store.FindRunAsync(id, limit.Token) is { } now && condition(now))
            return now;
        await foreach (RunChange change in changes)
        {
            if (change.Row is { } row && condition(row))
                return row;
        }
        throw new InvalidOperationException("the feed ended");
    }

    /// <summary>The activity's row once it has this status.</summary>
    public async Task<ActivityRow> UntilAsync(RunId id, string activity, ActivityStatus status)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Eventually.Patience);
        IAsyncEnumerable<RunChange> changes = Get<RunFeed>().SubscribeAsync(id, limit.Token);
        if ((await Store.ListActivitiesAsync(id, limit.Token)).FirstOrDefault(a => a.Name == activity && a.Status == status) is { } now)
            return now;
        await foreach (RunChange change in changes)
        {
            if (change.Activities.FirstOrDefault(a => a.Name == activity && a.Status == status) is { } row)
                return row;
        }
        throw new InvalidOperationException("the feed ended");
    }

    public async Task<string> StatusesAsync(RunId id) =>
        string.Join(" ", (await Store.ListActivitiesAsync(id, TestContext.Current.CancellationToken)).Select(a => $"{a.Name}:{a.Status}").Order(StringComparer.Ordinal));

    public async ValueTask DisposeAsync()
    {
        if (!_isDead)
        {
            // Its last commit may fail as well, and is tried again after a pause.
            await PassPausesAsync(StopAsync());
            await _services.DisposeAsync();
        }
        Directory.Delete(_home, recursive: true);
    }

    private sealed class Gpus(int count) : IGpuInventory
    {
        public Task<IReadOnlyList<MachineGpu>> FindAsync(CancellationToken cancel) =>
            Task.FromResult<IReadOnlyList<MachineGpu>>([.. Enumerable.Range(0, count).Select(i => new MachineGpu(i, "A100", null))]);
    }
}
