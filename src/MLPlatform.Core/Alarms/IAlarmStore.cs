using MLPlatform.Core.Runs;

namespace MLPlatform.Core.Alarms;

/// <summary>Alarms, and what the look at them needs of runs. What a call acknowledged is durable.</summary>
public interface IAlarmStore
{
    /// <summary>How far the ends of runs were looked at; null before the first look.</summary>
    Task<DateTimeOffset?> FindWatermarkAsync(CancellationToken cancel);

    /// <summary>The hashes of plans of which a run goes on or ended at that instant or later.</summary>
    Task<IReadOnlyList<string>> ListPlansInUseAsync(DateTimeOffset endedSince, CancellationToken cancel);

    /// <summary>Runs of those plans that go on or ended at that instant or later.</summary>
    Task<IReadOnlyList<RunRow>> ListRunsAsync(IReadOnlyCollection<string> plans, DateTimeOffset endedSince, CancellationToken cancel);

    /// <summary>How long the last successes of a pipeline took, or of one activity of it.</summary>
    Task<IReadOnlyList<TimeSpan>> ListDurationsAsync(string pipeline, string? activity, int last, CancellationToken cancel);

    /// <summary>
    /// In one transaction: opens what is not there yet, resolves and escalates what is not so already, writes down the
    /// messages that are to go out, and moves the watermark, never back. Returns the ids that were opened.
    /// </summary>
    Task<IReadOnlyList<string>> CommitAsync(AlarmCommit commit, CancellationToken cancel);

    /// <summary>Of these ids, those whose alarm was opened before.</summary>
    Task<IReadOnlySet<string>> ListKnownAsync(IReadOnlyCollection<string> ids, CancellationToken cancel);

    Task<Alarm?> FindAsync(string id, CancellationToken cancel);

    /// <summary>Alarms that are not resolved, oldest first.</summary>
    Task<IReadOnlyList<Alarm>> ListStandingAsync(CancellationToken cancel);

    /// <summary>Alarms, newest first.</summary>
    Task<Page<Alarm>> ListAsync(AlarmFilter filter, string? cursor, int limit, CancellationToken cancel);

    /// <summary>Applies what a person did. Null if there is no such alarm.</summary>
    /// <param name="settleAt">When a message about it may go out.</param>
    Task<(Alarm Alarm, AlarmTransition Transition)?> ChangeAsync(string id, AlarmHappening happened, DateTimeOffset settleAt, CancellationToken cancel);

    /// <summary>Removes what was resolved before that instant, with its deliveries.</summary>
    Task<int> ForgetAsync(DateTimeOffset resolvedBefore, CancellationToken cancel);
}

/// <summary>What one look writes.</summary>
/// <param name="SettleAt">When its messages may go out: alarms that come together until then share a message.</param>
/// <param name="Watermark">How far ends of runs were looked at.</param>
public sealed record AlarmCommit(
    IReadOnlyList<Alarm> Open, IReadOnlyList<AlarmEnding> Resolve, IReadOnlyList<Alarm> Escalate, DateTimeOffset At, DateTimeOffset SettleAt, DateTimeOffset Watermark)
{
    public bool ChangesNothing => Open.Count + Resolve.Count + Escalate.Count == 0;
}

/// <summary>Which alarms; what is null asks nothing.</summary>
public sealed record AlarmFilter(AlarmStatus? Status = null, string? Pipeline = null, RunId? Run = null);
