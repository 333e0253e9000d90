namespace MLPlatform.Core.Triggers;

/// <summary>Turns local times into instants.</summary>
internal static class LocalClock
{
    /// <summary>The first instant at which the zone's clock shows a local time; where it never does, the instant that time is shifted to.</summary>
    public static DateTimeOffset Instant(DateTime local, TimeZoneInfo zone)
    {
        DateTime asUtc = DateTime.SpecifyKind(local, DateTimeKind.Utc);
        TimeSpan before = zone.GetUtcOffset(asUtc.AddHours(-26)), after = zone.GetUtcOffset(asUtc.AddHours(26));
        DateTimeOffset early = new(asUtc - before), late = new(asUtc - after);
        return zone.GetUtcOffset(early) == before || zone.GetUtcOffset(late) != after ? early : late;
    }
}
