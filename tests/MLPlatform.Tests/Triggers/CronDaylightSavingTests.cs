using MLPlatform.Core.Triggers;
using Xunit;
using static MLPlatform.Tests.Triggers.CronCases;

namespace MLPlatform.Tests.Triggers;

/// <summary>What fires around the nights on which clocks change, spelt out.</summary>
public class CronDaylightSavingTests
{
    // A window around the change, in UTC, and what the local clock reads at each firing.
    [Theory]
    // Berlin 2026-03-29: 02:00 becomes 03:00.
    [InlineData("Europe/Berlin", "30 2 * * *", SkippedTimes.Shift, "2026-03-28", "2026-03-31", "03-28 02:30+01:00, 03-29 03:30+02:00, 03-30 02:30+02:00")]
    [InlineData("Europe/Berlin", "30 2 * * *", SkippedTimes.Skip, "2026-03-28", "2026-03-31", "03-28 02:30+01:00, 03-30 02:30+02:00")]
    [InlineData("Europe/Berlin", "0 * * * *", SkippedTimes.Shift, "2026-03-29", "2026-03-29T04:00", "03-29 01:00+01:00, 03-29 03:00+02:00, 03-29 04:00+02:00, 03-29 05:00+02:00")]
    [InlineData("Europe/Berlin", "0 * * * *", SkippedTimes.Skip, "2026-03-29", "2026-03-29T03:00", "03-29 01:00+01:00, 03-29 03:00+02:00, 03-29 04:00+02:00")]
    [InlineData("Europe/Berlin", "*/15 * * * *", SkippedTimes.Shift, "2026-03-29T00:30", "2026-03-29T01:45", "03-29 01:30+01:00, 03-29 01:45+01:00, 03-29 03:00+02:00, 03-29 03:15+02:00, 03-29 03:30+02:00")]
    [InlineData("Europe/Berlin", "0,30 2,3 * * *", SkippedTimes.Shift, "2026-03-29", "2026-03-30", "03-29 03:00+02:00, 03-29 03:30+02:00")]
    [InlineData("Europe/Berlin", "30 2 29 3 *", SkippedTimes.Shift, "2026-01-01", "2026-12-31", "03-29 03:30+02:00")]
    // New York 2026-03-08: 02:00 becomes 03:00.
    [InlineData("America/New_York", "30 2 * * *", SkippedTimes.Shift, "2026-03-07", "2026-03-10", "03-07 02:30-05:00, 03-08 03:30-04:00, 03-09 02:30-04:00")]
    [InlineData("America/New_York", "30 2 * * *", SkippedTimes.Skip, "2026-03-07", "2026-03-10", "03-07 02:30-05:00, 03-09 02:30-04:00")]
    // Lord Howe 2026-10-04: 02:00 becomes 02:30; 02:30 itself exists.
    [InlineData("Australia/Lord_Howe", "30 2 * * *", SkippedTimes.Skip, "2026-10-02T12:00", "2026-10-04T12:00", "10-03 02:30+10:30, 10-04 02:30+11:00")]
    [InlineData("Australia/Lord_Howe", "15 2 * * *", SkippedTimes.Shift, "2026-10-02T12:00", "2026-10-04T12:00", "10-03 02:15+10:30, 10-04 02:45+11:00")]
    [InlineData("Australia/Lord_Howe", "15 2 * * *", SkippedTimes.Skip, "2026-10-02T12:00", "2026-10-04T12:00", "10-03 02:15+10:30")]
    [InlineData("Australia/Lord_Howe", "0 * * * *", SkippedTimes.Shift, "2026-10-03T14:00", "2026-10-03T17:30", "10-04 01:00+10:30, 10-04 02:30+11:00, 10-04 03:00+11:00, 10-04 04:00+11:00")]
    [InlineData("Australia/Lord_Howe", "0 * * * *", SkippedTimes.Skip, "2026-10-03T14:00", "2026-10-03T17:30", "10-04 01:00+10:30, 10-04 03:00+11:00, 10-04 04:00+11:00")]
    [InlineData("Australia/Lord_Howe", "*/15 * * * *", SkippedTimes.Shift, "2026-10-03T15:00", "2026-10-03T16:00", "10-04 01:30+10:30, 10-04 01:45+10:30, 10-04 02:30+11:00, 10-04 02:45+11:00")]
    // Shanghai has no daylight saving today, and had it in 1990.
    [InlineData("Asia/Shanghai", "30 2 * * *", SkippedTimes.Shift, "2026-03-28", "2026-03-30", "03-28 02:30+08:00, 03-29 02:30+08:00, 03-30 02:30+08:00", "2026-03-27T18:00")]
    [InlineData("Asia/Shanghai", "30 2 * * *", SkippedTimes.Shift, "1990-04-14T12:00", "1990-04-15T12:00", "04-15 03:30+09:00")]
    // Casablanca 2026: an hour back for Ramadan on 02-15, and forward again on 03-22 at 02:00.
    [InlineData("Africa/Casablanca", "30 2 * * *", SkippedTimes.Shift, "2026-03-21", "2026-03-24", "03-21 02:30+00:00, 03-22 03:30+01:00, 03-23 02:30+01:00")]
    [InlineData("Africa/Casablanca", "30 2 * * *", SkippedTimes.Skip, "2026-03-21", "2026-03-24", "03-21 02:30+00:00, 03-23 02:30+01:00")]
    // São Paulo 2018-11-04: midnight itself did not exist. Daylight saving ended for good in 2019.
    [InlineData("America/Sao_Paulo", "0 0 * * *", SkippedTimes.Shift, "2018-11-03", "2018-11-06", "11-03 00:00-03:00, 11-04 01:00-02:00, 11-05 00:00-02:00")]
    [InlineData("America/Sao_Paulo", "0 0 * * *", SkippedTimes.Skip, "2018-11-03", "2018-11-06", "11-03 00:00-03:00, 11-05 00:00-02:00")]
    [InlineData("America/Sao_Paulo", "0 0 * * *", SkippedTimes.Skip, "2019-11-02", "2019-11-05", "11-02 00:00-03:00, 11-03 00:00-03:00, 11-04 00:00-03:00")]
    // Samoa left out the whole of 2011-12-30.
    [InlineData("Pacific/Apia", "0 12 * * *", SkippedTimes.Shift, "2011-12-29", "2012-01-01", "12-29 12:00-10:00, 12-31 12:00+14:00, 01-01 12:00+14:00")]
    [InlineData("Pacific/Apia", "0 12 30 12 *", SkippedTimes.Shift, "2011-12-01", "2012-03-01", "12-31 12:00+14:00")]
    public void Times_that_daylight_saving_skips_are_shifted_past_the_gap_or_skipped(
        string zone, string cron, SkippedTimes skipped, string from, string until, string expected, string? realFrom = null) =>
        Assert.Equal(expected, Clock(Schedule(cron, zone, skipped), realFrom ?? from, until));

