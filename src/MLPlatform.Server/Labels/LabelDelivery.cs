using MLPlatform.Activities.Labels;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Labels;
using MLPlatform.Core.Runs;
using MLPlatform.Engine.Runs;

namespace MLPlatform.Server.Labels;

/// <summary>Wakes the delivery of labels: rung when a batch may have closed.</summary>
internal sealed class LabelBell : IDisposable
{
    private readonly SemaphoreSlim _rung = new(0, 1);

    public void Ring()
    {
        try
        {
            _rung.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is ringing already.
        }
    }

    public Task WaitAsync(TimeSpan atMost, CancellationToken cancel) => _rung.WaitAsync(atMost, cancel);

    public void Dispose() => _rung.Dispose();
}

/// <summary>
/// Closes batches at their deadline, and gives the labels of closed ones to the activities that wait for them. A batch
/// counts as delivered only once its activity is seen to have ended, so a crash anywhere leads to the same bytes again.
/// </summary>
internal sealed partial class LabelDelivery(
    ILabelStore labels, IRunStore runs, RunCommands commands, IArtifactStore artifacts, LabelBell bell, TimeProvider time, ILogger<LabelDelivery> log)
    : BackgroundService
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Busy = TimeSpan.FromMilliseconds(200);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            TimeSpan pause = Idle;
            try
            {
                DateTimeOffset? deadline = await labels.CloseOverdueAsync(stoppingToken);
                if (deadline - time.GetUtcNow() is { } until && until < pause)
                    pause = until > Busy ? until : Busy;
                foreach (LabelBatch batch in await labels.ListUndeliveredAsync(stoppingToken))
                    pause = await DeliverAsync(batch, stoppingToken) ? pause : Busy;
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(log, error);
            }
            await bell.WaitAsync(pause, stoppingToken);
        }
    }

    /// <summary>True once nothing waits for the batch any more.</summary>
    private async Task<bool> DeliverAsync(LabelBatch batch, CancellationToken cancel)
    {
        // 1. See whether somebody still waits.
        RunRow? run = await runs.FindRunAsync(batch.Run, cancel);
        ActivityRow? activity = (await runs.ListActivitiesAsync(batch.Run, cancel)).FirstOrDefault(a => a.Name == batch.Activity);
        if (run is null || run.Status.IsTerminal() || activity is null || activity.Status is ActivityStatus.Succeeded or ActivityStatus.Failed or ActivityStatus.Cancelled)
        {
            await labels.MarkDeliveredAsync(batch.Id, cancel);
            return true;
        }
        if (activity.Status != ActivityStatus.Waiting)
            return false; // It opened the batch and is about to wait.
        // 2. Write the table and answer; whether it arrived is seen at the next look.
        string folder = Directory.CreateTempSubdirectory("mlp-labels-").FullName;
        try
        {
            await commands.SignalAsync(batch.Run, batch.Activity, LabelByPeople.Signal, await LabelTable.WriteAsync(
                batch, await labels.ListItemsAsync(batch.Id, cancel), await labels.ListAnnotationsAsync(batch.Id, cancel), artifacts, folder, cancel), "labels", cancel);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        return false;
    }

    [LoggerMessage(4101, LogLevel.Error, "LABEL-020 Delivering labels failed; closed batches stay to be delivered and are tried again")]
    private static partial void LogFailed(ILogger logger, Exception error);
}
