using System.Security.Cryptography;
using System.Text;
using MLPlatform.Engine;

namespace MLPlatform.Server.Hosting;

/// <summary>Configuration, logging and the web server.</summary>
internal static class HostSetup
{
    // The home folder is asked for by name in several sections; the host knows it once.
    private static readonly string[] HomeKeys = ["Storage:Home", "ProcessExecutor:Home"];

    public static WebApplicationBuilder CreateBuilder(HostSettings settings)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            ApplicationName = "MLPlatform.Server",
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = Environments.Production,
        });
        builder.Configuration.AddEnvironmentVariables("MLP_").AddInMemoryCollection(settings.Overrides)
            .AddInMemoryCollection(HomeKeys.Select(key => new KeyValuePair<string, string?>(key, settings.Home)));
        if (settings.Address is not null)
            builder.Configuration.AddInMemoryCollection([new("Server:Address", settings.Address)]);
        if (settings.Embedded)
            builder.Logging.AddFilter((_, level) => level >= LogLevel.Error);

        // Two servers of one machine may share a PostgreSQL; by one name they would fence each other.
        builder.Services.PostConfigure<EngineOptions>(engine =>
        {
            if (engine.Replica.Length == 0)
                engine.Replica = ReplicaName(settings.Home);
        });
        builder.Services.AddOptionsWithValidateOnStart<ServerOptions>().BindConfiguration("Server").ValidateDataAnnotations();
        ServerOptions server = builder.Configuration.GetSection("Server").Get<ServerOptions>() ?? new ServerOptions();
        builder.WebHost.UseUrls(server.Address);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = server.MaxRequestBytes;
        });
        return builder;
    }

    // The same home gives the same name, so that a restarted server owns its runs at once.
    private static string ReplicaName(string home) =>
        $"{Environment.MachineName}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(home))))[..8]}";

    /// <summary>What this host does by itself: announce where it is, carry runs on, or only answer.</summary>
    public static IServiceCollection AddHostRole(this IServiceCollection services, HostSettings settings)
    {
        if (!settings.Embedded)
            services.AddHostedService<Announce>();
        if (!settings.CarriesRunsOn)
            services.RemoveEngineLoops();
        return services;
    }

    // Answering a question must not carry on, and then leave, runs that nobody asked about.
    private static void RemoveEngineLoops(this IServiceCollection services)
    {
        foreach (ServiceDescriptor loop in services.Where(d =>
            d.ServiceType == typeof(IHostedService) && d.ImplementationType?.Assembly == typeof(Engine.Runs.RunStarter).Assembly).ToList())
            services.Remove(loop);
    }
}
