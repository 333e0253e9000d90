namespace MLPlatform.Core.Experiments.Comparison;

/// <summary>A tree that predicts a number from numbers: at each step the split that explains most of the variance.</summary>
internal sealed class RegressionTree
{
    private const int Deepest = 10, FewestInLeaf = 2;
    private readonly List<Node> _nodes = [];

    /// <param name="chosen">Rows to learn from; one may be there more than once.</param>
    public static RegressionTree Grow(double[][] rows, double[] target, int[] chosen, Random random)
    {
        RegressionTree tree = new();
        tree.Grow(rows, target, chosen, 0, random);
        return tree;
    }

    /// <summary>What the row should give, one of its values taken from elsewhere where that is asked.</summary>
    public double Predict(double[] row, int replaced = -1, double value = 0)
    {
        int at = 0;
        while (_nodes[at] is { Column: >= 0 } node)
            at = (node.Column == replaced ? value : row[node.Column]) <= node.Value ? node.Low : node.High;
        return _nodes[at].Value;
    }

    private int Grow(double[][] rows, double[] target, int[] chosen, int depth, Random random)
    {
        int place = _nodes.Count;
        double mean = chosen.Average(i => target[i]);
        _nodes.Add(new Node(-1, mean, 0, 0));
        if (depth == Deepest || chosen.Length < 2 * FewestInLeaf || Best(rows, target, chosen, random) is not { } split)
            return place;
        int low = Grow(rows, target, [.. chosen.Where(i => rows[i][split.Column] <= split.Value)], depth + 1, random);
        int high = Grow(rows, target, [.. chosen.Where(i => rows[i][split.Column] > split.Value)], depth + 1, random);
        _nodes[place] = new Node(split.Column, split.Value, low, high);
        return place;
    }

    private static (int Column, double Value)? Best(double[][] rows, double[] target, int[] chosen, Random random)
    {
        // Each split sees a part of the columns, so that the trees differ and none always stands behind another.
        int[] columns = [.. Enumerable.Range(0, rows[0].Length)];
        random.Shuffle(columns);
        int looks = Math.Max(1, (columns.Length + 1) / 2);
        (int Column, double Value)? best = null;
        double most = 1e-12;
        double[] keys = new double[chosen.Length], values = new double[chosen.Length];
        double all = chosen.Sum(i => target[i]);
        foreach (int column in columns[..looks])
        {
            for (int i = 0; i < keys.Length; i++)
                (keys[i], values[i]) = (rows[chosen[i]][column], target[chosen[i]]);
            Array.Sort(keys, values);
            double left = 0;
            for (int i = 0; i + 1 < keys.Length; i++)
            {
                left += values[i];
                int count = i + 1, rest = keys.Length - count;
                if (keys[i] == keys[i + 1] || count < FewestInLeaf || rest < FewestInLeaf)
                    continue;
                // How much the sum of squares falls, the same for every split left out.
                double gain = (left * left / count) + ((all - left) * (all - left) / rest) - (all * all / keys.Length);
                if (gain > most)
                    (most, best) = (gain, (column, Between(keys[i], keys[i + 1])));
            }
        }
        return best;
    }

    private static double Between(double low, double high) => double.IsInfinity(low) || double.IsInfinity(high) ? low : low + ((high - low) / 2) is var middle && middle < high ? middle : low;

    /// <param name="Column">-1 for a leaf.</param>
    /// <param name="Value">Where it splits; a leaf's prediction.</param>
    private readonly record struct Node(int Column, double Value, int Low, int High);
}
