using MLPlatform.Vlps.Metrics;

namespace MLPlatform.Activities.Evaluation;

/// <summary>What a gate decided, with everything that it decided by.</summary>
/// <param name="Metric">What the models were judged by.</param>
/// <param name="Candidate">The candidate's value.</param>
/// <param name="Champion">The champion's value; null where there is no champion.</param>
/// <param name="Improvement">How much better the candidate is; positive is better whatever the metric.</param>
/// <param name="CiLow">Lower end of the interval of the improvement.</param>
/// <param name="CiHigh">Upper end.</param>
/// <param name="Checks">All that was looked at, in the order of the page.</param>
/// <param name="Slices">The comparison on each slice, where slices were asked for and there is a champion.</param>
internal sealed record Verdict(
    JudgedBy Metric, double Candidate, double? Champion, double? Improvement, double? CiLow, double? CiHigh,
    IReadOnlyList<GateCheck> Checks, IReadOnlyList<SliceComparison> Slices)
{
    /// <summary>Whether the candidate may go on: every check passed.</summary>
    public bool Passed => Checks.All(c => c.Passed);

    /// <summary>Why, as sentences: what stops it first.</summary>
    public string Reason => string.Join(' ', Checks.OrderBy(c => c.Passed).Select(c => c.Why));

    public static string NameOf(JudgedBy metric) => metric switch
    {
        JudgedBy.Auc => "AUC",
        JudgedBy.LogLoss => "log loss",
        _ => "accuracy",
    };
}
