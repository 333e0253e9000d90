using System.Data.Common;
using System.Text.Json;
using Microsoft.Extensions.Options;
using MLPlatform.Core.Bees;
using MLPlatform.Core.Deployments;
using MLPlatform.Server.Bees;
using MLPlatform.Storage.Bees;

namespace MLPlatform.Server.Deployments;

/// <summary>
/// Fetches what the servers of other homes took in for deployments whose logs this home keeps. A forward is forgotten once it is
/// durable here; one that comes twice after a crash is known by its positions and event ids.
/// </summary>
internal sealed partial class ForwardLoop(
    IForwardStore forwards, LandingLogs logs, IDeploymentStore deployments, Collector collector, ServingWindows windows, Feedback feedback,
    IOptions<ServingOptions> options, TimeProvider time, ILogger<ForwardLoop> log) : BackgroundService
{
    private const int AtOnce = 64;
    private static readonly TimeSpan Late = TimeSpan.FromMinutes(1);
    private bool _toldLate;

    /// <summary>Fetches all there is.</summary>
    public async Task RunOnceAsync(CancellationToken cancel)
    {
        while (await forwards.ListAsync(logs.HomeName(), AtOnce, cancel) is { Count: > 0 } found)
        {
            HashSet<string> stuck = new(StringComparer.Ordinal);
            List<long> fetched = [];
            foreach (Forward forward in found)
            {
                if (stuck.Contains(forward.Source))
                    continue; // In order, or not at all.
                try
                {
                    await TakeAsync(forward, cancel);
                    fetched.Add(forward.Number);
                }
                catch (Exception e) when (e is not OperationCanceledException and not DbException) // Whatever is wrong with one, the others are fetched.
                {
                    stuck.Add(forward.Source);
                    LogStuck(log, forward.Source, e.Message);
                }
            }
            await forwards.DeleteAsync(fetched, cancel);
            if (stuck.Count > 0)
                return; // The next look tries again.
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(options.Value.RefreshPause, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await RunOnceAsync(stoppingToken);
                await TellLateAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogTrouble(log, e.Message);
            }
        }
    }

    private async Task TakeAsync(Forward forward, CancellationToken cancel)
    {
        string name = ServingSources.DeploymentOf(forward.Source)!;
        Deployment? deployment = await deployments.FindAsync(name, cancel);
        switch (forward.Kind)
        {
            case ForwardKind.Impressions:
                (List<Batch> batches, _, string? problem) = Collector.Read(forward.Body);
                await collector.KeepAsync(problem is null ? batches : throw new InvalidDataException(problem), cancel);
                break;
            case ForwardKind.Counts when deployment is not null:
                await windows.WithAsync(deployment, window =>
                {
                    window.Add(AskedCounts.FromBytes(forward.Body));
                    return true;
                });
                break;
            case ForwardKind.Feedback:
                ForwardedFeedback sent = JsonSerializer.Deserialize<ForwardedFeedback>(forward.Body)!;
                await feedback.KeepAsync(name, deployment, sent.Sender, sent.Events, cancel);
                break;
        }
    }

    // Whoever keeps the logs may be away; every server sees it, so one that is there tells.
    private async Task TellLateAsync(CancellationToken cancel)
    {
        bool late = time.GetUtcNow() - await forwards.FindOldestAsync(cancel) > Late;
        if (late && !_toldLate)
            LogLate(log, Late);
        _toldLate = late;
    }

    [LoggerMessage(7030, LogLevel.Error, "What other servers took in for {Source} could not be kept, trying again: {Why}")]
    private static partial void LogStuck(ILogger log, string source, string why);

    [LoggerMessage(7031, LogLevel.Warning, "What other servers took in could not be fetched: {Why}")]
    private static partial void LogTrouble(ILogger log, string why);

    [LoggerMessage(7032, LogLevel.Warning, "SERVE-014 impressions or feedback have waited in the database for more than {Late}: the server that keeps their logs does not fetch them")]
    private static partial void LogLate(ILogger log, TimeSpan late);
}

/// <summary>Feedback on its way to the server that keeps it.</summary>
internal sealed record ForwardedFeedback(string Sender, IReadOnlyList<FeedbackEvent> Events);
