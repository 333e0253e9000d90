namespace MLPlatform.Vlps.Metrics;

/// <summary>How a calibration is fitted.</summary>
public enum CalibrationMethod
{
    /// <summary>A line over log-odds: two numbers, for few rows or scores that are off evenly.</summary>
    Platt,

    /// <summary>A rising curve over log-odds, for many rows.</summary>
    Isotonic,
}

/// <summary>A point of the curve, both in log-odds.</summary>
public sealed record CalibrationKnot(double At, double To);

/// <summary>
/// Turns scores into the rates that were seen at such scores: a rising curve over log-odds, so that rows keep their order. Between knots
/// it is straight, beyond them it goes on with <see cref="Slope"/>.
/// </summary>
/// <param name="Method">How it was fitted.</param>
/// <param name="Slope">Above 0.</param>
/// <param name="Knots">Ascending; at least one.</param>
/// <param name="Rows">Rows that it was fitted to.</param>
public sealed record ScoreCalibration(CalibrationMethod Method, double Slope, IReadOnlyList<CalibrationKnot> Knots, long Rows)
{
    /// <summary>Beyond these log-odds a score says no more: 32 bits tell no chance from the next one to 1.</summary>
    private const double Most = 16;

    /// <summary>The calibrated score.</summary>
    public float Apply(float score)
    {
        double at = LogOdds(score);
        int after = 0;
        while (after < Knots.Count && Knots[after].At < at)
            after++;
        double to = after == 0 ? Knots[0].To + (Slope * (at - Knots[0].At))
            : after == Knots.Count ? Knots[^1].To + (Slope * (at - Knots[^1].At))
            : Knots[after - 1].To + ((Knots[after].To - Knots[after - 1].To) * (at - Knots[after - 1].At) / (Knots[after].At - Knots[after - 1].At));
        return (float)(1 / (1 + Math.Exp(-to)));
    }

    public void Apply(Span<float> scores)
    {
        foreach (ref float score in scores)
            score = Apply(score);
    }

    /// <summary>The same curve for scores and rates whose odds are both so much lower: what was fitted to rows of which a part of the negatives was kept.</summary>
    /// <param name="logOdds">What is added to log-odds.</param>
    public ScoreCalibration Shifted(double logOdds) => this with { Knots = [.. Knots.Select(k => new CalibrationKnot(k.At + logOdds, k.To + logOdds))] };

    /// <summary>Whether it is a curve at all: finite numbers that rise.</summary>
    internal bool IsValid() => double.IsFinite(Slope) && Slope > 0 && Knots.Count > 0 && Knots.All(k => double.IsFinite(k.At) && double.IsFinite(k.To))
        && Knots.Zip(Knots.Skip(1)).All(p => p.First.At < p.Second.At && p.First.To < p.Second.To);

    internal static double LogOdds(double score) => score <= 0 ? -Most : score >= 1 ? Most : Math.Clamp(Math.Log(score / (1 - score)), -Most, Most);
}
