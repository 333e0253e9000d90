using Microsoft.Extensions.Logging;
using MLPlatform.Core.Runs;

namespace MLPlatform.Engine.Runs;

/// <summary>This replica's lease: taken at the start, renewed while it lives, given up at the end.</summary>
internal sealed partial class ReplicaMembership(IRunStore store, TimeProvider time, EngineOptions options, ILogger<ReplicaMembership> log)
{
    private ReplicaLease _lease = new("", 0);

    public string Replica { get; } = options.Replica.Length > 0 ? options.Replica : Environment.MachineName;

    public ReplicaLease Lease => Volatile.Read(ref _lease);

    public async Task JoinAsync(CancellationToken cancel)
    {
        long epoch = await store.AcquireLeaseAsync(Replica, options.Lease, cancel).ConfigureAwait(false);
        Volatile.Write(ref _lease, new ReplicaLease(Replica, epoch));
    }

    /// <summary>Renews the lease three times in its length, and looks for runs that others left behind.</summary>
    public async Task KeepAsync(Func<CancellationToken, Task> lookAround, CancellationToken cancel)
    {
        using PeriodicTimer timer = new(options.Lease / 3, time);
        while (await timer.WaitForNextTickAsync(cancel).ConfigureAwait(false))
        {
            try
            {
                // A lost lease shows at the next commit, which is refused; renewing it here would hide that.
                if (await store.RenewLeaseAsync(Lease, options.Lease, cancel).ConfigureAwait(false))
                    await lookAround(cancel).ConfigureAwait(false);
                else
                    LogLost(log, Replica);
            }
            catch (Exception error) when (!cancel.IsCancellationRequested)
            {
                LogRenewFailed(log, error, Replica);
            }
        }
    }

    public async Task LeaveAsync(CancellationToken cancel)
    {
        if (Lease.Epoch > 0)
            await store.ReleaseLeaseAsync(Lease, cancel).ConfigureAwait(false);
    }

    [LoggerMessage(1201, LogLevel.Warning, "ENG-013 Replica {Replica} lost its lease")]
    private static partial void LogLost(ILogger logger, string replica);

    [LoggerMessage(1202, LogLevel.Error, "ENG-014 Replica {Replica} could not renew its lease")]
    private static partial void LogRenewFailed(ILogger logger, Exception error, string replica);
}
