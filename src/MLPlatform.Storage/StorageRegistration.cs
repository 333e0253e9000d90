using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Access;
using MLPlatform.Core.Activities;
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
using MLPlatform.Storage.Access;
using MLPlatform.Storage.Alarms;
using MLPlatform.Storage.Artifacts;
using MLPlatform.Storage.Bees;
using MLPlatform.Storage.Budgets;
using MLPlatform.Storage.Code;
using MLPlatform.Storage.Datasets;
using MLPlatform.Storage.Deployments;
using MLPlatform.Storage.Elsa;
using MLPlatform.Storage.Experiments;
using MLPlatform.Storage.Features;
using MLPlatform.Storage.Labels;
using MLPlatform.Storage.Lineage;
using MLPlatform.Storage.Pipelines;
using MLPlatform.Storage.Postgres;
using MLPlatform.Storage.Quotas;
using MLPlatform.Storage.Registry;
using MLPlatform.Storage.Retention;
using MLPlatform.Storage.Runs;
using MLPlatform.Storage.Scheduling;
using MLPlatform.Storage.Sql;
using MLPlatform.Storage.Sqlite;
using MLPlatform.Storage.Sweeps;
using MLPlatform.Storage.Triggers;
using MLPlatform.Storage.Workspaces;

namespace MLPlatform.Storage;

public static class StorageRegistration
{
    /// <summary>The name of the database file in the home folder.</summary>
    public const string DatabaseFile = "mlp.db";

    /// <summary>The name of the artifact store in the home folder.</summary>
    public const string ArtifactFolder = "artifacts";

    /// <summary>
    /// All stores, on the database that the section <c>Storage</c> names. They work once the host has started
    /// (<see cref="PlatformStorage"/> goes before every hosted service) or <see cref="PlatformStorage.OpenAsync"/> was awaited.
    /// </summary>
    public static IServiceCollection AddStorage(this IServiceCollection services, Action<StorageOptions>? configure = null)
    {
        OptionsBuilder<StorageOptions> options =
            services.AddOptionsWithValidateOnStart<StorageOptions>().BindConfiguration("Storage").ValidateDataAnnotations();
        if (configure is not null)
            options.Configure(configure);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(Open);
        services.AddSingleton(provider => new LocalArtifactStore(Path.Combine(Options(provider).Home, ArtifactFolder)));
        services.AddSingleton<IArtifactStore>(provider => provider.GetRequiredService<LocalArtifactStore>());
        services.AddSingleton<IRunStore, RunStore>();
        services.AddSingleton<IPipelineStore, PipelineStore>();
        services.AddSingleton<IGitSyncStore, GitSyncStore>();
        services.AddOptionsWithValidateOnStart<PipelineGitOptions>().BindConfiguration("Pipelines:Git").ValidateDataAnnotations()
            .Validate<IOptions<CodeOptions>>((git, code) => PipelineRepository.Wrong(git, code.Value.GitRoots) is null, "GIT-002 Pipelines:Git cannot be used: see docs/git.md.");
        services.AddSingleton<PipelineRepository>();
        services.AddSingleton<IModelRegistry, ModelRegistry>();
        services.AddSingleton<DeploymentSignal>().AddSingleton<IDeploymentStore, DeploymentStore>();
        services.AddSingleton<IModelNotes, ModelNotes>();
        services.AddSingleton<ITriggerStore, TriggerStore>();
        services.AddSingleton<IAlarmStore, AlarmStore>();
        services.AddSingleton<IAlarmDeliveryStore, AlarmDeliveryStore>();
        services.AddSingleton<IAccessStore, AccessStore>();
        services.AddSingleton<IElsaStore, ElsaStore>();
        services.AddSingleton<ILabelStore, LabelStore>();
        services.AddSingleton<ISweepStore, SweepStore>();
        services.AddSingleton<IConsumptionStore, ConsumptionStore>();
        services.AddSingleton<IQuotaStore, QuotaStore>();
        services.AddSingleton<IPromotionStore, PromotionStore>();
        services.AddSingleton<IExpansionRequestStore, ExpansionRequestStore>();
        services.AddSingleton<IWorkspaceStore, WorkspaceStore>();
        services.AddSingleton<IReservationStore, ReservationStore>();
        services.AddSingleton<IFeatureStore, FeatureStore>();
        services.AddOnlineFeatures();
        services.AddSingleton<IDatasetStore, DatasetStore>();
        services.AddSingleton<ILineageStore, LineageStore>();
        services.AddSingleton<IOpenLineageStore, OpenLineageStore>();
        services.AddSingleton<IRetentionStore, RetentionStore>();
        services.AddSingleton<ArtifactSweep>();
        services.AddSingleton<ISourceStore, SourceStore>();
        services.AddSingleton<IForwardStore, ForwardStore>();
        services.AddSingleton<IAgentConfigStore, AgentConfigStore>();
        services.AddSingleton<MetricNames>();
        services.AddSingleton<IExperimentStore, ExperimentStore>();
        services.AddSingleton<ITrackedRunStore, TrackedRunStore>();
        services.AddSingleton<ILoggedModelStore, LoggedModelStore>();
        services.AddOptionsWithValidateOnStart<BeesOptions>().BindConfiguration("Bees").ValidateDataAnnotations();
        services.AddSingleton<LandingLogs>();
        services.AddSingleton<IInputResolver, SourceResolver>();
        services.AddOptionsWithValidateOnStart<CodeOptions>().BindConfiguration("Code").ValidateDataAnnotations();
        services.AddSingleton<ICodeStore, CodeStore>();
        services.AddSingleton<GitRepositories>();
        services.AddSingleton<IInputResolver, CodeResolver>();
        services.AddSingleton(provider => new PlatformStorage(
            provider.GetRequiredService<Database>(), provider.GetRequiredService<LocalArtifactStore>(), provider.GetRequiredService<TimeProvider>()));
        return services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<PlatformStorage>());
    }

    private static Database Open(IServiceProvider provider)
    {
        StorageOptions options = Options(provider);
        return options.Provider == StorageProvider.Postgres
            ? new PostgresDatabase(options.ConnectionString!)
            : new SqliteDatabase(Path.Combine(options.Home, DatabaseFile), provider.GetRequiredService<TimeProvider>());
    }

    private static StorageOptions Options(IServiceProvider provider) => provider.GetRequiredService<IOptions<StorageOptions>>().Value;
}
