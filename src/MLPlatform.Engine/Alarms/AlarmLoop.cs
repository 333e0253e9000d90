using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MLPlatform.Core.Runs;
using MLPlatform.Engine.Runs;

namespace MLPlatform.Engine.Alarms;

/// <summary>
/// Looks at the alarms when something ended that one may be about, when one may be due, and now and then. It listens to
/// runs only while a pipeline has rules, since listening costs the engine a little.
/// </summary>
internal sealed partial class AlarmLoop(
    AlarmCycle cycle, AlarmLookBell bell, RunFeed feed, AlarmOptions options, TimeProvider time, ILogger<AlarmLoop> log) : BackgroundService
{
    private volatile IReadOnlySet<string> _watched = new HashSet<string>();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Task listening = Task.CompletedTask;
        while (!stoppingToken.IsCancellationRequested)
        {
            TimeSpan pause = options.Recheck;
            try
            {
                AlarmReport report = await cycle.RunOnceAsync(stoppingToken).ConfigureAwait(false);
                _watched = report.Pipelines;
                if (report.Next is { } next && next - time.GetUtcNow() is var due && due < pause)
                    pause = due;
                if (report.Pipelines.Count > 0 && listening.IsCompleted)
                {
                    listening = ListenAsync(feed.SubscribeAsync(null, stoppingToken));
                    continue; // What ended before the ear was open is seen by one more look.
                }
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(log, error, pause);
            }
            await Task.Delay(options.Breath, time, stoppingToken).ConfigureAwait(false);
            await bell.WaitAsync(pause - options.Breath, time, stoppingToken).ConfigureAwait(false);
        }
    }

    private async Task ListenAsync(IAsyncEnumerable<RunChange> changes)
    {
        await foreach (RunChange change in changes.ConfigureAwait(false))
        {
            IReadOnlySet<string> watched = _watched;
            if (watched.Count == 0)
                return;
            if (change.Row is { } run && watched.Contains(run.Pipeline) && (run.Status.IsTerminal() || change.Activities.Any(IsTrouble)))
                bell.Ring();
        }
        bell.Ring(); // Fell behind: look, and listen again.
    }

    private static bool IsTrouble(ActivityRow activity) => activity.Status is ActivityStatus.Failed or ActivityStatus.Retrying;

    [LoggerMessage(3102, LogLevel.Error, "ALARM-001 Looking at the alarms failed; nothing is lost. Next look within {Pause}")]
    private static partial void LogFailed(ILogger logger, Exception error, TimeSpan pause);
}
