using CsCheck;
using MLPlatform.Core.Triggers;
using Xunit;
using static MLPlatform.Tests.Triggers.CronCases;

namespace MLPlatform.Tests.Triggers;

public class CronScheduleTests
{
    private static readonly string[] Zones =
    [
        "UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Shanghai", "Africa/Casablanca", "America/Sao_Paulo",
        "Pacific/Apia", "Asia/Kathmandu", "America/St_Johns", "Africa/Monrovia", "Antarctica/Troll",
    ];

    [Fact]
    public void The_next_instants_come_after_the_given_one_and_not_at_it() =>
        Assert.Equal(
            [Utc("2026-01-01T04:00"), Utc("2026-01-01T05:00")],
            Schedule("0 * * * *", "UTC").Next(Utc("2026-01-01T03:00"), 2));

    [Fact]
    public void Six_fields_begin_with_seconds() =>
        Assert.Equal(
            [Utc("2026-01-01T00:00:20"), Utc("2026-01-01T00:00:40"), Utc("2026-01-01T00:01:00")],
            Schedule("*/20 * * * * *", "UTC").Next(Utc("2026-01-01"), 3));

    [Theory]
    [InlineData("* * *", "TRIG-001")]
    [InlineData("", "TRIG-001")]
    [InlineData("61 * * * *", "TRIG-001")]
    [InlineData("H * * * *", "TRIG-001")]
    [InlineData("@sometimes", "TRIG-001")]
    [InlineData("* * * * * * *", "TRIG-001")]
    [InlineData("0 0 30 2 *", "TRIG-003")]
    public void A_wrong_expression_is_refused_with_its_code(string cron, string code)
    {
        Assert.Null(CronSchedule.Create(new CronTrigger { Cron = cron }, out IReadOnlyList<ScheduleProblem> problems));
        ScheduleProblem problem = Assert.Single(problems);
        Assert.Equal((code, "cron"), (problem.Code, problem.Path));
        Assert.Contains(cron, problem.Message);
    }

    [Theory]
    [InlineData("Shanghai", "Did you mean 'Asia/Shanghai'?")]
    [InlineData("Mars/Olympus", "Use an IANA name such as Europe/Berlin or UTC.")]
    [InlineData("", "Use an IANA name such as Europe/Berlin or UTC.")]
    [InlineData("../../etc/passwd", "Use an IANA name such as Europe/Berlin or UTC.")]
    public void An_unknown_time_zone_is_refused_with_a_hint(string zone, string hint)
    {
        Assert.Null(CronSchedule.Create(new CronTrigger { Cron = "0 * * * *", TimeZone = zone }, out IReadOnlyList<ScheduleProblem> problems));
        Assert.Equal(("TRIG-002", hint), (problems[0].Code, problems[0].Hint));
    }

    [Fact]
    public void A_system_without_time_zone_data_says_so()
    {
        ScheduleProblem problem = ZoneNames.Explain("Europe/Berlin", [TimeZoneInfo.Utc]);
        Assert.Equal(("TRIG-004", "Install the package tzdata."), (problem.Code, problem.Hint));
    }

    [Fact]
    public void All_problems_are_told_at_once()
    {
        CronSchedule.Create(new CronTrigger { Cron = "x", TimeZone = "y" }, out IReadOnlyList<ScheduleProblem> problems);
        Assert.Equal(["TRIG-001", "TRIG-002"], problems.Select(p => p.Code));
    }

    [Fact]
    public void A_yearly_schedule_and_the_end_of_time_are_reached()
    {
        Assert.Equal(
            [Utc("2028-02-29"), Utc("2032-02-29"), Utc("2036-02-29")],
            Schedule("0 0 29 2 *", "UTC").Next(Utc("2026-01-01"), 3));
        Assert.Empty(Schedule("0 0 1 1 *", "Europe/Berlin").Next(DateTimeOffset.MaxValue, 1));
    }

