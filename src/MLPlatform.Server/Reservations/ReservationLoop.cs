using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Core.Scheduling.Reservations;

namespace MLPlatform.Server.Reservations;

/// <summary>Sees who came to use their reservation, and gives what nobody came for to others.</summary>
internal sealed partial class ReservationLoop(IReservationStore store, IQuotaStore quotas, QuotaSignal signal, TimeProvider time, ILogger<ReservationLoop> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Exception error) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(log, error);
            }
            await Task.Delay(Pause, time, stoppingToken);
        }
    }

    internal async Task LookAsync(CancellationToken cancel)
    {
        // 1. See.
        DateTimeOffset now = time.GetUtcNow();
        Reservation[] waiting = [.. (await store.ListAsync(now, cancel)).Where(r => r.State is ReservationState.Booked && r.IsInForce(now))];
        if (waiting.Length == 0)
            return;
        IReadOnlyList<Allocation> held = await quotas.ListAllocationsAsync(cancel);
        foreach (Reservation reservation in waiting)
        {
            // 2. Decide.
            bool came = held.Any(a => a.Person == reservation.Person && a.Pool == reservation.Pool);
            ReservationState? next = ReservationMachine.Apply(reservation, came ? new ReservationEvent.Came(now) : new ReservationEvent.Looked(now));
            // 3. Commit; one that changed meanwhile is looked at again.
            if (next is not null && await store.CommitAsync(reservation, next, cancel) && next is ReservationState.Released)
            {
                signal.Tell();
                LogReleased(log, reservation.Id, reservation.Person, reservation.Pool, reservation.NoShow);
            }
        }
    }

    [LoggerMessage(4301, LogLevel.Information, "Reservation {Reservation} of {Person} in the pool {Pool} is released: nothing used it for {NoShow}")]
    private static partial void LogReleased(ILogger logger, Guid reservation, string person, string pool, TimeSpan noShow);

    [LoggerMessage(4302, LogLevel.Error, "WORK-025 Looking at the reservations failed; they stay as they are and are looked at again")]
    private static partial void LogFailed(ILogger logger, Exception error);
}
