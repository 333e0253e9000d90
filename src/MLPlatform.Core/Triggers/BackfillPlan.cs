namespace MLPlatform.Core.Triggers;

/// <summary>What a backfill is to run.</summary>
/// <param name="Trigger">Name or index of the cron trigger whose instants are run; null: the pipeline's first, or every day at midnight UTC where it has none.</param>
/// <param name="From">The first local time, inclusive; a date alone means its beginning.</param>
/// <param name="To">The last local time, inclusive.</param>
public sealed record BackfillRange(string? Trigger, DateTime From, DateTime To)
{
    /// <summary>Whole days, both inclusive.</summary>
    public static BackfillRange Days(DateOnly from, DateOnly to, string? trigger = null) =>
        new(trigger, from.ToDateTime(TimeOnly.MinValue), to.ToDateTime(TimeOnly.MaxValue));
}

/// <summary>What all runs of one backfill share.</summary>
/// <param name="Id">Tells backfills of a pipeline apart.</param>
/// <param name="Limit">How many of its runs may be active at once, from 1.</param>
/// <param name="By">Who asked for it.</param>
public sealed record BackfillOrder(string Id, int Limit, string By);

/// <summary>The logical dates of a backfill.</summary>
/// <param name="Dates">Ascending, in UTC.</param>
/// <param name="Source">The cron trigger whose instants they are.</param>
public sealed record BackfillPlan(IReadOnlyList<DateTimeOffset> Dates, CronTrigger Source)
{
    /// <summary>The most runs of one backfill.</summary>
    public const int MostDates = 10_000;

    private static readonly CronTrigger Daily = new() { Cron = "0 0 * * *" };

    /// <summary>The dates in a range, or null and what is wrong.</summary>
    public static BackfillPlan? Create(string pipeline, PipelineSchedule schedule, BackfillRange range, out ScheduleProblem? problem)
    {
        problem = range.To < range.From
            ? new("TRIG-040", "to", $"the range ends ({range.To:yyyy-MM-dd HH:mm}) before it begins ({range.From:yyyy-MM-dd HH:mm})", "Swap from and to.")
            : null;
        if (problem is not null || Find(pipeline, schedule, range.Trigger, out problem) is not { } trigger)
            return null;
        CronSchedule cron = CronSchedule.Of(trigger);
        DateTimeOffset from = LocalClock.Instant(range.From, cron.Zone), to = LocalClock.Instant(range.To, cron.Zone);
        List<DateTimeOffset> dates = [.. cron.Between(from.AddTicks(-1), to).Take(MostDates + 1)];
        if (dates.Count is 0 or > MostDates)
        {
            problem = dates.Count == 0
                ? new("TRIG-041", "from", "the schedule has no instant in this range", $"Its cron expression is '{trigger.Cron}' in {trigger.TimeZone}.")
                : new("TRIG-041", "to", $"the range has more than {MostDates} instants", "Backfill it in parts.");
            return null;
        }
        return new(dates, trigger);
    }

    private static CronTrigger? Find(string pipeline, PipelineSchedule schedule, string? name, out ScheduleProblem? problem)
    {
        problem = null;
        if (name is null)
            return schedule.Triggers.OfType<CronTrigger>().FirstOrDefault() ?? Daily;
        for (int i = 0; i < schedule.Triggers.Count; i++)
            if (schedule.KeyOf(pipeline, i) == $"{pipeline}/{name}" && schedule.Triggers[i] is CronTrigger cron)
                return cron;
        problem = new("TRIG-042", "trigger", $"pipeline '{pipeline}' has no cron trigger '{name}'", "Leave it out to use the first.");
        return null;
    }
}
