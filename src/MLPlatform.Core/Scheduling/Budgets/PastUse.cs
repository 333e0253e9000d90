namespace MLPlatform.Core.Scheduling.Budgets;

/// <summary>
/// What was used lately: a second of a week ago counts half, one of two weeks ago a quarter. Weights are kept as they are seen from the
/// beginning of a month, from where they only grow, so that nothing that was written down has to be written again as time goes by.
/// </summary>
public static class PastUse
{
    public static TimeSpan HalfLife { get; } = TimeSpan.FromDays(7);

    /// <summary>Months to read: what came before the last five counts less than a hundred-thousandth.</summary>
    public const int Months = 5;

    private static readonly double Decay = Math.Log(2) / HalfLife.TotalSeconds;

    /// <summary>Seconds from one instant to another, each with its weight as it is seen from <paramref name="origin"/>, when a second's weight is 1.</summary>
    public static double Weight(DateTimeOffset origin, DateTimeOffset from, DateTimeOffset until) =>
        (Growth(until - origin) - Growth(from - origin)) / Decay;

    /// <summary>What was used lately, as seen now.</summary>
    public static ResourceTime Of(IEnumerable<Consumption> past, DateTimeOffset now)
    {
        ResourceTime sum = default;
        foreach (Consumption c in past)
            sum += c.Recent * (1 / Growth(now - c.Key.Month.Start));
        return sum;
    }

    /// <summary>How much was held on the mean since its first use, of late more than earlier: cores, bytes and devices, to be set beside quotas.</summary>
    public static ResourceTime Mean(IReadOnlyCollection<Consumption> past, DateTimeOffset now)
    {
        if (past.Count == 0)
            return default;
        double whole = Weight(now, past.Min(c => c.Since), now);
        return whole > 0 ? Of(past, now) * (1 / whole) : default;
    }

    private static double Growth(TimeSpan time) => Math.Exp(time.TotalSeconds * Decay);
}
