using System.Globalization;

namespace MLPlatform.Core.Sweeps;

/// <summary>One value that a trial reported on its way.</summary>
public readonly record struct CurvePoint(long Step, double Value);

/// <summary>What a rule says of a trial.</summary>
/// <param name="Rung">The last rung that the trial has passed, from 0; -1 for none. Each rung is judged once, when the trial gets there.</param>
/// <param name="Because">Why the trial is to be stopped, or null.</param>
public readonly record struct Judgement(int Rung, string? Because);

/// <summary>Decides which trials are stopped. Pure: the same curves give the same verdict.</summary>
public static class EarlyStop
{
    /// <param name="trial">The trial, with what it reported so far.</param>
    /// <param name="all">All trials of the sweep; the trial itself may be among them.</param>
    public static Judgement Judge(StopRule rule, Direction direction, Trial trial, IReadOnlyList<Trial> all) => rule switch
    {
        AshaRule asha => Halve(trial, all, direction, asha.MinSteps, asha.Factor, _ => true),
        HyperbandRule band => Halve(trial, all, direction, FirstStep(band, Bracket(band, trial.Number)), band.Factor, t => Bracket(band, t.Number) == Bracket(band, trial.Number)),
        MedianRule median => new(trial.Rung, Median(median, direction, trial, all)),
        _ => throw new InvalidOperationException($"{rule.GetType().Name} is no rule"),
    };

    /// <summary>The halving that a trial belongs to: 0 judges first. Halvings that judge earlier get more trials, so that each costs about the same.</summary>
    internal static int Bracket(HyperbandRule rule, int trial)
    {
        int brackets = 1 + (int)Math.Floor(Math.Log((double)rule.MaxSteps / rule.MinSteps, rule.Factor) + 1e-9);
        // A trial of bracket b costs about (b + 1) rungs' worth of the whole, so b gets 1/(b + 1) of the trials: dealt out in a fixed order.
        double[] weights = [.. Enumerable.Range(0, brackets).Select(b => 1.0 / (b + 1))];
        double[] dealt = new double[brackets];
        int chosen = 0;
        for (int i = 0; i <= trial % 1000; i++)
        {
            for (int b = 0; b < brackets; b++)
                dealt[b] += weights[b];
            chosen = Array.IndexOf(dealt, dealt.Max());
            dealt[chosen] -= weights.Sum();
        }
        return chosen;
    }

    private static long FirstStep(HyperbandRule rule, int bracket) => (long)Math.Round(rule.MinSteps * Math.Pow(rule.Factor, bracket));

    private static Judgement Halve(Trial trial, IReadOnlyList<Trial> all, Direction direction, long first, int factor, Func<Trial, bool> competes)
    {
        int rung = trial.Rung;
        while (At(trial, StepOf(rung + 1, first, factor)) is { } mine)
        {
            rung++;
            double[] others = [.. all.Where(t => t.Number != trial.Number && competes(t)).Select(t => At(t, StepOf(rung, first, factor))).OfType<double>()];
            int better = others.Count(o => IsBetter(o, mine, direction));
            int most = Math.Max(1, (others.Length + 1) / factor);
            if (better >= most)
            {
                return new(rung, string.Create(CultureInfo.InvariantCulture,
                    $"at step {StepOf(rung, first, factor)} it was number {better + 1} of {others.Length + 1}, and {most} {(most == 1 ? "goes" : "go")} on"));
            }
        }
        return new(rung, null);
    }

    private static string? Median(MedianRule rule, Direction direction, Trial trial, IReadOnlyList<Trial> all)
    {
        if (trial.Curve.Count == 0 || trial.Curve[^1].Step < Math.Max(1, rule.MinSteps))
            return null;
        long step = trial.Curve[^1].Step;
        double[] others = [.. all.Where(t => t.Number != trial.Number && t.State is TrialState.Completed && t.Curve.Count > 0)
            .Select(t => t.Curve.TakeWhile(p => p.Step <= step).Select(p => p.Value).DefaultIfEmpty(double.NaN).Average()).Where(double.IsFinite).Order()];
        if (others.Length < rule.MinTrials)
            return null;
        double median = (others[(others.Length - 1) / 2] + others[others.Length / 2]) / 2;
        double best = direction == Direction.Maximize ? trial.Curve.Max(p => p.Value) : trial.Curve.Min(p => p.Value);
        return IsBetter(median, best, direction)
            ? string.Create(CultureInfo.InvariantCulture, $"at step {step} its best was {best:G6}, and the median of {others.Length} others {median:G6}")
            : null;
    }

    private static long StepOf(int rung, long first, int factor)
    {
        double step = first * Math.Pow(factor, rung);
        return step >= long.MaxValue ? long.MaxValue : (long)step;
    }

    // The first value at the step or past it: not every program reports every step.
    private static double? At(Trial trial, long step)
    {
        foreach (CurvePoint point in trial.Curve)
            if (point.Step >= step)
                return point.Value;
        return null;
    }

    internal static bool IsBetter(double value, double than, Direction direction) =>
        double.IsFinite(value) && (!double.IsFinite(than) || (direction == Direction.Maximize ? value > than : value < than));
}
