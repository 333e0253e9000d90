namespace MLPlatform.Activities.Samples.AppStore;

/// <summary>The chance that a random positive scores above a random negative, a tie counting half.</summary>
internal static class Auc
{
    public static double Of(List<(double Score, bool Positive)> outcomes)
    {
        List<(double Score, bool Positive)> sorted = [.. outcomes.OrderBy(o => o.Score)];
        double negatives = 0;
        double pairs = 0;
        double positives = 0;
        for (int start = 0; start < sorted.Count;)
        {
            int end = start;
            int tiedPositives = 0;
            for (; end < sorted.Count && sorted[end].Score == sorted[start].Score; end++)
                tiedPositives += sorted[end].Positive ? 1 : 0;
            int tiedNegatives = end - start - tiedPositives;
            pairs += tiedPositives * (negatives + 0.5 * tiedNegatives);
            positives += tiedPositives;
            negatives += tiedNegatives;
            start = end;
        }
        return positives == 0 || negatives == 0 ? 0.5 : pairs / (positives * negatives);
    }
}
