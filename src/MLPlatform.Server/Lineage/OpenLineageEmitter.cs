using Microsoft.Extensions.Options;
using MLPlatform.Core.Lineage.OpenLineage;
using MLPlatform.Server.Hosting;

namespace MLPlatform.Server.Lineage;

/// <summary>Sends lineage events while a server runs, where a receiver is named.</summary>
internal sealed partial class OpenLineageEmitter(
    IOpenLineageStore store, OpenLineageSender sender, IOptions<OpenLineageOptions> options, HostSettings host, TimeProvider time, ILogger<OpenLineageEmitter> log) : BackgroundService
{
    private const int RunsAtOnce = 100;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.Url is null || !host.CarriesRunsOn)
            return;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                foreach (SendProgress run in await store.ListUnsentAsync(time.GetUtcNow() - options.Value.KeepFor, RunsAtOnce, stoppingToken))
                {
                    if (!await sender.SendAsync(run, stoppingToken))
                        break; // The receiver is down for all of them.
                }
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(log, error);
            }
            await Task.Delay(options.Value.Pause, time, stoppingToken);
        }
    }

    [LoggerMessage(4303, LogLevel.Error, "LINE-012 Sending OpenLineage events failed; nothing is lost, and it is tried again")]
    private static partial void LogFailed(ILogger logger, Exception error);
}
