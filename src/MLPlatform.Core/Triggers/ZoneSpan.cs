namespace MLPlatform.Core.Triggers;

/// <summary>A stretch of UTC in which a time zone's offset does not change, with the offsets on either side.</summary>
/// <param name="Start">UTC, inclusive: a transition, or where the search began.</param>
/// <param name="End">UTC, exclusive: a transition, or where the search ended.</param>
/// <param name="Before">The offset just before <paramref name="Start"/>; equal to <paramref name="Offset"/> where no transition is there.</param>
/// <param name="After">The offset from <paramref name="End"/> on; equal to <paramref name="Offset"/> where no transition is there.</param>
internal readonly record struct ZoneSpan(DateTime Start, DateTime End, TimeSpan Before, TimeSpan Offset, TimeSpan After)
{
    // No zone has ever skipped or repeated more than a day (Samoa, Kwajalein), nor changed its offset twice within one.
    private static readonly TimeSpan Reach = TimeSpan.FromHours(26);
    private static readonly TimeSpan Step = TimeSpan.FromDays(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(400);

    /// <summary>The span that holds <paramref name="utc"/>; it begins at a transition only if that lies within a day before.</summary>
    public static ZoneSpan At(TimeZoneInfo zone, DateTime utc)
    {
        DateTime start = Back(utc, Reach);
        DateTime? transition = NextTransition(zone, start, utc);
        while (transition is { } found && NextTransition(zone, found, utc) is { } later)
            transition = later;
        return From(zone, transition ?? utc);
    }

    /// <summary>The span that follows this one.</summary>
    public ZoneSpan Next(TimeZoneInfo zone) => From(zone, End);

    private static ZoneSpan From(TimeZoneInfo zone, DateTime start)
    {
        DateTime limit = Ahead(start, Longest);
        TimeSpan offset = zone.GetUtcOffset(start);
        DateTime end = NextTransition(zone, start, limit) ?? limit;
        TimeSpan before = start.Ticks == 0 ? offset : zone.GetUtcOffset(start.AddTicks(-1));
        return new ZoneSpan(start, end, before, offset, zone.GetUtcOffset(end));
    }

    /// <summary>The first instant after <paramref name="from"/>, and not after <paramref name="to"/>, at which the offset is a new one.</summary>
    private static DateTime? NextTransition(TimeZoneInfo zone, DateTime from, DateTime to)
    {
        TimeSpan offset = zone.GetUtcOffset(from);
        for (DateTime low = from; low < to;)
        {
            DateTime high = low + Step < to ? low + Step : to;
            if (zone.GetUtcOffset(high) != offset)
                return Bisect(zone, low, high, offset);
            low = high;
        }
        return null;
    }

    private static DateTime Bisect(TimeZoneInfo zone, DateTime low, DateTime high, TimeSpan offsetAtLow)
    {
        while (high.Ticks - low.Ticks > 1)
        {
            var middle = new DateTime(low.Ticks + (high.Ticks - low.Ticks) / 2, DateTimeKind.Utc);
            if (zone.GetUtcOffset(middle) == offsetAtLow)
                low = middle;
            else
                high = middle;
        }
        return high;
    }

    private static DateTime Back(DateTime utc, TimeSpan by) =>
        utc.Ticks <= by.Ticks ? DateTime.SpecifyKind(DateTime.MinValue, DateTimeKind.Utc) : utc - by;

    private static DateTime Ahead(DateTime utc, TimeSpan by) =>
        DateTime.MaxValue.Ticks - utc.Ticks <= by.Ticks ? DateTime.SpecifyKind(DateTime.MaxValue, DateTimeKind.Utc) : utc + by;
}
