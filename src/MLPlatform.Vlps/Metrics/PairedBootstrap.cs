namespace MLPlatform.Vlps.Metrics;

public enum JudgedBy
{
    /// <summary>Area under the ROC curve; more is better.</summary>
    Auc,

    /// <summary>Mean log loss; less is better.</summary>
    LogLoss,

    /// <summary>Share of rows on the right side of the threshold; more is better.</summary>
    Accuracy,
}

/// <summary>A metric of two models on the same rows, and how sure the difference is.</summary>
/// <param name="Improvement">How much better the candidate is; positive is better whatever the metric.</param>
/// <param name="Low">Lower end of the confidence interval of the improvement.</param>
/// <param name="High">Upper end.</param>
public sealed record PairedComparison(double Candidate, double Champion, double Improvement, double Low, double High);

/// <summary>
/// The paired bootstrap: rows (or whole groups of rows) are drawn again and again with replacement, both models are
/// judged on each draw, and the quantiles of the differences are the interval. Equal seeds give equal intervals.
/// </summary>
public sealed class PairedBootstrap
{
    private readonly Judge _candidate;
    private readonly Judge _champion;
    private readonly byte[] _labels;
    private readonly int[]? _groups;
    private readonly int _groupCount;
    private readonly bool _lessIsBetter;

    /// <param name="metric">What both are judged by.</param>
    /// <param name="candidate">The candidate's scores.</param>
    /// <param name="champion">The champion's scores of the same rows.</param>
    /// <param name="labels">0 or 1; both must occur.</param>
    /// <param name="groups">Rows of one group are drawn together (users, say); null: rows are drawn one by one, within each class.</param>
    /// <param name="threshold">For accuracy.</param>
    public PairedBootstrap(JudgedBy metric, float[] candidate, float[] champion, byte[] labels, ulong[]? groups, double threshold)
    {
        _candidate = Judge.Of(metric, candidate, labels, threshold);
        _champion = Judge.Of(metric, champion, labels, threshold);
        _labels = labels;
        _lessIsBetter = metric == JudgedBy.LogLoss;
        if (groups is null)
            return;
        var numbers = new Dictionary<ulong, int>();
        _groups = new int[groups.Length];
        for (int i = 0; i < groups.Length; i++)
        {
            if (!numbers.TryGetValue(groups[i], out _groups[i]))
                numbers.Add(groups[i], _groups[i] = numbers.Count);
        }
        _groupCount = numbers.Count;
    }

    /// <param name="resamples">How many draws.</param>
    /// <param name="confidence">For example 0.95.</param>
    /// <param name="seed">Seeds the draws.</param>
    /// <param name="threads">Threads to use; they do not change the result.</param>
    /// <param name="cancel">Ends it early.</param>
    public PairedComparison Compare(int resamples, double confidence, long seed, int threads, CancellationToken cancel)
    {
        var ones = new int[_labels.Length];
        Array.Fill(ones, 1);
        double candidate = _candidate.Value(ones), champion = _champion.Value(ones);
        var differences = new double[resamples];
        Parallel.For(0, resamples, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancel },
            () => new int[_labels.Length],
            (i, _, counts) =>
            {
                var random = new SeededRandom((ulong)seed, (ulong)i);
                if (_groups is null)
                    DrawRows(counts, ref random);
                else
                    DrawGroups(counts, ref random);
                differences[i] = Improvement(_candidate.Value(counts), _champion.Value(counts));
                return counts;
            },
            _ => { });
        Array.Sort(differences);
        double tail = (1 - confidence) / 2;
        return new PairedComparison(
            candidate, champion, Improvement(candidate, champion), Quantile(differences, tail), Quantile(differences, 1 - tail));
    }

    private double Improvement(double candidate, double champion) => _lessIsBetter ? champion - candidate : candidate - champion;

    // Within each class, so that a rare class never vanishes from a draw.
    private void DrawRows(int[] counts, ref SeededRandom random)
    {
        Array.Clear(counts);
        int[] positives = _candidate.Positives, negatives = _candidate.Negatives;
        for (int i = 0; i < positives.Length; i++)
            counts[positives[random.Below(positives.Length)]]++;
        for (int i = 0; i < negatives.Length; i++)
            counts[negatives[random.Below(negatives.Length)]]++;
    }

    private void DrawGroups(int[] counts, ref SeededRandom random)
    {
        var drawn = new int[_groupCount];
        for (int i = 0; i < drawn.Length; i++)
            drawn[random.Below(drawn.Length)]++;
        for (int i = 0; i < counts.Length; i++)
            counts[i] = drawn[_groups![i]];
    }

    private static double Quantile(double[] sorted, double at)
    {
        double place = at * (sorted.Length - 1);
        int below = (int)place;
        return below + 1 < sorted.Length ? sorted[below] + (place - below) * (sorted[below + 1] - sorted[below]) : sorted[below];
    }
}

/// <summary>splitmix64 with bounded draws.</summary>
internal struct SeededRandom(ulong seed, ulong stream)
{
    private ulong _state = Features.FeatureHash.Combine(seed, stream);

    public int Below(int bound)
    {
        _state += 0x9E37_79B9_7F4A_7C15;
        ulong x = _state;
        x = (x ^ (x >> 30)) * 0xBF58_476D_1CE4_E5B9;
        x = (x ^ (x >> 27)) * 0x94D0_49BB_1331_11EB;
        return (int)Math.BigMul(x ^ (x >> 31), (ulong)bound, out _);
    }
}
