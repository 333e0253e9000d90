namespace MLPlatform.Vlps.Declarations;

/// <summary>What a wrong name was perhaps meant to be.</summary>
internal static class NearName
{
    /// <summary>A sentence with the nearest name, or with all there are.</summary>
    public static string Hint(string wrong, IReadOnlyCollection<string> names)
    {
        string? near = wrong.Length > 64 ? null : names
            .Select(name => (name, Distance: Distance(wrong.ToUpperInvariant(), name.ToUpperInvariant())))
            .Where(n => n.Distance <= Math.Max(wrong.Length < 4 ? 1 : 2, wrong.Length / 3))
            .OrderBy(n => n.Distance).Select(n => n.name).FirstOrDefault();
        return near is not null ? $"did you mean '{near}'?"
            : names.Count == 0 ? "there are none"
            : $"there are {string.Join(", ", names.Take(12))}{(names.Count > 12 ? ", …" : "")}";
    }

    // Insert, delete, replace.
    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int corner = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
                (corner, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, corner + (a[i - 1] == b[j - 1] ? 0 : 1)));
        }
        return row[^1];
    }
}
