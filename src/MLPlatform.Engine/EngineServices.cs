using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Expressions;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Engine.Artifacts;
using MLPlatform.Engine.Binding;
using MLPlatform.Engine.Inline;
using MLPlatform.Engine.Runs;
using MLPlatform.Engine.Scheduling;

namespace MLPlatform.Engine;

public static class EngineServices
{
    /// <summary>Adds the engine. The host adds the stores, an executor, the activity catalogue and the artifact store.</summary>
    public static IServiceCollection AddEngine(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<EngineOptions>().BindConfiguration("Engine").ValidateDataAnnotations();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(new ExpressionEvaluator());
        services.AddSingleton<FileFingerprints>();
        services.AddSingleton<CacheKeyer>();
        services.AddSingleton<NodeBinder>();
        services.AddSingleton<PlanTemplateCache>();
        services.AddSingleton<RunFeed>();
        services.AddSingleton(provider => new InlineRunner(
            type => ActivatorUtilities.CreateInstance(provider, type),
            provider.GetRequiredService<ActivityCatalog>(),
            provider.GetRequiredService<IArtifactStore>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<InlineRunner>>()));
        services.TryAddSingleton<QuotaSignal>();
        services.AddSingleton<QuotaWatch>();
        services.AddSingleton<Foresight>();
        services.AddSingleton<EngineLoop>();
        services.AddSingleton<RunStarter>();
        services.AddSingleton<RunCommands>();
        services.AddSingleton<WaitReasons>();
        services.AddHostedService<EngineHost>();
        return services;
    }
}

/// <summary>Starts and stops the engine with the host, and the host with the engine: a server that cannot move runs is of no use to anyone.</summary>
/// <param name="host">Null where the engine is composed without one, as a library.</param>
internal sealed class EngineHost(EngineLoop engine, IHostApplicationLifetime? host = null) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await engine.StartAsync(cancellationToken).ConfigureAwait(false);
        _ = StopWithEngineAsync();
    }

    public Task StopAsync(CancellationToken cancellationToken) => engine.StopAsync(cancellationToken);

    private async Task StopWithEngineAsync()
    {
        await engine.Completion.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (engine.Completion.IsFaulted)
            host?.StopApplication();
    }
}
