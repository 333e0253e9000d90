using System.Security.Cryptography;
using System.Text;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Deployments;
using MLPlatform.Server.Describe;
using MLPlatform.Server.Hosting;
using MLPlatform.Server.Problems;

namespace MLPlatform.Server.Deployments;

/// <summary>What <c>mlp serve-model</c> serves.</summary>
/// <param name="Folders">The model folder of each version of the specification.</param>
/// <param name="Token">What requests must bring as <c>Authorization: Bearer …</c>; null where nobody is asked.</param>
public sealed record ModelHostSettings(string Name, DeploymentSpec Spec, IReadOnlyDictionary<int, string> Folders, string Address, string? Token)
{
    /// <summary>The folder of the log of impressions; null: none is kept.</summary>
    public string? Impressions { get; init; }

    /// <summary>Whether the one model is replaced when its folder holds another one.</summary>
    public bool Follow { get; init; }
}

/// <summary>One deployment as a process of its own: scoring and the Open Inference Protocol, without a database.</summary>
public static class ModelHost
{
    /// <exception cref="ActivityException">SERVE-003: a folder holds no model that can be read; SERVE-015: impressions cannot be logged.</exception>
    public static WebApplication Build(ModelHostSettings settings)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, EnvironmentName = Environments.Production });
        builder.WebHost.UseUrls(settings.Address);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
        IServiceCollection services = builder.Services;
        services.AddSingleton(TimeProvider.System);
        services.AddOptionsWithValidateOnStart<ServingOptions>().BindConfiguration("Serving").ValidateDataAnnotations();
        services.AddOptionsWithValidateOnStart<ServerOptions>().BindConfiguration("Server").ValidateDataAnnotations();
        HostedDeployment hosted = new(settings);
        services.AddSingleton<IServing>(hosted);
        if (settings.Follow)
        {
            services.AddSingleton(provider => ActivatorUtilities.CreateInstance<FolderFollower>(provider, hosted, settings.Folders.Values.Single()));
            services.AddHostedService(provider => provider.GetRequiredService<FolderFollower>());
        }
        if (settings.Impressions is { } folder)
        {
            ImpressionFiles files = new(folder, TimeProvider.System);
            files.Open(settings.Name);
            services.AddSingleton<IImpressionSink>(_ => files);
            services.AddSingleton<ImpressionLog>();
            services.AddSingleton<IImpressions>(provider => provider.GetRequiredService<ImpressionLog>());
            services.AddHostedService(provider => provider.GetRequiredService<ImpressionLog>());
        }
        else
            services.AddSingleton<IImpressions, NoImpressions>();
        services.AddSingleton<Scoring>();
        services.AddSingleton<Finding>();
        services.Configure<RouteOptions>(o => o.SuppressCheckForUnhandledSecurityMetadata = true); // The gate below asks, not roles.
        services.AddProblems();
        services.AddJson();
        WebApplication app = builder.Build();
        app.UseProblems();
        if (settings.Token is { } token)
            app.Use((context, next) => GateAsync(context, next, token));
        else
            app.Use(Access.LoopbackGuard.InvokeAsync);
        app.UseRouting();
        app.MapScore();
        app.MapRecall();
        app.MapInference();
        return app;
    }

    private static Task GateAsync(HttpContext context, RequestDelegate next, string token)
    {
        bool open = context.Request.Path.StartsWithSegments("/v2/health", StringComparison.Ordinal);
        byte[] brought = SHA256.HashData(Encoding.UTF8.GetBytes(context.Request.Headers.Authorization.ToString()));
        return open || CryptographicOperations.FixedTimeEquals(brought, SHA256.HashData(Encoding.UTF8.GetBytes("Bearer " + token))) ? next(context)
            : Problem.Of(401, "API-005", "This server asks for a token.", "Send the header 'Authorization: Bearer TOKEN'.").ExecuteAsync(context);
    }

    private sealed class NoImpressions : IImpressions
    {
        public void Add(AnsweredRequest request) => request.Served.Dispose();
    }
}
