namespace MLPlatform.Core.Alarms;

/// <summary>How long something usually takes, learned from how long it took.</summary>
public static class LearnedDuration
{
    /// <summary>How many of the last successes are looked at.</summary>
    public const int Last = 20;

    /// <summary>With fewer successes nothing is learned yet, and nothing is told.</summary>
    public const int Fewest = 5;

    /// <summary>Longer than so many times the 95th percentile is too long.</summary>
    public const double Factor = 1.5;

    /// <summary>Whatever was learned, less than this is never too long.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);

    /// <summary>From when on it is too long: 1.5 times the 95th percentile of the last 20 successes, a minute at least; null for fewer than 5.</summary>
    public static TimeSpan? Bound(IReadOnlyCollection<TimeSpan> successes)
    {
        if (successes.Count < Fewest)
            return null;
        TimeSpan usual = Quantile(successes, 0.95);
        return usual * Factor is var bound && bound > Shortest ? bound : Shortest;
    }

    /// <summary>The least of the values that so many of them do not exceed.</summary>
    /// <param name="share">Above 0, up to 1.</param>
    public static T Quantile<T>(IEnumerable<T> values, double share)
    {
        T[] sorted = [.. values.Order()];
        return sorted[(int)Math.Ceiling(share * sorted.Length) - 1];
    }
}
