using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Features;

namespace MLPlatform.Storage.Features;

/// <summary>Registers the online store that the section <c>OnlineFeatures</c> names.</summary>
internal static class OnlineFeatureRegistration
{
    /// <summary>The name of the file in the home folder.</summary>
    public const string DatabaseFile = "features.db";

    public static IServiceCollection AddOnlineFeatures(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<OnlineFeatureOptions>().BindConfiguration("OnlineFeatures").ValidateDataAnnotations();
        return services.AddSingleton<IOnlineStore>(provider => Make(
            provider.GetRequiredService<IOptions<OnlineFeatureOptions>>().Value, provider.GetRequiredService<IOptions<StorageOptions>>().Value.Home,
            provider.GetRequiredService<TimeProvider>()));
    }

    /// <summary>The store; nothing is opened before it is used.</summary>
    public static IOnlineStore Make(OnlineFeatureOptions options, string home, TimeProvider time) => options.Provider switch
    {
        OnlineFeatureProvider.Postgres => new PostgresOnlineStore(options.ConnectionString!, time),
        OnlineFeatureProvider.Redis => new RedisOnlineStore(options.ConnectionString!, time),
        _ => new SqliteOnlineStore(Path.Combine(home, DatabaseFile), time),
    };
}
