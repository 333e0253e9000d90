namespace MLPlatform.Vlps.Metrics;

/// <summary>One model's metric on rows that count a given number of times each. Prepared once, so that each draw is one pass.</summary>
internal abstract class Judge(byte[] labels)
{
    public int[] Positives { get; } = [.. Enumerable.Range(0, labels.Length).Where(i => labels[i] == 1)];

    public int[] Negatives { get; } = [.. Enumerable.Range(0, labels.Length).Where(i => labels[i] == 0)];

    public abstract double Value(int[] counts);

    public static Judge Of(JudgedBy metric, float[] scores, byte[] labels, double threshold) => metric switch
    {
        JudgedBy.Auc => new AucJudge(scores, labels),
        JudgedBy.LogLoss => new MeanJudge(labels, [.. scores.Select((s, i) => Losses.LogLoss(s, labels[i]))]),
        _ => new MeanJudge(labels, [.. scores.Select((s, i) => s >= threshold == (labels[i] == 1) ? 1.0 : 0.0)]),
    };

    private sealed class MeanJudge(byte[] labels, double[] values) : Judge(labels)
    {
        public override double Value(int[] counts)
        {
            double sum = 0;
            long rows = 0;
            for (int i = 0; i < counts.Length; i++)
            {
                sum += counts[i] * values[i];
                rows += counts[i];
            }
            return rows == 0 ? 0 : sum / rows;
        }
    }

    private sealed class AucJudge : Judge
    {
        private readonly int[] _order;
        private readonly float[] _sorted;
        private readonly byte[] _labels;

        public AucJudge(float[] scores, byte[] labels)
            : base(labels)
        {
            _sorted = [.. scores];
            _order = [.. Enumerable.Range(0, scores.Length)];
            Array.Sort(_sorted, _order);
            _labels = labels;
        }

        public override double Value(int[] counts)
        {
            double wins = 0;
            long positives = 0, negatives = 0;
            for (int i = 0; i < _order.Length;)
            {
                long tiedPositives = 0, tiedNegatives = 0;
                float score = _sorted[i];
                for (; i < _order.Length && _sorted[i] == score; i++)
                {
                    int row = _order[i];
                    tiedPositives += _labels[row] * counts[row];
                    tiedNegatives += (1 - _labels[row]) * counts[row];
                }
                wins += tiedPositives * (negatives + 0.5 * tiedNegatives);
                positives += tiedPositives;
                negatives += tiedNegatives;
            }
            // A draw of groups may hold one class only; then nothing can be told.
            return positives == 0 || negatives == 0 ? 0.5 : wins / ((double)positives * negatives);
        }
    }
}
