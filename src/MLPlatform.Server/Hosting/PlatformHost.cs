using MLPlatform.Core.Access;
using MLPlatform.Core.Triggers;
using MLPlatform.Engine;
using MLPlatform.Engine.Promotions;
using MLPlatform.Engine.Runs;
using MLPlatform.Engine.Triggers;
using MLPlatform.Executors.Kubernetes;
using MLPlatform.Executors.Process;
using MLPlatform.Server.Access;
using MLPlatform.Server.Activities;
using MLPlatform.Server.Alarms;
using MLPlatform.Server.Artifacts;
using MLPlatform.Server.Bees;
using MLPlatform.Server.Budgets;
using MLPlatform.Server.Code;
using MLPlatform.Server.Console;
using MLPlatform.Server.Datasets;
using MLPlatform.Server.Deployments;
using MLPlatform.Server.Describe;
using MLPlatform.Server.Elsa;
using MLPlatform.Server.Experiments;
using MLPlatform.Server.Experiments.Mlflow;
using MLPlatform.Server.Features;
using MLPlatform.Server.Idempotency;
using MLPlatform.Server.Jobs;
using MLPlatform.Server.Labels;
using MLPlatform.Server.Lineage;
using MLPlatform.Server.Pipelines;
using MLPlatform.Server.Pipelines.Git;
using MLPlatform.Server.Plans;
using MLPlatform.Server.Pools;
using MLPlatform.Server.Problems;
using MLPlatform.Server.Quotas;
using MLPlatform.Server.Registry;
using MLPlatform.Server.Reservations;
using MLPlatform.Server.Retention;
using MLPlatform.Server.Runs;
using MLPlatform.Server.Sweeps;
using MLPlatform.Server.Triggers;
using MLPlatform.Server.Workspaces;
using MLPlatform.Storage;

namespace MLPlatform.Server.Hosting;

/// <summary>
/// The platform in one process: what <c>mlp serve</c> runs, and what a command embeds when no server runs. This file is
/// the table of contents.
/// </summary>
public static class PlatformHost
{
    /// <summary>Composes the host; nothing runs yet.</summary>
    public static WebApplication Build(HostSettings settings)
    {
        WebApplicationBuilder builder = HostSetup.CreateBuilder(settings);

        IServiceCollection services = builder.Services;
        services.AddSingleton(settings);
        services.AddSingleton(TimeProvider.System);
        services.AddStorage();
        services.AddProcessExecutor();
        services.AddKubernetes();
        services.AddActivityTypes();
        services.AddEngine();
        services.AddAlarms(run: settings.CarriesRunsOn && !settings.Embedded);
        services.AddTriggers(fire: settings.CarriesRunsOn && !settings.Embedded, look: settings.CarriesRunsOn);
        services.AddSingleton<IFeedbackSource, FeedbackSource>();
        services.AddPipelines();
        services.AddPipelineGit(run: settings.CarriesRunsOn && !settings.Embedded);
        services.AddPlans();
        services.AddElsa();
        services.AddRuns();
        services.AddQuotas();
        services.AddBudgets();
        services.AddPromotions(look: settings.CarriesRunsOn && !settings.Embedded);
        services.AddSweeps(run: settings.CarriesRunsOn);
        services.AddWorkspaces(run: settings.CarriesRunsOn && !settings.Embedded);
        services.AddReservations(run: settings.CarriesRunsOn && !settings.Embedded);
        services.AddLabels();
        services.AddDatasets();
        services.AddExperiments();
        services.AddCode();
        services.AddJobs();
        services.AddLineage();
        services.AddOpenLineage();
        services.AddRetention();
        services.AddConsole();
        services.AddBees(run: settings.CarriesRunsOn && !settings.Embedded);
        services.AddDeployments(run: settings.CarriesRunsOn && !settings.Embedded);
        services.AddAccess();
        services.AddProblems();
        services.AddJson();
        services.AddDescription();
        services.AddHostRole(settings);

        WebApplication app = builder.Build();
        app.UseProblems();
        app.UseAccess();
        app.UseMiddleware<IdempotencyMiddleware>();
        app.MapHealth();
        app.MapPipelines();
        app.MapDocuments();
        app.MapPipelineGit();
        app.MapPlans();
        app.MapElsa();
        app.MapRuns();
        app.MapWaits();
        app.MapActivities();
        app.MapCatalog();
        app.MapTriggers();
        app.MapHooks();
        app.MapAlarms();
        app.MapModels();
        app.MapDeployments();
        app.MapMlflow();
        app.MapExperiments();
        app.MapCode();
        app.MapJobs();
        app.MapSweeps();
        app.MapQuotas();
        app.MapBudgets();
        app.MapUsage();
        app.MapPools();
        app.MapPromotions();
        app.MapWorkspaces();
        app.MapReservations();
        app.MapLabels();
        app.MapFeatures();
        app.MapDatasets();
        app.MapLineage();
        app.MapColumnLineage();
        app.MapOpenLineage();
        app.MapRetention();
        app.MapBees();
        app.MapArtifacts();
        app.MapTokens();
        app.MapSecrets();
        app.MapSystem();
        app.MapDescription();
        app.MapConsole();
        return app;
    }

    /// <summary>The bug that the engine stopped at, and the host with it; null where it was told to stop.</summary>
    public static string? BugOf(WebApplication app) => app.Services.GetRequiredService<EngineLoop>().Completion.Exception?.InnerException?.Message;

    /// <summary>Starts the host. Returns the secret of the first admin token where one had to be made: show it once.</summary>
    public static async Task<string?> StartAsync(WebApplication app, CancellationToken cancel)
    {
        await app.StartAsync(cancel);
        IServiceProvider services = app.Services;
        return await FirstToken.EnsureAsync(
            services.GetRequiredService<AuthMode>(), services.GetRequiredService<IAccessStore>(), services.GetRequiredService<Audit>(), services.GetRequiredService<TimeProvider>(), cancel);
    }
}
