using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Scheduling.Budgets;

/// <summary>
/// What was used. The sums grow in the transaction that ends an attempt (<see cref="JournalBatch.Consumed"/>), so that an end is counted
/// exactly once, and a look reads as many rows as there are persons, however many attempts there were.
/// </summary>
public interface IConsumptionStore
{
    /// <summary>Plans of which a run goes on.</summary>
    Task<IReadOnlyList<string>> ListPlansInUseAsync(CancellationToken cancel);

    /// <summary>The sums of months, and the attempts of some plans that run, both as of one instant.</summary>
    /// <param name="from">The first month.</param>
    /// <param name="plans">Hashes of plans.</param>
    Task<ConsumptionSnapshot> ReadAsync(CalendarMonth from, IReadOnlyCollection<string> plans, CancellationToken cancel);

    /// <summary>Activities that wait for resources, of runs that are neither paused nor being cancelled.</summary>
    Task<IReadOnlyList<WaitingActivity>> ListWaitingAsync(CancellationToken cancel);

    /// <summary>Attempts that ran at any moment between two instants, newest first, at most <paramref name="limit"/>.</summary>
    Task<IReadOnlyList<HeldAttempt>> ListHeldAsync(DateTimeOffset from, DateTimeOffset to, int limit, CancellationToken cancel);
}

/// <param name="Plan">The plan's hash.</param>
/// <param name="Attempts">How often it was tried before.</param>
/// <param name="Since">When it was ready.</param>
public sealed record WaitingActivity(string Plan, RunId Run, int Node, string Activity, int Attempts, DateTimeOffset Since);

/// <param name="Plan">The plan's hash.</param>
/// <param name="Until">When it ended, or its run without it; null while it runs.</param>
public sealed record HeldAttempt(string Plan, string Activity, DateTimeOffset Since, DateTimeOffset? Until);

/// <param name="Ended">What attempts used that have ended, one row for each key.</param>
public sealed record ConsumptionSnapshot(IReadOnlyList<Consumption> Ended, IReadOnlyList<RunningAttempt> Running);

/// <param name="Plan">The plan's hash.</param>
/// <param name="Activity">Its name: <c>train</c>, or <c>train[3]</c>.</param>
public sealed record RunningAttempt(string Plan, string Activity, DateTimeOffset Since);
