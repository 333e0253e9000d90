using MLPlatform.Vlps.Metrics;

namespace MLPlatform.Activities.Evaluation;

/// <summary>What a gate decided, with everything that it decided by.</summary>
/// <param name="Passed">Whether the candidate may go on.</param>
/// <param name="Reason">Why, as sentences.</param>
/// <param name="Metric">What the models were judged by.</param>
/// <param name="Candidate">The candidate's value.</param>
/// <param name="Champion">The champion's value; null where there is no champion.</param>
/// <param name="Improvement">How much better the candidate is; positive is better whatever the metric.</param>
/// <param name="CiLow">Lower end of the interval of the improvement.</param>
/// <param name="CiHigh">Upper end.</param>
internal sealed record Verdict(
    bool Passed, string Reason, JudgedBy Metric, double Candidate, double? Champion, double? Improvement, double? CiLow, double? CiHigh)
{
    /// <summary>Decides. Pure.</summary>
    /// <param name="metric">What both were judged by.</param>
    /// <param name="candidate">The candidate's value.</param>
    /// <param name="comparison">The comparison with the champion, or null without one.</param>
    /// <param name="tolerance">How much worse the candidate may be, at the lower end of the interval.</param>
    /// <param name="bound">What the candidate must reach whatever the champion does: at least (log loss: at most) this; null: anything.</param>
    /// <param name="confidence">Of the interval, for the words.</param>
    public static Verdict Of(JudgedBy metric, double candidate, PairedComparison? comparison, double tolerance, double? bound, double confidence)
    {
        bool reaches = bound is not { } b || (metric == JudgedBy.LogLoss ? candidate <= b : candidate >= b);
        bool holds = comparison is null || comparison.Low >= -tolerance;
        string name = NameOf(metric), value = Page.Figure(candidate, "0.#####");
        string reason = bound is { } limit
            ? $"The candidate's {name} of {value} {(reaches ? "reaches" : "misses")} the required {Page.Figure(limit, "0.#####")}. "
            : $"The candidate's {name} is {value}. ";
        reason += comparison is null
            ? "There is no champion to compare with."
            : $"The champion's is {Page.Figure(comparison.Champion, "0.#####")}: the improvement is {Signed(comparison.Improvement)}, "
                + $"with {Page.Figure(confidence * 100, "0.#")} % confidence between {Signed(comparison.Low)} and {Signed(comparison.High)}; "
                + (holds ? $"no worse than the tolerance of {Page.Figure(tolerance, "0.#####")} allows." : $"it may be worse than the tolerance of {Page.Figure(tolerance, "0.#####")} allows.");
        return new Verdict(reaches && holds, reason, metric, candidate, comparison?.Champion, comparison?.Improvement, comparison?.Low, comparison?.High);
    }

    public static string NameOf(JudgedBy metric) => metric switch
    {
        JudgedBy.Auc => "AUC",
        JudgedBy.LogLoss => "log loss",
        _ => "accuracy",
    };

    private static string Signed(double value) => value.ToString("+0.#####;-0.#####;0", System.Globalization.CultureInfo.InvariantCulture);
}
