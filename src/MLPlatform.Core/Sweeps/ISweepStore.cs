using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Sweeps;

/// <summary>Sweeps and their trials. One conformance suite for both databases.</summary>
public interface ISweepStore
{
    /// <summary>Keeps a new sweep; one of the same id is left as it is, and told to its waiter once more. Returns the one that is kept.</summary>
    Task<Sweep> OpenAsync(Sweep sweep, CancellationToken cancel);

    Task<Sweep?> FindAsync(SweepId id, CancellationToken cancel);

    /// <summary>The newest first.</summary>
    Task<Page<Sweep>> ListAsync(string? cursor, int limit, CancellationToken cancel);

    /// <summary>Those that have not ended, the oldest first.</summary>
    Task<IReadOnlyList<Sweep>> ListActiveAsync(CancellationToken cancel);

    /// <summary>Gives a sweep to a replica until an instant, unless another one has it. A replica that has it gets it for longer.</summary>
    Task<bool> ClaimAsync(SweepId id, string replica, DateTimeOffset until, CancellationToken cancel);

    /// <summary>In the order of their numbers.</summary>
    Task<IReadOnlyList<Trial>> ListTrialsAsync(SweepId id, CancellationToken cancel);

    /// <summary>How the trials of a sweep stand, without reading them.</summary>
    Task<TrialCounts> CountTrialsAsync(SweepId id, CancellationToken cancel);

    /// <summary>Commits a decision in one transaction; false, and nothing, where the sweep is not at this revision any more.</summary>
    Task<bool> CommitAsync(Sweep seen, SweepDecision decision, CancellationToken cancel);

    /// <summary>Proposes no more trials and stops those that run; false where the sweep is not running.</summary>
    Task<bool> StopAsync(SweepId id, string because, CancellationToken cancel);

    /// <summary>
    /// Lets an ended sweep run again, with these settings and these trials changed, in one transaction. Nobody waits for it any more.
    /// False, and nothing, where it is not at this revision, or where an activity waits for its result and has not got it yet.
    /// </summary>
    Task<bool> ResumeAsync(Sweep seen, SweepSettings settings, IReadOnlyList<Trial> again, CancellationToken cancel);

    /// <summary>Ended sweeps whose waiter has not been seen to go on.</summary>
    Task<IReadOnlyList<Sweep>> ListUndeliveredAsync(CancellationToken cancel);

    Task MarkDeliveredAsync(SweepId id, CancellationToken cancel);
}

/// <param name="Running">Those being stopped included; those that wait to be run again are not counted at all.</param>
/// <param name="Least">The least value of those that completed; null where none did.</param>
/// <param name="Most">The greatest one.</param>
public sealed record TrialCounts(int Running, int Completed, int Stopped, int Failed, double? Least, double? Most);

/// <summary>Reads what a trial's run has reported so far, also while it runs.</summary>
public interface ITrialMetrics
{
    /// <summary>Points by ascending step, the last value of each.</summary>
    /// <param name="activity">Null: the last activity that reports the metric.</param>
    Task<IReadOnlyList<CurvePoint>> ReadAsync(RunId run, string metric, string? activity, CancellationToken cancel);
}
