using System.Globalization;

namespace MLPlatform.Core.Experiments.Comparison;

/// <summary>
/// How much each parameter has to do with a metric: a random forest learns the metric from the parameters, and what a tree gets
/// wrong about runs that it did not see, once one parameter's values are mixed up among them, is that parameter's share.
/// </summary>
public static class ParameterImportance
{
    /// <summary>Fewer runs than this tell nothing.</summary>
    public const int FewestRuns = 8;

    private const int Trees = 60, MostRuns = 1000, Seed = 20260301;

    /// <summary>Parameters with their shares, which add up to 1, the largest first; or why there are none.</summary>
    public static Importance Of(IReadOnlyList<TrackedRun> runs, string metric)
    {
        List<TrackedRun> known = [.. runs.Where(run => run.Metric(metric) is { } value && double.IsFinite(value))];
        Random random = new(Seed);
        if (known.Count > MostRuns)
        {
            // The same ones each time.
            TrackedRun[] drawn = [.. known];
            random.Shuffle(drawn);
            known = [.. drawn[..MostRuns]];
        }
        ParameterTable table = ParameterTable.Of(known);
        double[] target = [.. known.Select(run => run.Metric(metric)!.Value)];
        if (known.Count < FewestRuns)
            return new([], string.Create(CultureInfo.InvariantCulture, $"{known.Count} {(known.Count == 1 ? "run has" : "runs have")} the metric {metric}, and fewer than {FewestRuns} tell nothing"));
        if (table.Names.Count == 0)
            return new([], "no parameter differs among these runs, or each run has another text");
        if (target.Max() <= target.Min())
            return new([], $"{metric} is the same in all runs");
        double[] shares = new double[table.Names.Count];
        for (int tree = 0; tree < Trees; tree++)
            Add(shares, table.Rows, target, random);
        double all = shares.Sum(s => Math.Max(0, s));
        return all <= 0
            ? new([], $"no parameter helps to tell {metric}")
            : new([.. table.Names.Select((name, i) => new ParameterShare(name, Math.Max(0, shares[i]) / all)).OrderByDescending(s => s.Share).ThenBy(s => s.Parameter, StringComparer.Ordinal)], null);
    }

    private static void Add(double[] shares, double[][] rows, double[] target, Random random)
    {
        int[] drawn = new int[rows.Length];
        bool[] seen = new bool[rows.Length];
        for (int i = 0; i < drawn.Length; i++)
            seen[drawn[i] = random.Next(rows.Length)] = true;
        int[] unseen = [.. Enumerable.Range(0, rows.Length).Where(i => !seen[i])];
        if (unseen.Length < 2)
            return;
        RegressionTree tree = RegressionTree.Grow(rows, target, drawn, random);
        double before = unseen.Sum(i => Squared(tree.Predict(rows[i]) - target[i]));
        for (int parameter = 0; parameter < shares.Length; parameter++)
        {
            int[] mixed = [.. unseen];
            random.Shuffle(mixed);
            double after = 0;
            for (int i = 0; i < unseen.Length; i++)
                after += Squared(tree.Predict(rows[unseen[i]], parameter, rows[mixed[i]][parameter]) - target[unseen[i]]);
            shares[parameter] += (after - before) / unseen.Length;
        }
    }

    private static double Squared(double x) => x * x;
}

/// <param name="WhyNone">Why there are no shares; null where there are.</param>
public sealed record Importance(IReadOnlyList<ParameterShare> Shares, string? WhyNone);

/// <param name="Share">From 0 to 1.</param>
public sealed record ParameterShare(string Parameter, double Share);
