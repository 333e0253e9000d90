namespace MLPlatform.Core.Scheduling.Score;

/// <summary>
/// How well an attempt asked for what it used, from 0 to 100: the parts' values by their weights, with a half for what is not known. Parts that do not
/// apply, such as GPUs where none were asked for, are left out.
/// </summary>
public sealed record JobScore(double Score, IReadOnlyList<ScorePart> Parts)
{
    /// <summary>What an unknown part counts as.</summary>
    public const double Neutral = 0.5;

    public static JobScore Of(JobFacts facts)
    {
        ScorePart[] parts = [.. ((ScorePart?[])
        [
            TimeParts.RunTime(facts), TimeParts.Queueing(facts), UsageParts.Cpu(facts), UsageParts.Memory(facts), GpuPart.Of(facts), TimeParts.Demand(facts),
        ]).OfType<ScorePart>()];
        double weights = parts.Sum(p => p.Weight);
        return new JobScore(Math.Round(100 * parts.Sum(p => p.Weight * (p.Value ?? Neutral)) / weights, 1), parts);
    }

    /// <summary>The mean over attempts, which is the standing of who asks like this again; null where there are none.</summary>
    public static double? Mean(IEnumerable<JobFacts> attempts)
    {
        double[] scores = [.. attempts.Select(a => Of(a).Score)];
        return scores.Length == 0 ? null : Math.Round(scores.Average(), 1);
    }
}
