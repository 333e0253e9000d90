using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MLPlatform.Engine.Workspaces;

/// <summary>Looks at workspaces now and then, and when signalled; more often while one starts or ends.</summary>
internal sealed partial class WorkspaceLoop(WorkspaceCycle cycle, WorkspaceSignal signal, WorkspaceOptions options, TimeProvider time, ILogger<WorkspaceLoop> log) : BackgroundService
{
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(250);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            bool soon = false;
            try
            {
                soon = await cycle.RunOnceAsync(stoppingToken).ConfigureAwait(false);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(log, error, options.Pause);
            }
            await signal.WaitAsync(soon && Soon < options.Pause ? Soon : options.Pause, time, stoppingToken).ConfigureAwait(false);
        }
    }

    [LoggerMessage(3205, LogLevel.Error, "WORK-011 Looking at the workspaces failed; they stay as they are. Next look within {Pause}")]
    private static partial void LogFailed(ILogger logger, Exception error, TimeSpan pause);
}
