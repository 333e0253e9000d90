using System.Text.Json;
using MLPlatform.Activities.Sweeps;
using MLPlatform.Core.Artifacts;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Sweeps;
using MLPlatform.Engine.Runs;
using MLPlatform.Engine.Sweeps;

namespace MLPlatform.Server.Sweeps;

/// <summary>
/// Gives the results of ended sweeps to the activities that wait for them. A sweep counts as delivered only once its activity is
/// seen to have gone on, so a crash anywhere leads to the same bytes again.
/// </summary>
internal sealed partial class SweepDelivery(
    ISweepStore sweeps, IRunStore runs, RunCommands commands, IArtifactStore artifacts, SweepSignal signal, TimeProvider time, ILogger<SweepDelivery> log) : BackgroundService
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
                foreach (Sweep sweep in await sweeps.ListUndeliveredAsync(stoppingToken))
                    pause = await DeliverAsync(sweep, stoppingToken) ? pause : Busy;
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(log, error);
            }
            await signal.WaitForEndAsync(pause, time, stoppingToken);
        }
    }

    /// <summary>True once nothing waits for the sweep any more.</summary>
    private async Task<bool> DeliverAsync(Sweep sweep, CancellationToken cancel)
    {
        // 1. See whether somebody still waits.
        AttemptId waiter = sweep.Waiter!.Value;
        RunRow? run = await runs.FindRunAsync(waiter.Run, cancel);
        ActivityRow? activity = (await runs.ListActivitiesAsync(waiter.Run, cancel)).FirstOrDefault(a => a.Node == waiter.Node);
        if (run is null || run.Status.IsTerminal() || activity is null || activity.Status.IsTerminal() || activity.Attempts > waiter.Number)
        {
            await sweeps.MarkDeliveredAsync(sweep.Id, cancel);
            return true;
        }
        if (activity.Status != ActivityStatus.Waiting)
            return false; // It started the sweep and is about to wait.
        // 2. Write the table and answer; whether it arrived is seen at the next look.
        string folder = Directory.CreateTempSubdirectory("mlp-sweep-").FullName;
        try
        {
            JsonElement answer = await SweepResult.WriteAsync(sweep, await sweeps.ListTrialsAsync(sweep.Id, cancel), artifacts, folder, cancel);
            await commands.SignalAsync(waiter.Run, activity.Name, RunSweep.Signal, answer, "sweep", cancel);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        return false;
    }

    [LoggerMessage(4111, LogLevel.Error, "SWEEP-020 Delivering results of sweeps failed; they stay to be delivered and are tried again")]
    private static partial void LogFailed(ILogger logger, Exception error);
}
