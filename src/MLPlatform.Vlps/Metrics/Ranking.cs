namespace MLPlatform.Vlps.Metrics;

/// <summary>How well scores put positives before negatives. Exact: ties count one half.</summary>
public static class Ranking
{
    /// <summary>
    /// The area under the ROC curve: the chance that a positive scores above a negative. Null where there is only one
    /// class.
    /// </summary>
    public static double? Auc(ReadOnlySpan<float> scores, ReadOnlySpan<byte> labels)
    {
        float[] sorted = scores.ToArray();
        byte[] theirs = labels.ToArray();
        Array.Sort(sorted, theirs);
        return AucOfSorted(sorted, theirs);
    }

    /// <summary>The same for scores that already ascend.</summary>
    public static double? AucOfSorted(ReadOnlySpan<float> scores, ReadOnlySpan<byte> labels)
    {
        double wins = 0;
        long positives = 0, negatives = 0;
        for (int i = 0; i < scores.Length;)
        {
            long tiedPositives = 0, tiedNegatives = 0;
            float score = scores[i];
            for (; i < scores.Length && scores[i] == score; i++)
            {
                tiedPositives += labels[i];
                tiedNegatives += 1 - labels[i];
            }
            wins += tiedPositives * (negatives + 0.5 * tiedNegatives);
            positives += tiedPositives;
            negatives += tiedNegatives;
        }
        return positives == 0 || negatives == 0 ? null : wins / ((double)positives * negatives);
    }

    /// <summary>
    /// The AUC within each group, weighted by the group's rows; groups with one class only say nothing and are left out.
    /// </summary>
    /// <returns>The mean, or null where no group has both classes, and how many groups took part.</returns>
    public static (double? Auc, int Groups) GroupedAuc(float[] scores, byte[] labels, ulong[] groups)
    {
        int[] order = [.. Enumerable.Range(0, scores.Length)];
        Array.Sort(order, (a, b) => groups[a] != groups[b] ? groups[a].CompareTo(groups[b])
            : scores[a] != scores[b] ? scores[a].CompareTo(scores[b]) : a.CompareTo(b));
        var groupScores = new List<float>();
        var groupLabels = new List<byte>();
        double sum = 0, weight = 0;
        int used = 0;
        for (int i = 0; i < order.Length;)
        {
            ulong group = groups[order[i]];
            groupScores.Clear();
            groupLabels.Clear();
            for (; i < order.Length && groups[order[i]] == group; i++)
            {
                groupScores.Add(scores[order[i]]);
                groupLabels.Add(labels[order[i]]);
            }
            ReadOnlySpan<float> s = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(groupScores);
            if (AucOfSorted(s, System.Runtime.InteropServices.CollectionsMarshal.AsSpan(groupLabels)) is not { } auc)
                continue;
            sum += auc * s.Length;
            weight += s.Length;
            used++;
        }
        return (weight == 0 ? null : sum / weight, used);
    }
}
