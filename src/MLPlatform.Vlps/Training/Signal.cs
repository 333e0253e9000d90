namespace MLPlatform.Vlps.Training;

/// <summary>Whether samples can be learned from.</summary>
internal static class Signal
{
    /// <summary>Refuses an epoch without rows or with one class only; towers tell positives from each other, so they need those alone.</summary>
    /// <param name="samples">The samples, to tell what their label column holds; null where they are not at hand.</param>
    public static void Require(long rows, long positives, FieldSamples? samples, bool towers = false)
    {
        if (rows == 0)
            throw new VlpsException(VlpsProblem.NoSignal, "the table of samples has no rows");
        if (positives == 0 || (positives == rows && !towers))
            throw new VlpsException(VlpsProblem.NoSignal,
                $"all {rows} samples have the label {(positives == 0 ? 0 : 1)}, so there is nothing to tell apart{(samples is null ? "" : $": {samples.DescribeLabel()}")}");
    }
}
