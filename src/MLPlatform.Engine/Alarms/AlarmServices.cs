using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace MLPlatform.Engine.Alarms;

public static class AlarmServices
{
    /// <summary>Adds the look at alarms; the host adds the triggers, the stores and where logs are.</summary>
    /// <param name="look">Whether this process looks; else it only answers.</param>
    public static IServiceCollection AddAlarmLook(this IServiceCollection services, bool look = true)
    {
        services.AddOptionsWithValidateOnStart<AlarmOptions>().BindConfiguration("Alarms").ValidateDataAnnotations();
        services.AddSingleton(p => p.GetRequiredService<IOptions<AlarmOptions>>().Value);
        services.AddSingleton<AlarmLookBell>().AddSingleton<AlarmDeliveryBell>();
        if (look)
        {
            services.AddSingleton<AlarmPlans>().AddSingleton<RunPictures>().AddSingleton<RegisteredPictures>().AddSingleton<QuotaPictures>().AddSingleton<StandingPictures>();
            services.AddSingleton<EvidenceReader>().AddSingleton<AlarmCycle>();
            services.AddHostedService<AlarmLoop>();
        }
        return services;
    }
}
