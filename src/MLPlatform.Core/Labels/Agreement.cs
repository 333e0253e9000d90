namespace MLPlatform.Core.Labels;

/// <summary>
/// How far people agree beyond chance: 1 is always, 0 as often as chance would. Null where it is not defined, because
/// nobody shares an item or everybody gave one and the same answer.
/// </summary>
public static class Agreement
{
    /// <summary>Cohen's kappa of two people over the items that both labeled.</summary>
    public static double? Cohen(IReadOnlyCollection<(string First, string Second)> pairs)
    {
        if (pairs.Count == 0)
            return null;
        double n = pairs.Count, observed = pairs.Count(p => p.First == p.Second) / n;
        Dictionary<string, int> second = pairs.CountBy(p => p.Second, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal);
        double expected = pairs.CountBy(p => p.First, StringComparer.Ordinal).OrderBy(c => c.Key, StringComparer.Ordinal)
            .Sum(c => c.Value / n * (second.GetValueOrDefault(c.Key) / n));
        return expected < 1 ? (observed - expected) / (1 - expected) : null;
    }

    /// <summary>Fleiss' kappa. Each item has as many answers as every other, 2 or more; else null.</summary>
    /// <param name="counts">For each item, how many people chose each category.</param>
    public static double? Fleiss(IReadOnlyList<IReadOnlyList<int>> counts)
    {
        int raters = counts.Count == 0 ? 0 : counts[0].Sum();
        if (raters < 2 || counts.Any(item => item.Sum() != raters))
            return null;
        double observed = counts.Average(item => (item.Sum(c => (double)c * c) - raters) / ((double)raters * (raters - 1)));
        double expected = Enumerable.Range(0, counts[0].Count)
            .Sum(k => Math.Pow(counts.Sum(item => (double)item[k]) / ((double)counts.Count * raters), 2));
        return expected < 1 ? (observed - expected) / (1 - expected) : null;
    }

    /// <summary>Krippendorff's alpha for categories; answers may be missing anywhere.</summary>
    /// <param name="items">The answers to each item.</param>
    public static double? AlphaNominal(IEnumerable<IReadOnlyList<string>> items) => Alpha(
        items, answers => Unequal([.. answers.CountBy(v => v, StringComparer.Ordinal).Select(c => c.Value)]));

    /// <summary>Krippendorff's alpha for numbers whose differences mean something; answers may be missing anywhere.</summary>
    /// <param name="items">The answers to each item.</param>
    public static double? AlphaInterval(IEnumerable<IReadOnlyList<double>> items) => Alpha(items, SquaredDifferences);

    /// <param name="disagreement">Summed over all ordered pairs of the answers.</param>
    private static double? Alpha<T>(IEnumerable<IReadOnlyList<T>> items, Func<IReadOnlyList<T>, double> disagreement)
    {
        List<IReadOnlyList<T>> pairable = [.. items.Where(answers => answers.Count > 1)];
        List<T> all = [.. pairable.SelectMany(answers => answers)];
        double expected = disagreement(all);
        return expected > 0 ? 1 - (all.Count - 1) * pairable.Sum(answers => disagreement(answers) / (answers.Count - 1)) / expected : null;
    }

    private static double Unequal(IReadOnlyList<int> counts)
    {
        double all = counts.Sum(c => (double)c);
        return all * all - counts.Sum(c => (double)c * c);
    }

    private static double SquaredDifferences(IReadOnlyList<double> values)
    {
        if (values.Count == 0)
            return 0;
        double mean = values.Average(); // Taken off first, so that large numbers do not cancel.
        double sum = values.Sum(v => v - mean);
        return 2 * (values.Count * values.Sum(v => (v - mean) * (v - mean)) - sum * sum);
    }
}
