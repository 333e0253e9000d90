using System.Security.Cryptography;
using System.Text;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Deployments;
using MLPlatform.Server.Describe;
using MLPlatform.Server.Hosting;
using MLPlatform.Server.Problems;
using MLPlatform.Vlps;
using MLPlatform.Vlps.Models;

namespace MLPlatform.Server.Deployments;

/// <summary>What <c>mlp serve-model</c> serves.</summary>
/// <param name="Folders">The model folder of each version of the specification.</param>
/// <param name="Token">What requests must bring as <c>Authorization: Bearer …</c>; null where nobody is asked.</param>
public sealed record ModelHostSettings(string Name, DeploymentSpec Spec, IReadOnlyDictionary<int, string> Folders, string Address, string? Token)
{
    /// <summary>The folder of the log of impressions; null: none is kept.</summary>
    public string? Impressions { get; init; }
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
        services.AddSingleton<IServing>(new OneDeployment(settings));
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
        services.Configure<RouteOptions>(o => o.SuppressCheckForUnhandledSecurityMetadata = true); // The gate below asks, not roles.
        services.AddProblems();
        services.AddJson();
        WebApplication app = builder.Build();
        app.UseProblems();
        if (settings.Token is { } token)
            app.Use((context, next) => GateAsync(context, next, token));
        services.AddSingleton<Finding>();
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

    private static ModelFolder Load(string folder)
    {
        try
        {
            ModelFolder.Describe(folder).RequireAnswers();
            return ModelFolder.Load(folder);
        }
        catch (VlpsException e)
        {
            throw new ActivityException("SERVE-003", $"The model in '{folder}' cannot be served: {e.Message}. docs/model-format.md says what is read.", inner: e);
        }
    }

    private sealed class OneDeployment : IServing, IDisposable
    {
        private readonly ServedDeployment _served;

        public OneDeployment(ModelHostSettings settings)
        {
            Dictionary<int, ShelvedModel> models = [];
            foreach ((int version, string folder) in settings.Folders)
            {
                ModelFolder model = Load(folder);
                models[version] = new ShelvedModel(model, model.Dispose);
            }
            _served = new ServedDeployment(new Deployment(settings.Name, 1, settings.Spec, "serve-model", DateTimeOffset.UnixEpoch), models);
        }

        public ValueTask<ServedDeployment?> UseAsync(string name, CancellationToken cancel) => new(name == _served.Deployment.Name && _served.TryUse() ? _served : null);

        public ValueTask<bool> IsReadyAsync(CancellationToken cancel) => new(true);

        public void Dispose() => _served.Dispose();
    }

    private sealed class NoImpressions : IImpressions
    {
        public void Add(AnsweredRequest request) => request.Served.Dispose();
    }
}
