using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Executors.Process;

/// <summary>Registers the process executor.</summary>
public static class ProcessExecutorRegistration
{
    /// <summary>Adds it as the <see cref="IExecutor"/>; its settings come from the section <c>ProcessExecutor</c>.</summary>
    public static IServiceCollection AddProcessExecutor(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<ProcessExecutorOptions>().BindConfiguration("ProcessExecutor").ValidateDataAnnotations();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<ProcessExecutor>();
        services.AddSingleton<IGpuInventory, GpuInventory>();
        return services.AddSingleton<IExecutor>(provider => provider.GetRequiredService<ProcessExecutor>());
    }
}
