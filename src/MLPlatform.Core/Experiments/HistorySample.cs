namespace MLPlatform.Core.Experiments;

/// <summary>Thins long histories for curves.</summary>
public static class HistorySample
{
    /// <summary>
    /// Steps to show: all of the interval where there are no more than <paramref name="most"/>; else so many at even distances, and
    /// the first and the last step of each run besides.
    /// </summary>
    public static IReadOnlySet<long> Steps(IEnumerable<IReadOnlyList<MetricValue>> histories, long? from, long? to, int most)
    {
        SortedSet<long> all = [];
        HashSet<long> shown = [];
        foreach (IReadOnlyList<MetricValue> history in histories)
        {
            long[] inside = [.. history.Select(p => p.Step).Where(s => (from is null || s >= from) && (to is null || s <= to))];
            all.UnionWith(inside);
            if (inside.Length > 0)
                shown.UnionWith([inside.Min(), inside.Max()]);
        }
        if (all.Count <= most)
            return all;
        long[] steps = [.. all];
        for (int i = 0; i < most; i++)
            shown.Add(steps[(int)((long)i * (steps.Length - 1) / Math.Max(1, most - 1))]);
        return shown;
    }
}
