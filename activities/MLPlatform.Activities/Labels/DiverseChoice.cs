namespace MLPlatform.Activities.Labels;

/// <summary>
/// Chooses rows that are worth a look and unlike each other: each time the row whose worth, less its likeness to the nearest
/// one chosen before, is the largest. Likeness is the cosine of the rows' words, rare words counting more.
/// </summary>
internal static class DiverseChoice
{
    /// <param name="worth">What each row is worth by itself, above 0.</param>
    /// <param name="words">The words of each row.</param>
    /// <returns>The chosen rows' positions, in the order they were chosen; of equal ones the first.</returns>
    public static List<int> Choose(IReadOnlyList<double> worth, IReadOnlyList<IEnumerable<string>> words, int count)
    {
        List<(int Word, double Weight)>[] vectors = Vectors(words, out List<List<(int Row, double Weight)>> rowsOf);
        double[] likeness = new double[worth.Count], shared = new double[worth.Count];
        bool[] taken = new bool[worth.Count];
        List<int> chosen = [], touched = [];
        while (chosen.Count < Math.Min(count, worth.Count))
        {
            int best = -1;
            for (int row = 0; row < worth.Count; row++)
            {
                if (!taken[row] && (best < 0 || worth[row] * (1 - likeness[row]) > worth[best] * (1 - likeness[best])))
                    best = row;
            }
            taken[best] = true;
            chosen.Add(best);
            // Only rows that share a word are more like the chosen ones than before.
            foreach ((int word, double weight) in vectors[best])
            {
                foreach ((int row, double other) in rowsOf[word])
                {
                    if (shared[row] == 0)
                        touched.Add(row);
                    shared[row] += weight * other;
                }
            }
            foreach (int row in touched)
                (likeness[row], shared[row]) = (Math.Max(likeness[row], Math.Min(1, shared[row])), 0);
            touched.Clear();
        }
        return chosen;
    }

    /// <summary>Each row as a vector of length 1, and the rows of each word.</summary>
    private static List<(int, double)>[] Vectors(IReadOnlyList<IEnumerable<string>> words, out List<List<(int, double)>> rowsOf)
    {
        Dictionary<string, int> numbers = new(StringComparer.Ordinal);
        int[][] rows = [.. words.Select(w => w.Distinct(StringComparer.Ordinal).Select(word =>
        {
            if (!numbers.TryGetValue(word, out int number))
                numbers.Add(word, number = numbers.Count);
            return number;
        }).ToArray())];
        int[] frequency = new int[numbers.Count];
        foreach (int word in rows.SelectMany(r => r))
            frequency[word]++;
        double[] weight = [.. frequency.Select(f => Math.Log(1 + (double)rows.Length / f))];
        rowsOf = [.. frequency.Select(f => new List<(int, double)>(f))];
        var vectors = new List<(int, double)>[rows.Length];
        for (int row = 0; row < rows.Length; row++)
        {
            double length = Math.Sqrt(rows[row].Sum(w => weight[w] * weight[w]));
            vectors[row] = [.. rows[row].Select(w => (w, weight[w] / length))];
            foreach ((int word, double of) in vectors[row])
                rowsOf[word].Add((row, of));
        }
        return vectors;
    }
}
