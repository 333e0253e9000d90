using Microsoft.Extensions.Options;
using MLPlatform.Server.Access;
using MLPlatform.Server.Console;
using MLPlatform.Server.Describe;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Hosting;

/// <summary>
/// The platform in one process: what <c>mlp serve</c> runs, and what a command embeds when no server runs. This file is
/// the table of contents.
/// </summary>
public static class PlatformHost
{
    /// <summary>Composes the host; nothing runs yet.</summary>
    public static WebApplication Build(HostSettings settings)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            ApplicationName = "MLPlatform.Server",
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = Environments.Production,
        });
        Configure(builder, settings);

        IServiceCollection services = builder.Services;
        services.AddSingleton(settings);
        services.TryAddTime();
        services.AddProblems();
        services.AddAccess();
        services.AddDescription();

        WebApplication app = builder.Build();
        app.UseProblems();
        app.UseAccess();
        app.MapHealth();
        app.MapDescription();
        app.MapHome();
        return app;
    }

    private static void TryAddTime(this IServiceCollection services) => services.AddSingleton(TimeProvider.System);

    private static void Configure(WebApplicationBuilder builder, HostSettings settings)
    {
        builder.Configuration.AddEnvironmentVariables("MLP_").AddInMemoryCollection(settings.Overrides);
        if (settings.Address is not null)
            builder.Configuration.AddInMemoryCollection([new("Server:Address", settings.Address)]);
        if (settings.Embedded)
            builder.Logging.SetMinimumLevel(LogLevel.Warning);
        else
            builder.Services.AddHostedService<Announce>();

        builder.Services.AddOptionsWithValidateOnStart<ServerOptions>().BindConfiguration("Server").ValidateDataAnnotations();
        ServerOptions server = builder.Configuration.GetSection("Server").Get<ServerOptions>() ?? new ServerOptions();
        builder.WebHost.UseUrls(server.Address);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = server.MaxRequestBytes;
        });
    }
}
