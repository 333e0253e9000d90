using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using MLPlatform.Server.Access;
using MLPlatform.Server.Hosting;

namespace MLPlatform.Server.Retention;

/// <summary>Registers and maps the collector of artifacts.</summary>
internal static class RetentionSetup
{
    public static IServiceCollection AddRetention(this IServiceCollection services)
    {
        services.AddOptionsWithValidateOnStart<RetentionOptions>().BindConfiguration("Retention").ValidateDataAnnotations();
        return services.AddSingleton<CheckpointCollector>().AddSingleton<ArtifactCollector>().AddHostedService<RetentionLoop>();
    }

    public static void MapRetention(this IEndpointRouteBuilder app) =>
        app.MapPost("/api/v1/artifacts/gc", CollectArtifacts).WithName(nameof(CollectArtifacts)).WithTags("Artifacts").RequireAuthorization(Permissions.Edit)
            .WithSummary("Remove artifacts, checkpoints and fetched repositories that nobody needs, or say which a removal would take.");

    private static async Task<Ok<GcReport>> CollectArtifacts(
        ClaimsPrincipal user, ArtifactCollector collector, Audit audit, CancellationToken cancel, bool dryRun = false)
    {
        GcReport report = await collector.RunAsync(dryRun, cancel);
        if (!dryRun)
            await audit.WriteAsync(user, "artifacts.gc", "artifacts", report, cancel);
        return TypedResults.Ok(report);
    }
}

/// <summary>Collects now and then while a server runs.</summary>
internal sealed partial class RetentionLoop(
    ArtifactCollector collector, IOptions<RetentionOptions> options, HostSettings host, TimeProvider time, ILogger<RetentionLoop> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (host.Embedded || !options.Value.Enabled)
            return;
        using PeriodicTimer timer = new(options.Value.Every, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                GcReport report = await collector.RunAsync(dryRun: false, stoppingToken);
                LogDone(log, report.VersionsGivenUp.Count, report.Removed, report.Files, report.Bytes, report.Checkpoints, report.Repositories, report.FolderBytes);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(log, error);
            }
        }
    }

    [LoggerMessage(4201, LogLevel.Information, "Gave up {Versions} versions of datasets; removed {Artifacts} artifacts, {Files} files, {Bytes} bytes; checkpoints of {Runs} runs and {Repositories} fetched repositories, {FolderBytes} bytes")]
    private static partial void LogDone(ILogger logger, int versions, int artifacts, int files, long bytes, int runs, int repositories, long folderBytes);

    [LoggerMessage(4202, LogLevel.Error, "DSET-020 Collecting unneeded artifacts failed; nothing is lost, and it is tried again")]
    private static partial void LogFailed(ILogger logger, Exception error);
}
