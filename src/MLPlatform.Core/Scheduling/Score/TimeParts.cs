using static MLPlatform.Core.Scheduling.Score.Wording;

namespace MLPlatform.Core.Scheduling.Score;

/// <summary>The parts of a score that are about time and about how much is asked for in all.</summary>
internal static class TimeParts
{
    private const double RunTimeWeight = 0.2, QueueingWeight = 0.1, DemandWeight = 0.1;

    // A declared month counts as 0, and a minute as next to 1.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(30);

    // Declaring so many times what it takes is fair: run times differ.
    private const double Margin = 1.5;

    private static readonly TimeSpan LongWait = TimeSpan.FromHours(1);

    public static ScorePart RunTime(JobFacts facts)
    {
        if (facts.Declared is not { } declared)
        {
            string took = facts.Ran is { } known ? $"; it took {Time(known)}: {Setting(known)} lets others be promised a start" : ": advanced.timeout lets others be promised a start";
            return new ScorePart(ScoreAspect.RunTime, RunTimeWeight, 0, $"declares no longest run time{took}");
        }
        double shortness = 1 - (Math.Log(1 + Math.Min(declared.TotalMinutes, Longest.TotalMinutes)) / Math.Log(1 + Longest.TotalMinutes));
        if (facts.Ran is not { } ran)
            return new ScorePart(ScoreAspect.RunTime, RunTimeWeight, null, $"declared {Time(declared)}; how long it took is not known");
        // Whoever declares what is advised, in its whole minutes or hours, is honest.
        double honest = declared <= Enough(ran) ? 1 : Math.Clamp(Margin * ran / declared, 0, 1);
        string advice = honest < 1 ? $"declared {Time(declared)}, took {Time(ran)}: {Setting(ran)} would do" : $"declared {Time(declared)}, took {Time(ran)}";
        return new ScorePart(ScoreAspect.RunTime, RunTimeWeight, shortness * honest, advice);
    }

    public static ScorePart Queueing(JobFacts facts) => facts.Waited is not { } waited
        ? new ScorePart(ScoreAspect.Queueing, QueueingWeight, null, "how long it waited is not known")
        : new ScorePart(ScoreAspect.Queueing, QueueingWeight, Math.Max(0, waited / (waited + LongWait)), $"waited {Time(waited)}; who waits longer comes sooner");

    public static ScorePart Demand(JobFacts facts)
    {
        if (facts.Pool is not { } pool)
            return new ScorePart(ScoreAspect.Demand, DemandWeight, null, "how much its pool has is not known");
        Amount asked = Amount.Of(facts.Asked);
        (double Part, string What)[] all =
        [
            (Part(asked.MilliGpu, pool.MilliGpu), $"{Number(asked.MilliGpu / 1000.0)} of {Number(pool.MilliGpu / 1000.0)} GPUs"),
            (Part(asked.MilliCpu, pool.MilliCpu), $"{Number(asked.MilliCpu / 1000.0)} of {Number(pool.MilliCpu / 1000.0)} cores"),
            (Part(asked.MemoryBytes, pool.MemoryBytes), $"{Bytes(asked.MemoryBytes)} of {Bytes(pool.MemoryBytes)}"),
        ];
        (double part, string what) = all.MaxBy(p => p.Part);
        return new ScorePart(ScoreAspect.Demand, DemandWeight, 1 - Math.Min(1, part), $"asks for {what} of its pool");
    }

    private static double Part(long asked, long there) => asked <= 0 ? 0 : there <= 0 ? 1 : (double)asked / there;

    private static TimeSpan Enough(TimeSpan ran) => Rounded(ran * Margin);

    private static string Setting(TimeSpan ran) => $"advanced.timeout \"{Iso(ran * Margin)}\"";
}
