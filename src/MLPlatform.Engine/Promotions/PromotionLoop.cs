using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MLPlatform.Engine.Promotions;

/// <summary>Looks at the rules of promotion now and then.</summary>
internal sealed partial class PromotionLoop(PromotionCycle cycle, PromotionOptions options, TimeProvider time, ILogger<PromotionLoop> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await cycle.RunOnceAsync(stoppingToken).ConfigureAwait(false);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(log, error, options.Recheck);
            }
            await Task.Delay(options.Recheck, time, stoppingToken).ConfigureAwait(false);
        }
    }

    [LoggerMessage(2152, LogLevel.Error, "QUOTA-032 Looking at promotions failed; they stay as they are. Next look within {Pause}")]
    private static partial void LogFailed(ILogger logger, Exception error, TimeSpan pause);
}
