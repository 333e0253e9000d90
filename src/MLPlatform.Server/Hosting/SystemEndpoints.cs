using System.Reflection;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using MLPlatform.Engine;
using MLPlatform.Server.Access;
using MLPlatform.Server.Elsa.Studio;
using MLPlatform.Storage;

namespace MLPlatform.Server.Hosting;

/// <summary>What this server is.</summary>
internal static class SystemEndpoints
{
    public static void MapSystem(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/system", GetSystem).WithName(nameof(GetSystem)).WithTags("System").RequireAuthorization(Permissions.View)
            .WithSummary("This server: version, home folder, store and capacity.");

    private static Ok<SystemView> GetSystem(
        HostSettings settings, AuthMode auth, StudioFiles studio, IOptions<StorageOptions> storage, IOptions<EngineOptions> engine, TimeProvider time)
    {
        using System.Diagnostics.Process self = System.Diagnostics.Process.GetCurrentProcess();
        double cores = engine.Value.Cpu > 0 ? engine.Value.Cpu : Environment.ProcessorCount;
        long memory = engine.Value.MemoryMiB > 0 ? engine.Value.MemoryMiB : GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >> 20;
        return TypedResults.Ok(new SystemView(
            Version, settings.Home, storage.Value.Provider, auth.Required, self.Id,
            (time.GetUtcNow() - self.StartTime.ToUniversalTime()).TotalSeconds, new CapacityView(cores, memory), studio.Any));
    }

    private static string Version { get; } =
        typeof(SystemEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}

/// <summary>This server.</summary>
/// <param name="TokensRequired">Whether requests need an API token.</param>
/// <param name="Seconds">How long it has run.</param>
/// <param name="ElsaStudio">Whether Elsa Studio is served at <c>/elsa</c>.</param>
public sealed record SystemView(
    string Version, string Home, StorageProvider Store, bool TokensRequired, int Process, double Seconds, CapacityView Capacity, bool ElsaStudio);

/// <summary>What runs may use.</summary>
public sealed record CapacityView(double Cores, long MemoryMiB);
