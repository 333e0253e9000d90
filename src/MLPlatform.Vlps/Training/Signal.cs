namespace MLPlatform.Vlps.Training;

/// <summary>Whether samples can be learned from.</summary>
internal static class Signal
{
    /// <summary>Refuses an epoch without rows or with one class only.</summary>
    public static void Require(long rows, long positives)
    {
        if (rows == 0)
            throw new VlpsException(VlpsProblem.NoSignal, "the table of samples has no rows");
        if (positives == 0 || positives == rows)
            throw new VlpsException(VlpsProblem.NoSignal,
                $"all {rows} samples have the label {(positives == 0 ? 0 : 1)}; there is nothing to tell apart");
    }
}
