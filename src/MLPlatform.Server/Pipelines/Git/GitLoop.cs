using MLPlatform.Core.Activities;
using MLPlatform.Engine.Alarms;
using MLPlatform.Storage.Pipelines;

namespace MLPlatform.Server.Pipelines.Git;

/// <summary>Rung when a webhook called.</summary>
internal sealed class GitBell : AlarmBell;

/// <summary>Looks at the repository at the start, when a webhook calls, and now and then.</summary>
internal sealed partial class GitLoop(GitSync sync, PipelineRepository repository, GitBell bell, TimeProvider time, ILogger<GitLoop> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (repository.IsConfigured && !stoppingToken.IsCancellationRequested)
        {
            try
            {
                await sync.RunOnceAsync(stoppingToken);
            }
            catch (ActivityException e)
            {
                LogTrouble(log, e.Code, e.Message, repository.Options.Poll);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(log, e, repository.Options.Poll);
            }
            await bell.WaitAsync(repository.Options.Poll, time, stoppingToken);
        }
    }

    [LoggerMessage(5302, LogLevel.Warning, "{Code} {Message} Pipelines stay as they are; next look within {Pause}")]
    private static partial void LogTrouble(ILogger logger, string code, string message, TimeSpan pause);

    [LoggerMessage(5303, LogLevel.Error, "Following the pipelines' repository failed; next look within {Pause}")]
    private static partial void LogFailed(ILogger logger, Exception error, TimeSpan pause);
}
