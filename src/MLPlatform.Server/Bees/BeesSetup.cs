using MLPlatform.Server.Bees.Kafka;
using MLPlatform.Server.Bees.Postgres;

namespace MLPlatform.Server.Bees;

/// <summary>The collector and the sources.</summary>
internal static class BeesSetup
{
    /// <param name="run">Whether this host goes on by itself: a command that only answers does not.</param>
    public static IServiceCollection AddBees(this IServiceCollection services, bool run)
    {
        services.AddSingleton<Collector>();
        services.AddSingleton<EventLogs>();
        services.AddSingleton<SourceHealth>();
        services.AddSingleton<IConnector, PostgresConnector>();
        services.AddSingleton<IConnector, KafkaConnector>();
        if (run)
        {
            services.AddHostedService<RetentionLoop>();
            services.AddHostedService<ConnectorLoop>();
        }
        return services;
    }

    public static void MapBees(this IEndpointRouteBuilder app)
    {
        app.MapCollector();
        app.MapEvents();
        app.MapSources();
        app.MapAgents();
        app.MapConfigs();
    }
}
