using MLPlatform.Core.Activities;
using MLPlatform.Core.Bees;
using MLPlatform.Storage.Bees;

namespace MLPlatform.Server.Bees;

/// <summary>
/// Keeps a connector running for each source that the platform reads by itself and whose log this home keeps. One that fails is
/// started again after a pause that grows; what hinders it is shown with its source.
/// </summary>
internal sealed partial class ConnectorLoop(
    ISourceStore sources, LandingLogs logs, IEnumerable<IConnector> connectors, SourceHealth health, TimeProvider time, ILogger<ConnectorLoop> log) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);
    private readonly Dictionary<string, Running> _running = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                Task changed = health.NextChange;
                await LookAsync(stoppingToken);
                await Task.WhenAny(changed, Task.Delay(Look, time, stoppingToken));
                stoppingToken.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops.
        }
        finally
        {
            await Task.WhenAll(_running.Values.Select(StopAsync));
        }
    }

    private async Task LookAsync(CancellationToken cancel)
    {
        Dictionary<string, SourceDefinition> wanted;
        try
        {
            wanted = (await sources.ListAsync(cancel)).Select(s => s.Definition).Where(d => d.Kind != SourceKind.Push).ToDictionary(d => d.Name, StringComparer.Ordinal);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogBlind(log, e);
            return;
        }
        foreach ((string name, Running running) in _running.ToList())
        {
            if (wanted.TryGetValue(name, out SourceDefinition? now) && now == running.Source)
                continue;
            await StopAsync(running);
            _running.Remove(name);
            health.Set(name, null);
        }
        foreach (SourceDefinition source in wanted.Values.Where(s => !_running.ContainsKey(s.Name)))
        {
            CancellationTokenSource stop = new();
            _running.Add(source.Name, new Running(source, stop, Task.Run(() => KeepRunningAsync(source, stop.Token), CancellationToken.None)));
        }
    }

    private async Task KeepRunningAsync(SourceDefinition source, CancellationToken cancel)
    {
        IConnector connector = connectors.Single(c => c.Kind == source.Kind);
        for (TimeSpan pause = TimeSpan.Zero; !cancel.IsCancellationRequested;)
        {
            try
            {
                if (await logs.FindAsync(source.Name, cancel) is not { } landing)
                    return;
                await connector.RunAsync(source, landing, problem =>
                {
                    health.Set(source.Name, problem);
                    if (problem is null)
                        pause = TimeSpan.Zero; // The next failure is a first one.
                }, cancel);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (ActivityException told)
            {
                health.Set(source.Name, $"{told.Code} {told.Message}");
                LogTold(log, source.Name, told.Code, told.Message);
            }
            catch (Exception e)
            {
                health.Set(source.Name, $"BEES-066 The source cannot be read: {e.Message}");
                LogFailed(log, source.Name, e);
            }
            pause = pause == TimeSpan.Zero ? FirstPause : pause * 2 < LongestPause ? pause * 2 : LongestPause;
            await Task.Delay(pause, time, cancel).ContinueWith(static _ => { }, TaskScheduler.Default);
        }
    }

    private static async Task StopAsync(Running running)
    {
        await running.Stop.CancelAsync();
        await running.Work;
        running.Stop.Dispose();
    }

    private sealed record Running(SourceDefinition Source, CancellationTokenSource Stop, Task Work);

    [LoggerMessage(6111, LogLevel.Error, "The registered sources could not be listed")]
    private static partial void LogBlind(ILogger logger, Exception error);

    [LoggerMessage(6112, LogLevel.Warning, "{Source}: {Code} {Message}")]
    private static partial void LogTold(ILogger logger, string source, string code, string message);

    [LoggerMessage(6113, LogLevel.Warning, "BEES-066 The source {Source} cannot be read; it is tried again")]
    private static partial void LogFailed(ILogger logger, string source, Exception error);
}
