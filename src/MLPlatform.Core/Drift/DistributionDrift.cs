namespace MLPlatform.Core.Drift;

/// <summary>How far a sample moved from another, by what is kept of both.</summary>
/// <param name="Psi">The population stability index, missing values being a part of their own.</param>
/// <param name="Ks">The largest distance between the two distribution functions of the values present; null for texts and where a side has none.</param>
public sealed record DistributionDrift(double Psi, double? Ks)
{
    private const int DefaultBins = 10;

    /// <summary>
    /// Compares two distributions of one kind; null where a side has no rows or the kinds differ. The bins of numbers end
    /// at the reference's quantiles, those of texts are the values that either side knows.
    /// </summary>
    public static DistributionDrift? Between(Distribution reference, Distribution own, int bins = DefaultBins)
    {
        if (reference.Rows == 0 || own.Rows == 0)
            return null;
        return (reference, own) switch
        {
            (Distribution.Numbers before, Distribution.Numbers now) => Numbers(before, now, bins),
            (Distribution.Categories before, Distribution.Categories now) => Categories(before, now),
            _ => null,
        };
    }

    private static DistributionDrift Numbers(Distribution.Numbers reference, Distribution.Numbers own, int bins)
    {
        if (!reference.IsKnown || !own.IsKnown)
            return new DistributionDrift(Index(reference, own, [(own.IsKnown ? 1 : 0, reference.IsKnown ? 1 : 0)]), null);
        double[] cuts = [.. Enumerable.Range(1, bins - 1).Select(i => reference.At((double)i / bins)).Distinct()];
        List<(double Own, double Reference)> parts = [];
        (double mine, double theirs) = (0, 0);
        foreach (double cut in cuts)
        {
            (double upToMine, double upToTheirs) = (own.AtMost(cut), reference.AtMost(cut));
            parts.Add((upToMine - mine, upToTheirs - theirs));
            (mine, theirs) = (upToMine, upToTheirs);
        }
        parts.Add((1 - mine, 1 - theirs));
        // Where many values are equal the functions jump, so both sides of a knot count.
        double ks = reference.Knots.Concat(own.Knots).SelectMany(x => new[] { x, Math.BitDecrement(x) }).Max(x => Math.Abs(own.AtMost(x) - reference.AtMost(x)));
        return new DistributionDrift(Index(reference, own, parts), ks);
    }

    private static DistributionDrift Categories(Distribution.Categories reference, Distribution.Categories own)
    {
        IEnumerable<string> values = reference.Shares.Keys.Concat(own.Shares.Keys).Distinct();
        return new DistributionDrift(Index(reference, own,
            values.Select(v => (own.Shares.GetValueOrDefault(v), reference.Shares.GetValueOrDefault(v)))), null);
    }

    // The parts are shares of the values present; missing ones are a part of their own where there are any.
    private static double Index(Distribution reference, Distribution own, IEnumerable<(double Own, double Reference)> parts)
    {
        List<(double, double)> all = [.. parts.Select(p => (p.Own * (1 - own.MissingRate), p.Reference * (1 - reference.MissingRate)))];
        if (own.Missing > 0 || reference.Missing > 0)
            all.Add((own.MissingRate, reference.MissingRate));
        return DriftFigures.PsiOf(all);
    }
}
