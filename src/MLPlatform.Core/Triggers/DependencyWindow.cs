using System.Globalization;

namespace MLPlatform.Core.Triggers;

/// <summary>The logical dates that meet a dependency: from <paramref name="From"/>, before <paramref name="Before"/>.</summary>
public readonly record struct DependencyWindow(DateTimeOffset From, DateTimeOffset Before)
{
    /// <summary>
    /// The window around a run's logical date plus an offset. An offset of whole days asks for the same calendar day of the
    /// zone, of whole hours for the same hour, of whole minutes for the same minute, else for the same second.
    /// </summary>
    public static DependencyWindow Of(DateTimeOffset logicalDate, TimeSpan offset, TimeZoneInfo zone)
    {
        if (offset.Ticks % TimeSpan.TicksPerDay == 0)
        {
            DateTime day = TimeZoneInfo.ConvertTime(logicalDate, zone).Date.AddDays(offset.Days);
            return new(LocalClock.Instant(day, zone), LocalClock.Instant(day.AddDays(1), zone));
        }
        long unit = offset.Ticks % TimeSpan.TicksPerHour == 0 ? TimeSpan.TicksPerHour
            : offset.Ticks % TimeSpan.TicksPerMinute == 0 ? TimeSpan.TicksPerMinute
            : TimeSpan.TicksPerSecond;
        DateTimeOffset local = TimeZoneInfo.ConvertTime(logicalDate + offset, zone);
        DateTimeOffset from = local.AddTicks(-(local.Ticks % unit)).ToUniversalTime();
        return new(from, from.AddTicks(unit));
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{TriggerInstant.Text(From)} to {TriggerInstant.Text(Before)}");
}
