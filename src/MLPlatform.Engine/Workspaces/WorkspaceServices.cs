using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Workspaces;
using MLPlatform.Engine.Runs;

namespace MLPlatform.Engine.Workspaces;

public static class WorkspaceServices
{
    /// <summary>Adds what starts and ends sessions and, where asked for, the loop that looks after them; the host adds the stores and how sessions are seen.</summary>
    public static IServiceCollection AddWorkspaceEngine(this IServiceCollection services, bool run)
    {
        services.AddOptionsWithValidateOnStart<WorkspaceOptions>().BindConfiguration("Workspaces").ValidateDataAnnotations();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(p => p.GetRequiredService<IOptions<WorkspaceOptions>>().Value);
        services.AddSingleton<WorkspaceSignal>().AddSingleton<SessionRuns>();
        services.AddSingleton(p => new WorkspaceCycle(
            p.GetRequiredService<IWorkspaceStore>(), p.GetRequiredService<IRunStore>(), p.GetRequiredService<ISessions>(), p.GetRequiredService<SessionRuns>(),
            p.GetRequiredService<WorkspaceSignal>(), () => p.GetRequiredService<EngineLoop>().Replica, p.GetRequiredService<WorkspaceOptions>(),
            p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<WorkspaceCycle>>()));
        return run ? services.AddHostedService<WorkspaceLoop>() : services;
    }
}
