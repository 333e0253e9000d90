using System.Text;
using Microsoft.Extensions.Logging;
using MLPlatform.Core.Runs;
using MLPlatform.Core.Scheduling.Budgets;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Core.Scheduling.Reservations;
using MLPlatform.Engine.Budgets;

namespace MLPlatform.Engine.Scheduling;

/// <summary>Knows what holds of pools and quotas, says what this machine has, and tells who follows it of changes.</summary>
public sealed partial class QuotaWatch
{
    private readonly IQuotaStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger<QuotaWatch> _log;
    private readonly IReservationStore _reservations;
    private volatile Snapshot _now = new(new QuotaBook(0, null, [], [], [], DateTimeOffset.MinValue), [], new Dictionary<string, ResourceTime>(), []);
    private readonly ConsumptionReader _consumption;

    public QuotaWatch(IQuotaStore store, QuotaSignal signal, IConsumptionStore consumed, IRunStore runs, IReservationStore reservations, TimeProvider time, ILogger<QuotaWatch> log)
    {
        (_store, _consumption, _reservations, _time, _log) = (store, new ConsumptionReader(consumed, runs), reservations, time, log);
        signal.Changed += () => _ = LookSafelyAsync();
    }

    /// <summary>How long before a reservation begins its place is kept from work that is not known to end by then.</summary>
    internal static readonly TimeSpan Ahead = TimeSpan.FromHours(1);

    /// <summary>Told after each look at the store.</summary>
    internal event Action<Snapshot>? Looked;

    /// <summary>What held at the last look.</summary>
    internal Snapshot Now => _now;

    /// <summary>What the store is asked through.</summary>
    internal IQuotaStore Store => _store;

    /// <summary>Reads what holds now.</summary>
    internal async Task<Snapshot> LookAsync(CancellationToken cancel)
    {
        QuotaBook before = _now.Book;
        DateTimeOffset now = _time.GetUtcNow();
        ResourcesVersion? version = await _store.FindAsync(null, cancel).ConfigureAwait(false);
        ResourcesFile? file = version is null || version.Version == before.Version ? before.File : Read(version);
        IReadOnlyList<Expansion> expansions = file is null ? [] : [.. (await _store.ListExpansionsAsync(now, cancel).ConfigureAwait(false)).Select(e => e.Expansion)];
        QuotaBook book = new(version?.Version ?? 0, file, expansions, await _store.ListMachinesAsync(cancel).ConfigureAwait(false), [], now);
        IReadOnlyList<Consumption> used = file is { Groups.Count: > 0 } ? await _consumption.ReadAsync(now, cancel).ConfigureAwait(false) : [];
        Snapshot looked = new(book, file is null ? [] : BudgetPolicy.States(file, used, now),
            used.GroupBy(u => u.Key.Group).ToDictionary(g => g.Key, g => PastUse.Mean([.. g], now), StringComparer.Ordinal),
            [.. (await _reservations.ListAsync(now, cancel).ConfigureAwait(false)).Where(r => r.Holds(now) && r.From - now <= Ahead)]);
        _now = looked;
        Looked?.Invoke(looked);
        return looked;
    }

    /// <summary>Writes down that somebody came for a reservation; what fails is said and tried again after the next look.</summary>
    internal async Task CameAsync(Reservation reservation)
    {
        try
        {
            if (ReservationMachine.Apply(reservation, new ReservationEvent.Came(_time.GetUtcNow())) is { } next)
                await _reservations.CommitAsync(reservation, next, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            LogNotWritten(_log, error, reservation.Id);
        }
    }

    private ResourcesFile? Read(ResourcesVersion version)
    {
        (ResourcesFile? file, _) = ResourcesCompiler.Compile(Encoding.UTF8.GetBytes(version.Json), "resources.json");
        if (file is null)
            LogUnreadable(_log, version.Version);
        return file is { IsEmpty: false } ? file : null;
    }

    private async Task LookSafelyAsync()
    {
        try
        {
            await LookAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception error)
        {
            LogNotRead(_log, error);
        }
    }

    /// <param name="Past">What groups held lately on the mean, by name.</param>
    /// <param name="Reservations">Those in force, and those that begin soon, the earliest first.</param>
    internal sealed record Snapshot(QuotaBook Book, IReadOnlyList<BudgetState> Budgets, IReadOnlyDictionary<string, ResourceTime> Past, IReadOnlyList<Reservation> Reservations);

    [LoggerMessage(2101, LogLevel.Error, "QUOTA-021 Version {Version} of the resources file cannot be read by this server; it works without quotas until one is applied that it can read")]
    private static partial void LogUnreadable(ILogger logger, int version);

    [LoggerMessage(2102, LogLevel.Error, "QUOTA-022 Quotas could not be read; those read last go on to hold")]
    private static partial void LogNotRead(ILogger logger, Exception error);

    [LoggerMessage(2103, LogLevel.Error, "WORK-025 It could not be written down that reservation {Reservation} is used; it is tried again")]
    private static partial void LogNotWritten(ILogger logger, Exception error, Guid reservation);
}
