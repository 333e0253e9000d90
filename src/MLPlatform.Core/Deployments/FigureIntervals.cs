namespace MLPlatform.Core.Deployments;

/// <summary>Between what bounds a figure lies.</summary>
public readonly record struct FigureInterval(double Low, double High);

/// <summary>
/// Intervals of figures that may be looked at again and again: they hold at all times at once, not at one that was chosen before, so
/// that a policy that looks every few seconds does not find by chance what it looks for.
/// </summary>
public static class FigureIntervals
{
    /// <summary>
    /// How many standard errors an interval spans to each side after so many observations: the asymptotic confidence sequence of
    /// Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (2021), narrowest about where looking begins.
    /// </summary>
    /// <param name="error">The chance that the figure is ever outside; 0.05 for 95 %.</param>
    /// <param name="begin">The observations at which looking begins.</param>
    public static double Reach(long observations, long begin, double error)
    {
        double rate = (-2 * Math.Log(error) + Math.Log(1 - 2 * Math.Log(error))) / Math.Max(1, begin), t = observations * rate;
        return t <= 0 ? double.PositiveInfinity : Math.Sqrt(2 * (t + 1) / t * Math.Log(Math.Sqrt(t + 1) / error));
    }

    /// <summary>The interval of a figure; null where it is not known well enough to have one.</summary>
    /// <param name="reach">In standard errors; 0 gives the figure itself. Latency has fixed bounds, at three of them.</param>
    public static FigureInterval? Of(GuardMetric metric, VersionFigures figures, double reach) => (metric, reach) switch
    {
        (_, 0) => metric.Of(figures) is { } value ? new FigureInterval(value, value) : null,
        (GuardMetric.ErrorRate, _) => Share(figures.Errors, figures.Requests, reach),
        (GuardMetric.ClickThrough, _) => Share(figures.Positives, figures.Impressions, reach),
        (GuardMetric.HitRate, _) => figures.Found is { } found ? Share(found.Hits, found.Lists, reach) : null,
        (GuardMetric.LatencyP99, _) => figures.LatencyP99Low is { } low ? new FigureInterval(low, figures.LatencyP99High ?? double.PositiveInfinity) : null,
        (GuardMetric.Auc, _) => Around(figures.Auc, figures.AucError, reach),
        (GuardMetric.LogLoss, _) => Around(figures.LogLoss, figures.LogLossError, reach),
        _ => Around(figures.Calibration, figures.CalibrationError, reach),
    };

    /// <summary>The interval of one figure less a multiple of another that does not depend on it (Zou and Donner, 2008).</summary>
    public static FigureInterval Less((double Value, FigureInterval Interval) own, double times, (double Value, FigureInterval Interval) other)
    {
        double difference = own.Value - times * other.Value;
        return new FigureInterval(
            difference - Hypotenuse(own.Value - own.Interval.Low, times * (other.Interval.High - other.Value)),
            difference + Hypotenuse(own.Interval.High - own.Value, times * (other.Value - other.Interval.Low)));
    }

    // Wilson's interval: right for rare events, and never of no width.
    private static FigureInterval? Share(long part, long whole, double reach)
    {
        if (whole == 0)
            return null;
        double p = (double)part / whole, z = reach * reach, middle = (p + z / (2 * whole)) / (1 + z / whole);
        double half = reach / (1 + z / whole) * Math.Sqrt(p * (1 - p) / whole + z / (4.0 * whole * whole));
        return new FigureInterval(Math.Min(p, middle - half), Math.Max(p, middle + half));
    }

    private static FigureInterval? Around(double? value, double? error, double reach) =>
        value is { } v && error is { } e ? new FigureInterval(v - reach * e, v + reach * e) : null;

    private static double Hypotenuse(double a, double b) => Math.Sqrt(a * a + b * b);
}
