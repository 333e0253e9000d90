using MLPlatform.Vlps.Features;

namespace MLPlatform.Vlps.Training;

/// <summary>Whether samples can be learned from.</summary>
internal static class Signal
{
    /// <summary>Refuses an epoch without rows, of one class only or without weight; towers tell positives from each other, so they need those alone.</summary>
    /// <param name="weight">What the samples weigh together, of towers those with label 1.</param>
    /// <param name="samples">The samples, to tell what their label column holds; null where they are not at hand.</param>
    public static void Require(long rows, long positives, double weight, FieldSamples? samples, bool towers = false)
    {
        if (rows == 0)
            throw new VlpsException(VlpsProblem.NoSignal, "the table of samples has no rows");
        if (positives == 0 || (positives == rows && !towers))
            throw new VlpsException(VlpsProblem.NoSignal,
                $"all {rows} samples have the label {(positives == 0 ? 0 : 1)}, so there is nothing to tell apart{(samples is null ? "" : $": {samples.DescribeLabel()}")}");
        if (!(weight > 0))
            throw new VlpsException(VlpsProblem.NoSignal,
                $"all {(towers ? positives : rows)} samples{(towers ? " with label 1" : "")} weigh 0, so nothing is learned from them; correct the column of weights, or leave 'weight' out");
    }

    /// <summary>The labels, unless a feature reads one of them: the model would learn to repeat it, and look perfect.</summary>
    public static IReadOnlyList<LabelColumn> WithoutFeatures(IReadOnlyList<LabelColumn> labels, FeatureSpec spec)
    {
        foreach (FittedFeature feature in spec.Features)
        {
            if (labels.FirstOrDefault(l => feature.Columns.Contains(l.Column, StringComparer.Ordinal)) is { } label)
                throw new VlpsException(VlpsProblem.Specification,
                    $"the feature '{feature.Name}' reads the label's column '{label.Column}', so the model would learn to repeat it; take it out of the features");
        }
        return labels;
    }
}
