using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MLPlatform.Core.Runs;
using MLPlatform.Engine.Runs;

namespace MLPlatform.Engine.Sweeps;

/// <summary>Looks at sweeps when the run of a trial ends, when signalled, and now and then.</summary>
internal sealed partial class SweepLoop(SweepCycle cycle, SweepSignal signal, RunFeed feed, SweepOptions options, TimeProvider time, ILogger<SweepLoop> log)
    : BackgroundService
{
    private volatile IReadOnlySet<RunId> _awaited = new HashSet<RunId>();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Task listening = Task.CompletedTask;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                IReadOnlySet<RunId>? awaited = await cycle.RunOnceAsync(stoppingToken).ConfigureAwait(false);
                _awaited = awaited ?? new HashSet<RunId>();
                if (_awaited.Count > 0 && listening.IsCompleted)
                {
                    listening = ListenAsync(feed.SubscribeAsync(null, stoppingToken));
                    continue; // what ended before the ear was open is seen by one more look
                }
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(log, error, options.Pause);
            }
            await signal.WaitAsync(options.Pause, time, stoppingToken).ConfigureAwait(false);
        }
    }

    private async Task ListenAsync(IAsyncEnumerable<RunChange> changes)
    {
        await foreach (RunChange change in changes.ConfigureAwait(false))
        {
            IReadOnlySet<RunId> awaited = _awaited;
            if (awaited.Count == 0)
                return;
            if (change.Row is { } run && run.Status.IsTerminal() && awaited.Contains(run.Id))
                signal.Set();
        }
        signal.Set(); // fell behind: look, and listen again
    }

    [LoggerMessage(3103, LogLevel.Error, "SWEEP-020 Looking at the sweeps failed; they stay as they are. Next look within {Pause}")]
    private static partial void LogFailed(ILogger logger, Exception error, TimeSpan pause);
}
