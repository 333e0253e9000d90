namespace MLPlatform.Vlps.Metrics;

/// <summary>How good lists of found items are, over queries of which some items are known to be right.</summary>
/// <param name="cutoffs">Lengths at which the lists are judged.</param>
public sealed class FoundItems(IReadOnlyList<int> cutoffs)
{
    private readonly double[] _recall = new double[cutoffs.Count], _hits = new double[cutoffs.Count], _gain = new double[cutoffs.Count], _reciprocal = new double[cutoffs.Count];

    /// <summary>Queries that were judged.</summary>
    public long Queries { get; private set; }

    /// <param name="found">The items of a query, the best first; each once.</param>
    /// <param name="right">The items that are right, ascending; -1 stands for one that cannot be found. At least one.</param>
    public void Add(ReadOnlySpan<int> found, ReadOnlySpan<int> right)
    {
        Queries++;
        int hits = 0, place = 0, first = 0;
        double gain = 0;
        for (int i = 0; i < cutoffs.Count; i++)
        {
            for (; place < Math.Min(cutoffs[i], found.Length); place++)
            {
                if (right.BinarySearch(found[place]) < 0)
                    continue;
                hits++;
                gain += Gain(place);
                first = first == 0 ? place + 1 : first;
            }
            _recall[i] += hits / (double)right.Length;
            _hits[i] += hits > 0 ? 1 : 0;
            _gain[i] += gain / Best(Math.Min(cutoffs[i], right.Length));
            _reciprocal[i] += first > 0 ? 1.0 / first : 0;
        }
    }

    /// <summary>The means over all queries, for each cutoff.</summary>
    public IReadOnlyList<FoundFigures> Figures =>
        [.. cutoffs.Select((k, i) => new FoundFigures(k, _recall[i] / Queries, _hits[i] / Queries, _gain[i] / Queries, _reciprocal[i] / Queries))];

    private static double Gain(int place) => 1 / Math.Log2(place + 2);

    private static double Best(int count)
    {
        double sum = 0;
        for (int place = 0; place < count; place++)
            sum += Gain(place);
        return sum;
    }
}

/// <param name="K">How many of each list count.</param>
/// <param name="Recall">Share of a query's right items that are among them.</param>
/// <param name="HitRate">Share of queries with at least one.</param>
/// <param name="Ndcg">Sum of 1 / log2(place + 1) over those found, over the most that it could be.</param>
/// <param name="Mrr">1 over the place of the first, 0 without one.</param>
public sealed record FoundFigures(int K, double Recall, double HitRate, double Ndcg, double Mrr);
