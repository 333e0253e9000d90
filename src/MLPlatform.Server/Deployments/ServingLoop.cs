using Microsoft.Extensions.Options;

namespace MLPlatform.Server.Deployments;

/// <summary>Loads what is deployed at the start, and follows what runs and other servers change.</summary>
internal sealed partial class ServingLoop(ServingTable table, ServingSources sources, IOptions<ServingOptions> options, TimeProvider time, ILogger<ServingLoop> log) : BackgroundService
{
    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(options.Value.RefreshPause, time);
        do
        {
            try
            {
                await table.RefreshAllAsync(stoppingToken);
                // Known before the first request: other processes may log to them, and pipelines name them.
                foreach (string name in table.Names().Where(n => !_known.Contains(n)).ToList())
                {
                    await sources.IsKeptHereAsync(name, stoppingToken);
                    _known.Add(name);
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogStore(log, e.Message); // What is served goes on; the next look finds the rest.
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(7003, LogLevel.Warning, "Deployments could not be looked at: {Why}")]
    private static partial void LogStore(ILogger log, string why);
}
