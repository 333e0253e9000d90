using Microsoft.Extensions.Options;
using MLPlatform.Core.Alarms;
using MLPlatform.Engine.Alarms;

namespace MLPlatform.Server.Alarms;

/// <summary>Alarms: the look, the channels and what people read.</summary>
internal static class AlarmSetup
{
    /// <param name="run">Whether this host looks and sends; else it only answers.</param>
    public static IServiceCollection AddAlarms(this IServiceCollection services, bool run)
    {
        services.AddOptionsWithValidateOnStart<AlarmDeliveryOptions>().BindConfiguration("Alarms").ValidateDataAnnotations();
        services.AddSingleton<IValidateOptions<AlarmDeliveryOptions>, ChannelRules>();
        services.AddSingleton<IChannelSender, HttpChannelSender>();
        services.AddSingleton<IChannelSender, EmailSender>();
        services.AddSingleton<ChannelDesk>();
        services.AddSingleton<AttemptLogFiles>();
        services.AddSingleton<IAttemptLogs>(provider => provider.GetRequiredService<AttemptLogFiles>());
        services.AddAlarmLook(run);
        if (run)
            services.AddHostedService<AlarmDeliveryLoop>();
        return services;
    }

    public static void MapAlarms(this IEndpointRouteBuilder app)
    {
        app.MapAlarmList();
        app.MapSilences();
    }
}
