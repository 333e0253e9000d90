namespace MLPlatform.Core.Triggers;

/// <summary>How a local time of a cron expression meets the time zone.</summary>
public enum CronOccurrenceKind
{
    /// <summary>The local time exists once.</summary>
    Plain,

    /// <summary>The local time does not exist: the clock went forward over it.</summary>
    Skipped,

    /// <summary>The local time exists twice, and this is the first: the clock will go back.</summary>
    RepeatedFirst,

    /// <summary>The local time exists twice, and this is the second: the clock went back.</summary>
    RepeatedSecond,
}

/// <summary>One local time that a cron expression names, and what the schedule makes of it.</summary>
/// <param name="Instant">UTC. For a skipped time: the instant it is shifted to, or would be.</param>
/// <param name="Local">The local time as the expression names it.</param>
/// <param name="Offset">The zone's offset from UTC at <paramref name="Instant"/>.</param>
/// <param name="Fires">Whether a run starts.</param>
public readonly record struct CronOccurrence(DateTimeOffset Instant, DateTime Local, TimeSpan Offset, CronOccurrenceKind Kind, bool Fires)
{
    /// <summary>The local clock at <see cref="Instant"/>, with its offset.</summary>
    public DateTimeOffset LocalClock => Instant.ToOffset(Offset);

    /// <summary>What daylight saving did to it, in words; null where it did nothing.</summary>
    public string? Note => (Kind, Fires) switch
    {
        (CronOccurrenceKind.Skipped, true) => FormattableString.Invariant($"shifted: {Local:HH:mm:ss} does not exist on {Local:yyyy-MM-dd}"),
        (CronOccurrenceKind.Skipped, false) => FormattableString.Invariant($"not fired: {Local:HH:mm:ss} does not exist on {Local:yyyy-MM-dd}"),
        (CronOccurrenceKind.RepeatedFirst, true) => FormattableString.Invariant($"first of two: {Local:HH:mm:ss} comes twice on {Local:yyyy-MM-dd}"),
        (CronOccurrenceKind.RepeatedSecond, true) => FormattableString.Invariant($"second of two: {Local:HH:mm:ss} comes twice on {Local:yyyy-MM-dd}"),
        (CronOccurrenceKind.RepeatedFirst, false) => FormattableString.Invariant($"not fired: the first {Local:HH:mm:ss} of two on {Local:yyyy-MM-dd}"),
        (CronOccurrenceKind.RepeatedSecond, false) => FormattableString.Invariant($"not fired: the second {Local:HH:mm:ss} of two on {Local:yyyy-MM-dd}"),
        _ => null,
    };
}
