namespace MLPlatform.Core.Features;

/// <summary>What the values of one feature look like, in one table.</summary>
/// <param name="Rows">Rows of the table.</param>
/// <param name="Missing">Rows without a value.</param>
/// <param name="Mean">Of numbers; null for texts and where there is none.</param>
/// <param name="Percentiles">Of numbers: 101 of them, from the least to the greatest, from a sample; empty for texts.</param>
/// <param name="Frequent">Of texts and truth values: the most frequent ones with their share of the sample; empty for numbers.</param>
public sealed record FeatureProfile(
    string Feature, long Rows, long Missing, double? Mean, double? Deviation, double? Min, double? Max,
    IReadOnlyList<double> Percentiles, IReadOnlyList<ValueShare> Frequent)
{
    public double MissingRate => Rows == 0 ? 0 : (double)Missing / Rows;
}

public sealed record ValueShare(string Value, double Share);

/// <summary>How far the values of a feature moved from one table to another.</summary>
public static class FeatureDrift
{
    private const double Least = 1e-4; // A share of nothing has no logarithm.

    /// <summary>
    /// The population stability index over the deciles (or frequent values) of the earlier table, with missing values as a
    /// part of their own; null where a table is empty. Under 0.1 little has moved, above 0.25 much.
    /// </summary>
    public static double? Psi(FeatureProfile before, FeatureProfile after)
    {
        if (before.Rows == 0 || after.Rows == 0)
            return null;
        List<(double Before, double After)> parts = [(before.MissingRate, after.MissingRate)];
        double thereBefore = 1 - before.MissingRate, thereAfter = 1 - after.MissingRate;
        if (before.Percentiles.Count > 0 && after.Percentiles.Count > 0)
        {
            double[] edges = [.. Enumerable.Range(1, 9).Select(d => before.Percentiles[d * 10]).Distinct()];
            for (int e = 0; e <= edges.Length; e++)
                parts.Add((thereBefore * Between(before, edges, e), thereAfter * Between(after, edges, e)));
        }
        else
        {
            foreach (string value in before.Frequent.Concat(after.Frequent).Select(f => f.Value).Distinct())
                parts.Add((thereBefore * Share(before, value), thereAfter * Share(after, value)));
        }
        return parts.Sum(p => Math.Max(p.After, Least) is var a && Math.Max(p.Before, Least) is var b ? (a - b) * Math.Log(a / b) : 0);
    }

    private static double Share(FeatureProfile profile, string value) => profile.Frequent.FirstOrDefault(f => f.Value == value)?.Share ?? 0;

    // The share of the profile's values in (edge e-1, edge e].
    private static double Between(FeatureProfile profile, double[] edges, int e) =>
        (e == edges.Length ? 1 : AtMost(profile, edges[e])) - (e == 0 ? 0 : AtMost(profile, edges[e - 1]));

    private static double AtMost(FeatureProfile profile, double value)
    {
        int count = profile.Percentiles.Count(p => p <= value);
        if (count == 0)
            return 0;
        if (count == profile.Percentiles.Count)
            return 1;
        // Between two percentiles values are taken as evenly spread.
        double low = profile.Percentiles[count - 1], high = profile.Percentiles[count];
        return (count - 1 + (high > low ? (value - low) / (high - low) : 0)) / (profile.Percentiles.Count - 1);
    }
}
