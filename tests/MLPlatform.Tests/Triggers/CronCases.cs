using System.Globalization;
using MLPlatform.Core.Triggers;

namespace MLPlatform.Tests.Triggers;

/// <summary>Builds schedules and reads instants for the cron tests.</summary>
internal static class CronCases
{
    public static CronSchedule Schedule(
        string cron, string zone, SkippedTimes skipped = SkippedTimes.Shift, RepeatedTimes? repeated = null) =>
        CronSchedule.Of(new CronTrigger { Cron = cron, TimeZone = zone, Skipped = skipped, Repeated = repeated });

    public static DateTimeOffset Utc(string text) =>
        DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    /// <summary>Firings in [from, until) as the local clock reads them: <c>03-29 03:30+02:00</c>.</summary>
    public static string Clock(CronSchedule schedule, string from, string until) =>
        string.Join(", ", schedule.OccurrencesAfter(Utc(from).AddTicks(-1)).TakeWhile(o => o.Instant < Utc(until)).Where(o => o.Fires)
            .Select(o => o.LocalClock.ToString("MM-dd HH:mmzzz", CultureInfo.InvariantCulture)));

    public static int Count(CronSchedule schedule, string from, string until) =>
        schedule.OccurrencesAfter(Utc(from).AddTicks(-1)).TakeWhile(o => o.Instant < Utc(until)).Count(o => o.Fires);
}
