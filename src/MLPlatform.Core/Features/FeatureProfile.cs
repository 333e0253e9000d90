using MLPlatform.Core.Drift;

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

    /// <summary>How far the values moved since an earlier table; null where a table is empty. An index under 0.1 is little, above 0.25 much.</summary>
    public DistributionDrift? DriftFrom(FeatureProfile earlier)
    {
        // A feature that had no value yet is neither a number nor a text.
        bool texts = Frequent.Count > 0 || earlier.Frequent.Count > 0;
        return DistributionDrift.Between(earlier.Distribution(texts), Distribution(texts));
    }

    private Distribution Distribution(bool texts) => texts
        ? new Distribution.Categories(Rows, Missing, Frequent.ToDictionary(f => f.Value, f => f.Share, StringComparer.Ordinal))
        : new Distribution.Quantiles(Rows, Missing, Percentiles);
}

public sealed record ValueShare(string Value, double Share);
