using Cronos;

namespace MLPlatform.Core.Triggers;

/// <summary>
/// A cron expression on the local clock of a time zone. The expression names local times; each becomes no, one or two
/// instants, by exact rules for the hours that daylight saving skips and repeats. Every instant fires at most once.
/// </summary>
public sealed class CronSchedule
{
    private readonly CronExpression _expression;
    private readonly TimeZoneInfo _zone;
    private readonly SkippedTimes _skipped;
    private readonly RepeatedTimes _repeated;

    private CronSchedule(CronExpression expression, TimeZoneInfo zone, SkippedTimes skipped, RepeatedTimes repeated) =>
        (_expression, _zone, _skipped, _repeated) = (expression, zone, skipped, repeated);

    /// <summary>The schedule of a trigger, or null and what is wrong with it.</summary>
    public static CronSchedule? Create(CronTrigger trigger, out IReadOnlyList<ScheduleProblem> problems)
    {
        List<ScheduleProblem> found = [];
        CronExpression? expression = CronText.Parse(trigger.Cron, found);
        TimeZoneInfo? zone = ZoneNames.Find(trigger.TimeZone, found);
        problems = found;
        if (expression is null || zone is null)
            return null;
        RepeatedTimes repeated = trigger.Repeated ?? (CronText.FiresEveryHour(trigger.Cron) ? RepeatedTimes.Both : RepeatedTimes.First);
        return new CronSchedule(expression, zone, trigger.Skipped, repeated);
    }

    /// <summary>The schedule of a trigger that was checked before.</summary>
    /// <exception cref="ArgumentException">The trigger's expression or time zone is wrong.</exception>
    public static CronSchedule Of(CronTrigger trigger) =>
        Create(trigger, out IReadOnlyList<ScheduleProblem> problems)
        ?? throw new ArgumentException(string.Join(" ", problems.Select(p => $"{p.Code}: {p.Message}")), nameof(trigger));

    public TimeZoneInfo Zone => _zone;

    /// <summary>The first <paramref name="count"/> instants after <paramref name="after"/> at which it fires, ascending, in UTC.</summary>
    public IReadOnlyList<DateTimeOffset> Next(DateTimeOffset after, int count) =>
        [.. OccurrencesAfter(after).Where(o => o.Fires).Take(count).Select(o => o.Instant)];

    /// <summary>The instants after <paramref name="after"/> and not after <paramref name="until"/> at which it fires, ascending.</summary>
    public IEnumerable<DateTimeOffset> Between(DateTimeOffset after, DateTimeOffset until) =>
        OccurrencesAfter(after).TakeWhile(o => o.Instant <= until).Where(o => o.Fires).Select(o => o.Instant);

    /// <summary>
    /// For people: the next <paramref name="count"/> firings, and between them the local times that daylight saving
    /// keeps from firing.
    /// </summary>
    public IReadOnlyList<CronOccurrence> Preview(DateTimeOffset after, int count)
    {
        List<CronOccurrence> lines = [];
        int firings = 0;
        if (count > 0)
            foreach (CronOccurrence occurrence in OccurrencesAfter(after))
            {
                lines.Add(occurrence);
                if (occurrence.Fires && ++firings == count)
                    break;
            }
        return lines;
    }

    /// <summary>All local times that the expression names after <paramref name="after"/>, by instant; instants are distinct.</summary>
    internal IEnumerable<CronOccurrence> OccurrencesAfter(DateTimeOffset after)
    {
        // Occurrences have no fractions of a tick, so "after" is "from the next tick on".
        if (after.UtcTicks == DateTime.MaxValue.Ticks)
            yield break;
        var from = new DateTime(after.UtcTicks + 1, DateTimeKind.Utc);
        for (ZoneSpan span = ZoneSpan.At(_zone, from); MayFireIn(span); span = span.Next(_zone))
            foreach (CronOccurrence occurrence in Merge(Shifted(span, from), Regular(span, from)))
                yield return occurrence;
    }

    /// <summary>Local times that exist in the span.</summary>
    private IEnumerable<CronOccurrence> Regular(ZoneSpan span, DateTime from)
    {
        DateTime start = span.Start > from ? span.Start : from;
        DateTime againUntil = span.Before > span.Offset ? Shift(span.Start, span.Before) : DateTime.MinValue;
        DateTime againFrom = span.After < span.Offset ? Shift(span.End, span.After) : DateTime.MaxValue;
        foreach (DateTime local in LocalTimes(Shift(start, span.Offset), Shift(span.End, span.Offset)))
        {
            (CronOccurrenceKind kind, bool fires) =
                local < againUntil ? (CronOccurrenceKind.RepeatedSecond, _repeated != RepeatedTimes.First)
                : local >= againFrom ? (CronOccurrenceKind.RepeatedFirst, _repeated != RepeatedTimes.Second)
                : (CronOccurrenceKind.Plain, true);
            yield return Occurrence(local, span.Offset, span.Offset, kind, fires);
        }
    }

    /// <summary>
    /// Local times in the gap before the span, at the offset that held before the gap: each moves forward by the gap's
    /// length, as RFC 5545 reads such times.
    /// </summary>
    private IEnumerable<CronOccurrence> Shifted(ZoneSpan span, DateTime from)
    {
        if (span.Before >= span.Offset)
            yield break;
        DateTime start = span.Start > from ? span.Start : from;
        foreach (DateTime local in LocalTimes(Shift(start, span.Before), Shift(span.Start, span.Offset)))
            yield return Occurrence(local, span.Before, span.Offset, CronOccurrenceKind.Skipped, _skipped == SkippedTimes.Shift);
    }

    /// <summary>Both in order; a shifted time that meets a regular one is that regular one.</summary>
    private static IEnumerable<CronOccurrence> Merge(IEnumerable<CronOccurrence> shifted, IEnumerable<CronOccurrence> regular)
    {
        using IEnumerator<CronOccurrence> extra = shifted.GetEnumerator();
        bool more = extra.MoveNext();
        foreach (CronOccurrence occurrence in regular)
        {
            for (; more && extra.Current.Instant <= occurrence.Instant; more = extra.MoveNext())
                if (extra.Current.Instant < occurrence.Instant)
                    yield return extra.Current;
            yield return occurrence;
        }
        for (; more; more = extra.MoveNext())
            yield return extra.Current;
    }

    /// <summary>False at the end of time, and where the expression names no later time at all.</summary>
    private bool MayFireIn(ZoneSpan span) =>
        span.Start < span.End && _expression.GetNextOccurrence(Shift(span.Start, -TimeSpan.FromDays(2))) is not null;

    private IEnumerable<DateTime> LocalTimes(DateTime from, DateTime before)
    {
        // Cronos counts on an even clock when told that it is UTC; here that clock is the local one.
        DateTime? next = from < before ? _expression.GetNextOccurrence(from, inclusive: true) : null;
        for (; next < before; next = _expression.GetNextOccurrence(next.Value))
            yield return next.Value;
    }

    private static CronOccurrence Occurrence(DateTime local, TimeSpan readAt, TimeSpan clock, CronOccurrenceKind kind, bool fires) =>
        new(new DateTimeOffset(local.Ticks - readAt.Ticks, TimeSpan.Zero), DateTime.SpecifyKind(local, DateTimeKind.Unspecified), clock, kind, fires);

    private static DateTime Shift(DateTime utc, TimeSpan offset) =>
        new(Math.Clamp(utc.Ticks + offset.Ticks, 0, DateTime.MaxValue.Ticks), DateTimeKind.Utc);
}
