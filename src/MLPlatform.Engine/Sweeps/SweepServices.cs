using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Sweeps;
using MLPlatform.Engine.Runs;

namespace MLPlatform.Engine.Sweeps;

public static class SweepServices
{
    /// <summary>Adds the loop that carries sweeps on; the host adds the engine, the stores and how metrics of trials are read.</summary>
    public static IServiceCollection AddSweepEngine(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<SweepOptions>().BindConfiguration("Sweeps").ValidateDataAnnotations();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(p => p.GetRequiredService<IOptions<SweepOptions>>().Value);
        services.AddSingleton<SweepSignal>().AddSingleton<TrialRuns>();
        services.AddSingleton(p => new SweepCycle(
            p.GetRequiredService<ISweepStore>(), p.GetRequiredService<TrialRuns>(), () => p.GetRequiredService<EngineLoop>().Replica, p.GetRequiredService<SweepSignal>(),
            p.GetRequiredService<SweepOptions>(), p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<SweepCycle>>()));
        return services.AddHostedService<SweepLoop>();
    }
}
