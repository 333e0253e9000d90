namespace MLPlatform.Server.Deployments;

/// <summary>Deployments and serving.</summary>
internal static class DeploymentSetup
{
    /// <param name="run">Whether this host goes on by itself: a command that only answers loads what it is asked for.</param>
    public static IServiceCollection AddDeployments(this IServiceCollection services, bool run)
    {
        services.AddOptionsWithValidateOnStart<ServingOptions>().BindConfiguration("Serving").ValidateDataAnnotations();
        services.AddSingleton<ModelShelf>();
        services.AddSingleton<ServingTable>();
        services.AddSingleton<IServing>(provider => provider.GetRequiredService<ServingTable>());
        services.AddSingleton<DeploymentChanges>();
        services.AddSingleton<ServingWindows>();
        services.AddSingleton<ServingSources>();
        services.AddSingleton<ArrivedImpressions>();
        services.AddSingleton<IImpressionSink, PlatformImpressions>();
        services.AddSingleton<ImpressionLog>();
        services.AddSingleton<IImpressions>(provider => provider.GetRequiredService<ImpressionLog>());
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<ImpressionLog>());
        services.AddSingleton<Scoring>();
        services.AddSingleton<Finding>();
        services.AddSingleton<Feedback>();
        services.AddSingleton<ForwardLoop>();
        services.AddSingleton<PolicyWaits>();
        services.AddSingleton<PolicyCycle>();
        services.AddHostedService<ServingFollower>();
        if (run)
        {
            services.AddHostedService<ServingLoop>();
            services.AddHostedService<PolicyLoop>();
            services.AddHostedService(provider => provider.GetRequiredService<ForwardLoop>());
        }
        return services;
    }
}
