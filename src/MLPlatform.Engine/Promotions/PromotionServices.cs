using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace MLPlatform.Engine.Promotions;

public static class PromotionServices
{
    /// <summary>Adds promotions between pools: what is in force for new runs, and the look at the rules.</summary>
    /// <param name="look">Whether this process looks; else it only obeys.</param>
    public static IServiceCollection AddPromotions(this IServiceCollection services, bool look = true)
    {
        services.AddOptionsWithValidateOnStart<PromotionOptions>().BindConfiguration("Promotions").ValidateDataAnnotations();
        services.AddSingleton(p => p.GetRequiredService<IOptions<PromotionOptions>>().Value);
        services.AddSingleton<PromotedPlans>();
        if (look)
        {
            services.AddSingleton<RunScores>().AddSingleton<PromotionCycle>();
            services.AddHostedService<PromotionLoop>();
        }
        return services;
    }
}
