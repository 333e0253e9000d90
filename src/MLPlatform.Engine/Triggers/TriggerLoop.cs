using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MLPlatform.Core.Runs;
using MLPlatform.Engine.Runs;

namespace MLPlatform.Engine.Triggers;

/// <summary>
/// Looks at the triggers when one is due, when signalled, and now and then: between looks it sleeps. While something
/// waits for runs to end it listens to them, and only then, since listening costs the engine a little.
/// </summary>
internal sealed partial class TriggerLoop(
    TriggerCycle cycle, TriggerSignal signal, RunFeed feed, TriggerOptions options, TimeProvider time, ILogger<TriggerLoop> log)
    : BackgroundService
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(1);

    private volatile IReadOnlySet<string> _awaited = new HashSet<string>();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Task listening = Task.CompletedTask;
        while (!stoppingToken.IsCancellationRequested)
        {
            TimeSpan pause = options.Recheck;
            try
            {
                CycleReport report = await cycle.RunOnceAsync(stoppingToken).ConfigureAwait(false);
                _awaited = report.Awaited;
                if (report.Next is { } next && next - time.GetUtcNow() is var due && due < pause)
                    pause = due > Shortest ? due : Shortest;
                if (report.Awaited.Count > 0 && listening.IsCompleted)
                {
                    listening = ListenAsync(feed.SubscribeAsync(null, stoppingToken));
                    continue; // what ended before the ear was open is seen by one more look
                }
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(log, error, pause);
            }
            await signal.WaitAsync(pause, time, stoppingToken).ConfigureAwait(false);
        }
    }

    private async Task ListenAsync(IAsyncEnumerable<RunChange> changes)
    {
        await foreach (RunChange change in changes.ConfigureAwait(false))
        {
            IReadOnlySet<string> awaited = _awaited;
            if (awaited.Count == 0)
                return;
            if (change.Row is { } run && run.Status.IsTerminal() && awaited.Contains(run.Pipeline))
                signal.Set();
        }
        signal.Set(); // fell behind: look, and listen again
    }

    [LoggerMessage(3041, LogLevel.Error, "TRIG-028 Looking at the triggers failed; what is due stays due. Next look within {Pause}")]
    private static partial void LogFailed(ILogger logger, Exception error, TimeSpan pause);
}