    [Theory]
    // Berlin 2026-10-25: 03:00 becomes 02:00.
    [InlineData("Europe/Berlin", "30 2 * * *", null, "2026-10-24", "2026-10-27", "10-24 02:30+02:00, 10-25 02:30+02:00, 10-26 02:30+01:00")]
    [InlineData("Europe/Berlin", "30 2 * * *", RepeatedTimes.First, "2026-10-25", "2026-10-26", "10-25 02:30+02:00")]
    [InlineData("Europe/Berlin", "30 2 * * *", RepeatedTimes.Second, "2026-10-25", "2026-10-26", "10-25 02:30+01:00")]
    [InlineData("Europe/Berlin", "30 2 * * *", RepeatedTimes.Both, "2026-10-25", "2026-10-26", "10-25 02:30+02:00, 10-25 02:30+01:00")]
    [InlineData("Europe/Berlin", "0 3 * * *", RepeatedTimes.Both, "2026-10-25", "2026-10-26", "10-25 03:00+01:00")]
    [InlineData("Europe/Berlin", "0 * * * *", null, "2026-10-24T23:00", "2026-10-25T03:00", "10-25 01:00+02:00, 10-25 02:00+02:00, 10-25 02:00+01:00, 10-25 03:00+01:00")]
    [InlineData("Europe/Berlin", "0 * * * *", RepeatedTimes.First, "2026-10-24T23:00", "2026-10-25T03:00", "10-25 01:00+02:00, 10-25 02:00+02:00, 10-25 03:00+01:00")]
    [InlineData("Europe/Berlin", "0 * * * *", RepeatedTimes.Second, "2026-10-24T23:00", "2026-10-25T03:00", "10-25 01:00+02:00, 10-25 02:00+01:00, 10-25 03:00+01:00")]
    [InlineData("Europe/Berlin", "*/15 2 * * *", RepeatedTimes.Both, "2026-10-25", "2026-10-25T02:00", "10-25 02:00+02:00, 10-25 02:15+02:00, 10-25 02:30+02:00, 10-25 02:45+02:00, 10-25 02:00+01:00, 10-25 02:15+01:00, 10-25 02:30+01:00, 10-25 02:45+01:00")]
    // New York 2026-11-01: 02:00 becomes 01:00.
    [InlineData("America/New_York", "30 1 * * *", null, "2026-11-01", "2026-11-02", "11-01 01:30-04:00")]
    [InlineData("America/New_York", "30 1 * * *", RepeatedTimes.Second, "2026-11-01", "2026-11-02", "11-01 01:30-05:00")]
    [InlineData("America/New_York", "30 2 * * *", RepeatedTimes.Both, "2026-11-01", "2026-11-02", "11-01 02:30-05:00")]
    // Lord Howe 2026-04-05: 02:00 becomes 01:30.
    [InlineData("Australia/Lord_Howe", "45 1 * * *", RepeatedTimes.Both, "2026-04-04T12:00", "2026-04-05T12:00", "04-05 01:45+11:00, 04-05 01:45+10:30")]
    [InlineData("Australia/Lord_Howe", "15 1 * * *", RepeatedTimes.Both, "2026-04-04T12:00", "2026-04-05T12:00", "04-05 01:15+11:00")]
    [InlineData("Australia/Lord_Howe", "0 * * * *", RepeatedTimes.Both, "2026-04-04T14:00", "2026-04-04T17:00", "04-05 01:00+11:00, 04-05 02:00+10:30, 04-05 03:00+10:30")]
    // Casablanca 2026-02-15: 03:00 becomes 02:00.
    [InlineData("Africa/Casablanca", "30 2 * * *", RepeatedTimes.First, "2026-02-15", "2026-02-16", "02-15 02:30+01:00")]
    [InlineData("Africa/Casablanca", "30 2 * * *", RepeatedTimes.Second, "2026-02-15", "2026-02-16", "02-15 02:30+00:00")]
    // São Paulo 2018-02-18: midnight of the 18th became 23:00 of the 17th.
    [InlineData("America/Sao_Paulo", "30 23 * * *", RepeatedTimes.Both, "2018-02-17T12:00", "2018-02-18T12:00", "02-17 23:30-02:00, 02-17 23:30-03:00")]
    [InlineData("America/Sao_Paulo", "0 0 * * *", RepeatedTimes.Both, "2018-02-17T12:00", "2018-02-18T12:00", "02-18 00:00-03:00")]
    public void Times_that_daylight_saving_repeats_fire_at_the_first_the_second_or_both(
        string zone, string cron, RepeatedTimes? repeated, string from, string until, string expected) =>
        Assert.Equal(expected, Clock(Schedule(cron, zone, repeated: repeated), from, until));

