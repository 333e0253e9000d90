using MLPlatform.Core.Scheduling.Score;

namespace MLPlatform.Core.Scheduling.Simulation;

/// <summary>What became of a trace; times in seconds.</summary>
/// <param name="MeanCompletion">From coming to ending.</param>
/// <param name="MeanWait">From coming to starting.</param>
/// <param name="MeanWaitOfLarge">Of the jobs with 8 devices and more; null where there are none.</param>
/// <param name="LongestWait">Of any job.</param>
/// <param name="BoundedSlowdown">Completion by duration, with durations below 10 s as 10 s and nothing below 1; the mean.</param>
/// <param name="Makespan">From the first coming to the last ending.</param>
/// <param name="Utilisation">The share of all devices' time that jobs held, until the last ending.</param>
/// <param name="LongestQueue">Jobs that waited at once, those that start at that instant among them.</param>
/// <param name="LongestBacklog">How long all that waited and ran at once would have taken the whole, at most; null for policies that keep no limits.</param>
/// <param name="WaitBound">What no wait may exceed by the policy's own limits, in this trace; null where it has none.</param>
/// <param name="MeanWaitOfBest">Of the tenth of the jobs with the highest scores; null where all have the same.</param>
/// <param name="MeanWaitOfWorst">Of the tenth with the lowest.</param>
/// <param name="WaitPercentiles">The wait that 0, 1, … 100 % of the jobs did not exceed.</param>
public sealed record QueueResult(
    int Jobs, double MeanCompletion, double MedianCompletion, double P95Completion, double MeanWait, double MedianWait, double P95Wait, double? MeanWaitOfLarge,
    double LongestWait, double BoundedSlowdown, double Makespan, double Utilisation, int LongestQueue,
    IReadOnlyList<double> WaitPercentiles, double? LongestBacklog, double? WaitBound, double? MeanWaitOfBest, double? MeanWaitOfWorst)
{
    internal static QueueResult Of(QueueJob[] jobs, double[] started, int gpus, int longestQueue, PoolWatch? watch)
    {
        double[] waits = [.. jobs.Select((j, i) => started[i] - j.Submitted)];
        double[] completions = [.. jobs.Select((j, i) => waits[i] + j.Seconds)];
        double[] sortedWaits = [.. waits.Order()], sortedCompletions = [.. completions.Order()];
        double[] large = [.. waits.Where((_, i) => jobs[i].Gpus >= 8)];
        double makespan = jobs.Select((j, i) => started[i] + j.Seconds).Max() - jobs[0].Submitted;
        double slowdown = jobs.Select((j, i) => Math.Max(1, completions[i] / Math.Max(10, j.Seconds))).Average();
        return new QueueResult(
            jobs.Length, completions.Average(), Quantile(sortedCompletions, 0.5), Quantile(sortedCompletions, 0.95), waits.Average(), Quantile(sortedWaits, 0.5), Quantile(sortedWaits, 0.95),
            large.Length == 0 ? null : large.Average(), waits.Max(), slowdown, makespan, jobs.Sum(j => j.Gpus * j.Seconds) / (gpus * makespan), longestQueue,
            [.. Enumerable.Range(0, 101).Select(p => Quantile(sortedWaits, p / 100.0))], watch?.LongestBacklog, watch?.WaitBound(jobs.Max(j => j.Declared)), TenthByScore(jobs, waits, -1), TenthByScore(jobs, waits, 1));
    }

    private static double? TenthByScore(QueueJob[] jobs, double[] waits, int direction) => jobs.All(j => j.Standing == jobs[0].Standing)
        ? null : Enumerable.Range(0, jobs.Length).OrderBy(i => direction * jobs[i].Standing).Take(Math.Max(1, jobs.Length / 10)).Average(i => waits[i]);

    // As those count who published the figures: no value between two jobs.
    private static double Quantile(double[] sorted, double share) => sorted[Math.Min((int)(share * sorted.Length), sorted.Length - 1)];
}
