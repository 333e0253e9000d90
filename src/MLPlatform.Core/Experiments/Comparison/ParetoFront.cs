namespace MLPlatform.Core.Experiments.Comparison;

/// <summary>Which runs no other run beats in everything at once.</summary>
public static class ParetoFront
{
    /// <summary>
    /// Positions of the points on the front, the best of the first goal first. A point lacking a value, or with one that is not
    /// finite, is never on it; equal points are on it together.
    /// </summary>
    /// <param name="points">Values by goal.</param>
    /// <param name="maximize">For each goal, whether more is better.</param>
    public static IReadOnlyList<int> Of(IReadOnlyList<IReadOnlyList<double?>> points, IReadOnlyList<bool> maximize)
    {
        // More is better from here on.
        List<(int At, double[] Values)> whole = [];
        for (int i = 0; i < points.Count; i++)
        {
            double[] values = new double[maximize.Count];
            int known = 0;
            for (int goal = 0; goal < values.Length; goal++)
            {
                if (points[i][goal] is not { } value || !double.IsFinite(value))
                    break;
                values[goal] = maximize[goal] ? value : -value;
                known++;
            }
            if (known == values.Length && known > 0)
                whole.Add((i, values));
        }
        // In this order nobody is beaten by one that comes later, so each is held against the front alone.
        whole.Sort((a, b) =>
        {
            for (int goal = 0; goal < maximize.Count; goal++)
            {
                int compared = b.Values[goal].CompareTo(a.Values[goal]);
                if (compared != 0)
                    return compared;
            }
            return a.At.CompareTo(b.At);
        });
        List<(int At, double[] Values)> front = [];
        foreach ((int At, double[] Values) point in whole)
        {
            if (!front.Exists(other => Beats(other.Values, point.Values)))
                front.Add(point);
        }
        return [.. front.Select(p => p.At)];
    }

    private static bool Beats(double[] one, double[] other)
    {
        bool better = false;
        for (int goal = 0; goal < one.Length; goal++)
        {
            if (one[goal] < other[goal])
                return false;
            better |= one[goal] > other[goal];
        }
        return better;
    }
}
