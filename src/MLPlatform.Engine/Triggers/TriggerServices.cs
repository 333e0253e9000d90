using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Access;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Pipelines;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Triggers;
using MLPlatform.Engine.Runs;

namespace MLPlatform.Engine.Triggers;

public static class TriggerServices
{
    /// <summary>
    /// Adds webhooks, backfills and what people read of triggers; the host adds the engine, the stores and the catalogue.
    /// </summary>
    /// <param name="fire">Whether this process looks at the triggers by itself and starts their runs; else it does so when asked, or only answers.</param>
    /// <param name="look">Whether it may look when asked.</param>
    public static IServiceCollection AddTriggers(this IServiceCollection services, bool fire = true, bool look = true)
    {
        services.AddOptionsWithValidateOnStart<TriggerOptions>().BindConfiguration("Triggers").ValidateDataAnnotations();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<TriggerSignal>();
        services.AddSingleton(p => p.GetRequiredService<IOptions<TriggerOptions>>().Value);
        services.AddSingleton(p => new TriggerSecrets(p.GetRequiredService<IConfiguration>()));
        services.AddSingleton(p => new PipelineShelf(p.GetRequiredService<IPipelineStore>(), p.GetRequiredService<ActivityCatalog>()));
        services.AddSingleton(p => new TriggerReplica(() => p.GetRequiredService<EngineLoop>().Replica, p.GetRequiredService<RunStarter>().StartAsync));
        services.AddSingleton(p => new WaitingClaims(p.GetRequiredService<ITriggerStore>(), p.GetRequiredService<IRunStore>()));
        services.AddSingleton(p => new WebhookTriggers(
            p.GetRequiredService<PipelineShelf>(), p.GetRequiredService<ITriggerStore>(), p.GetRequiredService<TriggerSecrets>(),
            p.GetRequiredService<TriggerReplica>(), p.GetRequiredService<TriggerSignal>(), p.GetRequiredService<TriggerOptions>(),
            p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<WebhookTriggers>>()));
        services.AddSingleton(p => new BackfillStarter(
            p.GetRequiredService<PipelineShelf>(), p.GetRequiredService<ITriggerStore>(), p.GetRequiredService<IAccessStore>(),
            p.GetRequiredService<TriggerReplica>(), p.GetRequiredService<TriggerSignal>(), p.GetRequiredService<TimeProvider>()));
        services.AddSingleton(p => new TriggerReader(
            p.GetRequiredService<PipelineShelf>(), p.GetRequiredService<ITriggerStore>(), p.GetRequiredService<WaitingClaims>(),
            p.GetRequiredService<TimeProvider>()));
        services.AddSingleton<FeedbackPreview>();
        services.AddSingleton(p => new TriggerLook(p.GetService<TriggerCycle>()));
        if (look)
            services.AddSingleton<CronClaims>().AddSingleton<UpstreamClaims>().AddSingleton<DatasetClaims>().AddSingleton<FeedbackClaims>().AddSingleton<ClaimStarter>().AddSingleton<TriggerCycle>();
        if (fire)
            services.AddHostedService<TriggerLoop>();
        return services;
    }
}