    [Theory]
    [InlineData("Europe/Berlin", "2026-03-28T23:00", "2026-03-29T22:00", 23, 92)]
    [InlineData("Europe/Berlin", "2026-10-24T22:00", "2026-10-25T23:00", 25, 100)]
    [InlineData("Australia/Lord_Howe", "2026-10-03T13:30", "2026-10-04T13:00", 24, 94)]
    [InlineData("Asia/Shanghai", "2026-03-28T16:00", "2026-03-29T16:00", 24, 96)]
    public void A_local_day_of_23_or_25_hours_has_that_many_hourly_firings(string zone, string from, string until, int hourly, int quarterly)
    {
        Assert.Equal(hourly, Count(Schedule("0 * * * *", zone), from, until));
        Assert.Equal(quarterly, Count(Schedule("*/15 * * * *", zone), from, until));
    }

    [Fact]
    public void A_preview_says_what_daylight_saving_does_to_each_line()
    {
        string[] lines = [.. Schedule("30 2 * * *", "Europe/Berlin").Preview(Utc("2026-03-28"), 3).Select(o => $"{o.LocalClock:MM-dd HH:mm zzz} {o.Note}".TrimEnd())];
        Assert.Equal(["03-28 02:30 +01:00", "03-29 03:30 +02:00 shifted: 02:30:00 does not exist on 2026-03-29", "03-30 02:30 +02:00"], lines);

        CronOccurrence[] skipping = [.. Schedule("30 2 * * *", "Europe/Berlin", SkippedTimes.Skip).Preview(Utc("2026-03-28"), 2)];
        Assert.Equal([null, "not fired: 02:30:00 does not exist on 2026-03-29", null], skipping.Select(o => o.Note));
        Assert.Equal(2, skipping.Count(o => o.Fires));

        CronOccurrence[] twice = [.. Schedule("30 2 * * *", "Europe/Berlin", repeated: RepeatedTimes.Both).Preview(Utc("2026-10-25"), 2)];
        Assert.Equal(["first of two: 02:30:00 comes twice on 2026-10-25", "second of two: 02:30:00 comes twice on 2026-10-25"], twice.Select(o => o.Note));

        CronOccurrence[] second = [.. Schedule("30 2 * * *", "Europe/Berlin", repeated: RepeatedTimes.Second).Preview(Utc("2026-10-25"), 1)];
        Assert.Equal("not fired: the first 02:30:00 of two on 2026-10-25", second[0].Note);
    }
}