    // The oracle walks the instants minute by minute and asks the zone for the local clock: no gaps, no overlaps, no spans.
    [Fact]
    public void Every_expression_in_every_zone_agrees_with_a_walk_through_all_minutes() =>
        Gen.Select(
            Gen.OneOf(Zones), Gen.Int[0, 59], Gen.OneOf("*", "0", "1", "2", "3", "23", "*/2", "1-3"), Gen.Int[2008 * 12, 2027 * 12],
            Gen.Enum<RepeatedTimes>())
        .Sample((zone, minute, hour, month, repeated) =>
        {
            var from = new DateTimeOffset(month / 12, month % 12 + 1, 1, 0, 0, 0, TimeSpan.Zero);
            DateTimeOffset until = from.AddDays(33);
            CronSchedule schedule = Schedule($"{minute} {hour} * * *", zone, SkippedTimes.Skip, repeated);
            var expected = Walk(TimeZoneInfo.FindSystemTimeZoneById(zone), minute, Hours(hour), repeated, from, until);
            Assert.Equal(expected, schedule.Between(from.AddTicks(-1), until.AddTicks(-1)));
        }, iter: 60);

    [Fact]
    public void Instants_grow_and_a_search_from_anywhere_finds_the_same_ones() =>
        Gen.Select(Gen.OneOf(Zones), Gen.OneOf("*/15 * * * *", "0 * * * *", "30 2 * * *", "15,45 1-2 * * *", "0 0 * * 0", "*/20 59 1 * * *"),
            Gen.Int[0, 20 * 365 * 24 * 60], Gen.Enum<SkippedTimes>(), Gen.Enum<RepeatedTimes>())
        .Sample((zone, cron, minutes, skipped, repeated) =>
        {
            CronSchedule schedule = Schedule(cron, zone, skipped, repeated);
            IReadOnlyList<DateTimeOffset> all = schedule.Next(Utc("2008-01-01").AddMinutes(minutes), 60);
            Assert.Equal(all.Order().Distinct(), all);
            for (int i = 0; i < all.Count - 1; i++)
                Assert.Equal(all[i + 1], schedule.Next(all[i], 1)[0]);
        }, iter: 200);

    [Theory]
    [InlineData("*/15 * * * *", "2026-10-25T01:10", "2026-10-25T02:00")] // inside the repeated hour
    [InlineData("*/15 * * * *", "2026-10-25T01:00", "2026-10-25T02:00")] // at its second beginning
    [InlineData("30 2 * * *", "2026-03-29T01:10", "2026-03-29T01:30")] // after the gap, before the shifted instant
    [InlineData("30 2 * * *", "2026-03-29T01:00", "2026-03-29T01:30")] // at the end of the gap
    public void A_search_may_begin_inside_the_hours_that_daylight_saving_moves(string cron, string after, string next) =>
        Assert.Equal(Utc(next), Schedule(cron, "Europe/Berlin", repeated: RepeatedTimes.First).Next(Utc(after), 1)[0]);

    private static HashSet<int> Hours(string field) => field switch
    {
        "*" => [.. Enumerable.Range(0, 24)],
        "*/2" => [.. Enumerable.Range(0, 12).Select(h => 2 * h)],
        "1-3" => [1, 2, 3],
        _ => [int.Parse(field, System.Globalization.CultureInfo.InvariantCulture)],
    };

    private static List<DateTimeOffset> Walk(
        TimeZoneInfo zone, int minute, HashSet<int> hours, RepeatedTimes repeated, DateTimeOffset from, DateTimeOffset until)
    {
        List<DateTimeOffset> fired = [];
        for (DateTimeOffset at = from; at < until; at = at.AddMinutes(1))
        {
            DateTime local = at.UtcDateTime + zone.GetUtcOffset(at);
            if (local.Minute != minute || !hours.Contains(local.Hour))
                continue;
            // The other instant with the same local clock, if there is one within a day.
            bool Twin(int sign) => Enumerable.Range(1, 24 * 12).Any(five =>
                at.UtcDateTime.AddMinutes(sign * 5 * five) + zone.GetUtcOffset(at.AddMinutes(sign * 5 * five)) == local);
            bool second = repeated != RepeatedTimes.Both && Twin(-1), first = repeated != RepeatedTimes.Both && Twin(+1);
            if (repeated == RepeatedTimes.Both || (repeated == RepeatedTimes.First ? !second : !first))
                fired.Add(at);
        }
        return fired;
    }
}
