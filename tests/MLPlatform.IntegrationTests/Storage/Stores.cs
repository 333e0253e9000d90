using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using MLPlatform.Core.Access;
using MLPlatform.Core.Alarms;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Bees;
using MLPlatform.Core.Code;
using MLPlatform.Core.Datasets;
using MLPlatform.Core.Deployments;
using MLPlatform.Core.Elsa;
using MLPlatform.Core.Experiments;
using MLPlatform.Core.Features;
using MLPlatform.Core.Labels;
using MLPlatform.Core.Lineage;
using MLPlatform.Core.Lineage.OpenLineage;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Pipelines.Git;
using MLPlatform.Core.Registry;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Budgets;
using MLPlatform.Core.Scheduling.Promotions;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Core.Scheduling.Reservations;
using MLPlatform.Core.Sweeps;
using MLPlatform.Core.Triggers;
using MLPlatform.Core.Workspaces;
using MLPlatform.IntegrationTests.Postgres;
using MLPlatform.Storage;
using MLPlatform.Storage.Sql;
using Xunit;

namespace MLPlatform.IntegrationTests.Storage;

/// <summary>All stores on one real database, shared by the tests of a class.</summary>
public abstract class Stores : IAsyncLifetime
{
    private readonly string _home = Directory.CreateTempSubdirectory("mlp-store-").FullName;
    private ServiceProvider? _services;

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
    public IRunStore Runs => Get<IRunStore>();
    public IPipelineStore Pipelines => Get<IPipelineStore>();
    public IGitSyncStore Git => Get<IGitSyncStore>();
    public IModelRegistry Registry => Get<IModelRegistry>();
    public IDeploymentStore Deployments => Get<IDeploymentStore>();
    public ITriggerStore Triggers => Get<ITriggerStore>();
    public IAccessStore Access => Get<IAccessStore>();
    public IAlarmStore Alarms => Get<IAlarmStore>();
    public IAlarmDeliveryStore AlarmDeliveries => Get<IAlarmDeliveryStore>();
    public IElsaStore Elsa => Get<IElsaStore>();
    public ILabelStore Labels => Get<ILabelStore>();
    public ISweepStore Sweeps => Get<ISweepStore>();
    public IPromotionStore Promotions => Get<IPromotionStore>();
    public IQuotaStore Quotas => Get<IQuotaStore>();

    public IExpansionRequestStore Requests => Get<IExpansionRequestStore>();
    public IWorkspaceStore Workspaces => Get<IWorkspaceStore>();
    public IReservationStore Reservations => Get<IReservationStore>();
    public IFeatureStore Features => Get<IFeatureStore>();
    public IDatasetStore Datasets => Get<IDatasetStore>();
    public ILineageStore Lineage => Get<ILineageStore>();
    public IOpenLineageStore OpenLineage => Get<IOpenLineageStore>();
    public IRetentionStore Retention => Get<IRetentionStore>();
    public IExperimentStore Experiments => Get<IExperimentStore>();
    public ITrackedRunStore Tracked => Get<ITrackedRunStore>();
    public ILoggedModelStore LoggedModels => Get<ILoggedModelStore>();
    public IModelNotes ModelNotes => Get<IModelNotes>();
    public ICodeStore Code => Get<ICodeStore>();
    public ISourceStore Sources => Get<ISourceStore>();

    public IConsumptionStore Consumption => Get<IConsumptionStore>();

    public IForwardStore Forwards => Get<IForwardStore>();
    public IAgentConfigStore AgentConfigs => Get<IAgentConfigStore>();

    public async ValueTask InitializeAsync()
    {
        string? connection = await CreateDatabaseAsync();
        _services = new ServiceCollection()
            .AddSingleton<IConfiguration>(new ConfigurationBuilder().Build())
            .AddSingleton<TimeProvider>(Time)
            .AddStorage(options =>
            {
                options.Home = _home;
                options.Provider = connection is null ? StorageProvider.Sqlite : StorageProvider.Postgres;
                options.ConnectionString = connection;
            })
            .BuildServiceProvider();
        await Get<PlatformStorage>().OpenAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_services is not null)
            await _services.DisposeAsync();
        Directory.Delete(_home, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>A replica with a lease that has ended already, if the duration says so.</summary>
    public async Task<ReplicaLease> LeaseAsync(TimeSpan? duration = null)
    {
        string replica = $"replica-{Guid.NewGuid():N}";
        return new ReplicaLease(replica, await Runs.AcquireLeaseAsync(replica, duration ?? TimeSpan.FromHours(1), TestContext.Current.CancellationToken));
    }

    /// <summary>The names of all tables of the schema.</summary>
    public Task<List<string>> TablesAsync() => Get<Database>().ListAsync(
        this is SqliteStores
            ? "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            : "SELECT table_name::text FROM information_schema.tables WHERE table_schema = 'public'",
        [], row => row.Text(0), TestContext.Current.CancellationToken);

    /// <summary>The connection string of a new database, or null for SQLite.</summary>
    protected abstract Task<string?> CreateDatabaseAsync();

    private T Get<T>() where T : notnull => _services!.GetRequiredService<T>();
}

public sealed class SqliteStores : Stores
{
    protected override Task<string?> CreateDatabaseAsync() => Task.FromResult<string?>(null);
}

public sealed class PostgresStores(PostgresServer server) : Stores
{
    protected override async Task<string?> CreateDatabaseAsync() => await server.CreateDatabaseAsync(TestContext.Current.CancellationToken);
}
