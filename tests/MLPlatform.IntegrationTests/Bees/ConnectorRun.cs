using Microsoft.Extensions.Logging.Abstractions;
using MLPlatform.Core.Bees;
using MLPlatform.Server.Bees;
using MLPlatform.Storage.Bees;
using Xunit;

namespace MLPlatform.IntegrationTests.Bees;

/// <summary>A connector on a log of its own, started again when it fails, as the server does.</summary>
internal sealed class ConnectorRun : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    private ConnectorRun(IConnector connector, SourceDefinition source, LandingLog log)
    {
        Log = log;
        _running = Task.Run(async () =>
        {
            while (!_stop.IsCancellationRequested)
            {
                try
                {
                    await connector.RunAsync(source, log, _ => { }, _stop.Token);
                }
                catch (OperationCanceledException) when (_stop.IsCancellationRequested)
                {
                    return;
                }
                catch (Exception e)
                {
                    LastError = e;
                    await Task.Delay(50, CancellationToken.None); // A server that starts takes its time.
                }
            }
        });
    }

    public LandingLog Log { get; }

    public Exception? LastError { get; private set; }

    public static ConnectorRun Start(IConnector connector, SourceDefinition source, string folder) =>
        new(connector, source, LandingLog.Open(folder, source.Name, new BeesOptions(), TimeProvider.System, NullLogger.Instance));

    /// <summary>The log's records once there are so many.</summary>
    public async Task<List<string>> UntilAsync(int count, Func<string, bool>? channel = null)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(120));
        while (Log.Now.Records < count)
        {
            if (limit.IsCancellationRequested)
                Assert.Fail($"only {Log.Now.Records} of {count} records came: {LastError}");
            await Task.Delay(20, CancellationToken.None);
        }
        return await LandedRecords.ReadAsync(Log, channel);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await Log.DisposeAsync();
        _stop.Dispose();
    }
}
