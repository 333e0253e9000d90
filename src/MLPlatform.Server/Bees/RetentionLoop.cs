using Microsoft.Extensions.Options;
using MLPlatform.Core.Bees;
using MLPlatform.Storage.Bees;

namespace MLPlatform.Server.Bees;

/// <summary>Removes segments that are past the retention of their source.</summary>
internal sealed partial class RetentionLoop(
    ISourceStore sources, LandingLogs logs, IOptions<BeesOptions> options, TimeProvider time, ILogger<RetentionLoop> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(options.Value.RetentionPause, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await RunOnceAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    public async Task RunOnceAsync(CancellationToken cancel)
    {
        DateTimeOffset now = time.GetUtcNow();
        foreach (LandingLog open in logs.Open)
        {
            try
            {
                if (await sources.FindAsync(open.Source, cancel) is not { } row)
                    continue;
                SourceRetention keep = row.Definition.Retention ?? new SourceRetention();
                int removed = await open.ExpireAsync(
                    (segment, bytes) => segment.LastArrival < now - TimeSpan.FromDays(keep.Days ?? 36_500) || bytes > (keep.Bytes ?? long.MaxValue),
                    now - options.Value.RememberEnded, cancel);
                if (removed > 0)
                    LogRemoved(log, removed, open.Source);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogFailed(log, open.Source, e);
            }
        }
    }

    [LoggerMessage(6101, LogLevel.Information, "Removed {Count} segments of {Source} that were past their retention")]
    private static partial void LogRemoved(ILogger logger, int count, string source);

    [LoggerMessage(6102, LogLevel.Error, "The retention of {Source} could not be applied")]
    private static partial void LogFailed(ILogger logger, string source, Exception error);
}
