using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Executors.Process;

namespace MLPlatform.Executors.Kubernetes;

/// <summary>Registers clusters.</summary>
public static class KubernetesRegistration
{
    /// <summary>Adds the clusters of the section <c>Kubernetes</c> beside the process executor, each behind its pools.</summary>
    public static IServiceCollection AddKubernetes(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<KubernetesOptions>().BindConfiguration("Kubernetes").ValidateDataAnnotations();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<KubernetesOptions>, KubernetesChecks>());
        services.AddSingleton<ClusterExecutors>();
        services.AddSingleton(provider => new ExecutorRouter(
            provider.GetRequiredService<ClusterExecutors>().Beside(provider.GetRequiredService<ProcessExecutor>()), provider.GetService<IPools>(),
            provider.GetRequiredService<IOptions<ProcessExecutorOptions>>().Value.Home, provider.GetRequiredService<ILogger<ExecutorRouter>>()));
        return services.AddSingleton<IExecutor>(provider => provider.GetRequiredService<ExecutorRouter>());
    }
}

/// <summary>The executors of all clusters.</summary>
internal sealed class ClusterExecutors(
    IOptions<KubernetesOptions> clusters, IOptions<ProcessExecutorOptions> options, TimeProvider time, ILoggerFactory logs, IPools? pools = null, IArtifactStore? artifacts = null,
    IAttemptVariables? variables = null) : IAsyncDisposable
{
    private readonly List<KubernetesExecutor> _all = [];

    public IReadOnlyDictionary<string, IExecutor> Beside(IExecutor process)
    {
        Dictionary<string, IExecutor> all = new(StringComparer.Ordinal) { [PoolDeclaration.Process] = process };
        foreach ((string name, ClusterSettings cluster) in clusters.Value.Clusters)
        {
            KubernetesExecutor executor = new(name, cluster, options.Value, time, logs.CreateLogger<KubernetesExecutor>(), artifacts, variables)
            {
                SelectorOf = SelectorAsync,
            };
            _all.Add(executor);
            all[name] = executor;
        }
        return all;
    }

    private async ValueTask<IReadOnlyDictionary<string, string>> SelectorAsync(string? pool)
    {
        PoolMap map = new(pools is null ? null : await pools.FileAsync(CancellationToken.None).ConfigureAwait(false));
        return map.Find(pool) is { } name ? map.Declared(name).Selector : new Dictionary<string, string>();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (KubernetesExecutor executor in _all)
            await executor.DisposeAsync();
    }
}
