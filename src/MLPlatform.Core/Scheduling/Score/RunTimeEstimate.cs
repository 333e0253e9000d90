using MLPlatform.Core.Alarms;

namespace MLPlatform.Core.Scheduling.Score;

/// <summary>How long work that waits is expected to run at most, and what that is told from.</summary>
/// <param name="Seconds">With the margin.</param>
/// <param name="Margin">By how much what was expected earlier fell short of what it then took, 1 where it did not; 1 for what was declared.</param>
public sealed record RunTimeEstimate(double Seconds, EstimateBasis Basis, double Margin)
{
    /// <summary>Of ten, nine end by then.</summary>
    public const double Quantile = 0.9;

    /// <summary>
    /// From how long it took before, the newest first, as alarms learn it (<see cref="LearnedDuration"/>): the 90th percentile of the last 20, times a margin that is measured: what each
    /// earlier run would have been expected to take by those before it, against what it took, the 90th percentile of that. Never longer than declared. With fewer than 5
    /// it is what was declared; null where nothing was.
    /// </summary>
    public static RunTimeEstimate? Of(IReadOnlyList<TimeSpan> newestFirst, TimeSpan? declared)
    {
        if (newestFirst.Count < LearnedDuration.Fewest)
            return declared is { } said ? new RunTimeEstimate(said.TotalSeconds, EstimateBasis.Declared, 1) : null;
        double[] took = [.. newestFirst.Reverse().Select(t => t.TotalSeconds)];
        List<double> fellShort = [];
        for (int i = LearnedDuration.Fewest; i < took.Length; i++)
            fellShort.Add(took[i] / Math.Max(1e-3, LearnedDuration.Quantile(took[..i].TakeLast(LearnedDuration.Last), Quantile)));
        double margin = fellShort.Count == 0 ? LearnedDuration.Factor : Math.Max(1, LearnedDuration.Quantile(fellShort, Quantile));
        double learned = LearnedDuration.Quantile(took.TakeLast(LearnedDuration.Last), Quantile) * margin;
        return declared is { } most && most.TotalSeconds < learned
            ? new RunTimeEstimate(most.TotalSeconds, EstimateBasis.Declared, 1)
            : new RunTimeEstimate(learned, EstimateBasis.History, margin);
    }
}

/// <summary>What an estimate is told from.</summary>
public enum EstimateBasis
{
    /// <summary>What was declared (<c>advanced.timeout</c>).</summary>
    Declared,

    /// <summary>How long it took before.</summary>
    History,
}
