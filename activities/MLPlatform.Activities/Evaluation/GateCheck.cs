using MLPlatform.Vlps.Metrics;

namespace MLPlatform.Activities.Evaluation;

/// <summary>One thing that a gate looked at.</summary>
/// <param name="Name">What it is about: <c>minimum</c>, <c>constant</c>, <c>champion</c>, <c>calibration</c>, <c>latency</c>, <c>size</c> or <c>slice</c>.</param>
/// <param name="Passed">Whether the candidate may go on as far as this is concerned.</param>
/// <param name="Value">What was found, as a person reads it.</param>
/// <param name="Bound">What was allowed, as a person reads it.</param>
/// <param name="Why">The same as a sentence.</param>
internal sealed record GateCheck(string Name, bool Passed, string Value, string Bound, string Why)
{
    /// <summary>The candidate's value against a bound that it must reach whatever the champion does.</summary>
    public static GateCheck Minimum(JudgedBy metric, double candidate, double? bound)
    {
        string name = Verdict.NameOf(metric), value = Page.Figure(candidate, "0.#####");
        if (bound is not { } limit)
            return new GateCheck("minimum", true, value, "none", $"The candidate's {name} is {value}.");
        bool reaches = metric == JudgedBy.LogLoss ? candidate <= limit : candidate >= limit;
        string shown = Page.Figure(limit, "0.#####");
        return new GateCheck(
            "minimum", reaches, value, $"{(metric == JudgedBy.LogLoss ? "at most" : "at least")} {shown}",
            $"The candidate's {name} of {value} {(reaches ? "reaches" : "misses")} the required {shown}.");
    }

    /// <summary>
    /// Whether the candidate is surely better than one answer for all rows. Labels that were shuffled, in training or in the
    /// rows to judge by, end here, also where they make the champion look just as bad.
    /// </summary>
    public static GateCheck Constant(PairedComparison comparison, double confidence)
    {
        bool better = comparison.Low > 0;
        string interval = Interval(comparison);
        return new GateCheck(
            "constant", better, interval, "above 0",
            $"Over one score for all rows its improvement is {Page.Signed(comparison.Improvement)}, with {Percent(confidence)} confidence between {interval}: "
            + (better ? "it has learned something that holds on these rows." : "it may know nothing about these rows. Are the labels joined rightly, in training and here?"));
    }

    /// <summary>Whether the candidate is surely not worse than the champion, but for the tolerance.</summary>
    public static GateCheck Champion(PairedComparison? comparison, double tolerance, double confidence)
    {
        if (comparison is null)
            return new GateCheck("champion", true, "none", "none", "There is no champion to compare with.");
        bool holds = comparison.Low >= -tolerance;
        string interval = Interval(comparison), allowed = Page.Figure(tolerance, "0.#####");
        return new GateCheck(
            "champion", holds, interval, $"above -{allowed}",
            $"The champion's is {Page.Figure(comparison.Champion, "0.#####")}: the improvement is {Page.Signed(comparison.Improvement)}, "
            + $"with {Percent(confidence)} confidence between {interval}; "
            + (holds ? $"no worse than the tolerance of {allowed} allows." : $"it may be worse than the tolerance of {allowed} allows."));
    }

    /// <summary>The worst slices first; one check for each that is surely worse than allowed, or one for all.</summary>
    public static IEnumerable<GateCheck> Slices(IReadOnlyList<SliceComparison> slices, double tolerance)
    {
        string allowed = Page.Figure(tolerance, "0.#####");
        SliceComparison[] regressed = [.. slices.Where(s => s.RegressesBeyond(tolerance)).OrderBy(s => s.Comparison.Improvement)];
        foreach (SliceComparison slice in regressed)
        {
            yield return new GateCheck(
                "slice", false, $"{Page.Signed(slice.Comparison.Improvement)} on {slice.Name}", $"above -{allowed}",
                $"On {slice.Name} ({Page.Count(slice.Rows)} rows) it is worse than the champion by {Page.Figure(-slice.Comparison.Improvement)}, surely more than the {allowed} allowed.");
        }
        if (regressed.Length > 0)
            yield break;
        yield return slices.MinBy(s => s.Comparison.Improvement) is { } worst
            ? new GateCheck(
                "slice", true, $"{Page.Signed(worst.Comparison.Improvement)} on {worst.Name}", $"above -{allowed}",
                $"Of {slices.Count} slices none is surely worse than the champion by more than {allowed}; the worst is {worst.Name}, {Page.Signed(worst.Comparison.Improvement)}.")
            : new GateCheck("slice", true, "none", $"above -{allowed}", "No slice has rows enough, of both classes, to compare on.");
    }

    /// <summary>How far scores are from what happened, within bins of equal size.</summary>
    public static GateCheck Calibration(double error, double most) => AtMost(
        "calibration", error, most, value => Page.Figure(value), "The expected calibration error");

    /// <summary>How long one row takes.</summary>
    public static GateCheck Latency(double milliseconds, double most) => AtMost(
        "latency", milliseconds, most, value => Page.Figure(value) + " ms", "Scoring one row, at the 99th percentile here,");

    /// <summary>How large the model is.</summary>
    public static GateCheck Size(long bytes, decimal most) => AtMost(
        "size", bytes, (double)most, value => Page.Figure(value / (1 << 20), "0.##") + " MiB", "The model's size");

    private static GateCheck AtMost(string name, double value, double most, Func<double, string> show, string what)
    {
        bool holds = value <= most;
        return new GateCheck(
            name, holds, show(value), $"at most {show(most)}",
            $"{what} of {show(value)} {(holds ? "is within" : "exceeds")} the {show(most)} allowed.");
    }

    private static string Interval(PairedComparison comparison) => $"{Page.Signed(comparison.Low)} and {Page.Signed(comparison.High)}";

    private static string Percent(double confidence) => Page.Figure(confidence * 100, "0.#") + " %";
}
