using System.Text.RegularExpressions;

namespace MLPlatform.Core.Pipelines;

/// <summary>What pipelines, activities and the like may be called, and the nearest right name for a wrong one.</summary>
public static partial class Names
{
    public const string PipelinePattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$";
    public const string ActivityPattern = "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$";
    public const string ParameterPattern = "^[A-Za-z_][A-Za-z0-9_]{0,63}$";

    /// <summary>The first pattern in words; {0} stands for the field.</summary>
    public const string PipelineRule = "{0} must be a letter or digit, then letters, digits and . _ -, 128 characters at most";

    public static bool IsPipeline(string name) => Pipeline().IsMatch(name) && !name.EndsWith('\n');

    public static bool IsActivity(string name) => Activity().IsMatch(name) && !name.EndsWith('\n');

    public static bool IsParameter(string name) => Parameter().IsMatch(name) && !name.EndsWith('\n');

    /// <summary>The name nearest to a wrong one, or null where none is near enough to be meant.</summary>
    public static string? Nearest(string wrong, IEnumerable<string> names)
    {
        if (wrong.Length > 64)
            return null;
        int limit = Math.Max(1, wrong.Length / 3);
        (string? best, int least) = (null, limit + 1);
        foreach (string name in names)
        {
            if (Math.Abs(name.Length - wrong.Length) >= least)
                continue;
            int distance = string.Equals(name, wrong, StringComparison.OrdinalIgnoreCase) ? 0 : Distance(wrong, name);
            if (distance < least)
                (best, least) = (name, distance);
        }
        return best;
    }

    /// <summary>A hint with the nearest name, else the few names there are, else null.</summary>
    public static string? Hint(string wrong, IReadOnlyCollection<string> names) =>
        Nearest(wrong, names) is { } near ? $"Did you mean \"{near}\"?"
        : names.Count is > 0 and <= 12 ? $"There are: {string.Join(", ", names)}."
        : null;

    // Optimal string alignment: insert, delete, replace, swap neighbours.
    private static int Distance(string a, string b)
    {
        int width = b.Length + 1;
        Span<int> cells = stackalloc int[3 * 130];
        if (width > 130)
            return int.MaxValue;
        Span<int> older = cells[..width], old = cells.Slice(130, width), row = cells.Slice(260, width);
        for (int j = 0; j < width; j++)
            old[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            row[0] = i;
            for (int j = 1; j < width; j++)
            {
                bool same = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]);
                int least = Math.Min(Math.Min(row[j - 1], old[j]) + 1, old[j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    least = Math.Min(least, older[j - 2] + 1);
                row[j] = least;
            }
            Span<int> spare = older;
            older = old;
            old = row;
            row = spare;
        }
        return old[width - 1];
    }

    [GeneratedRegex(PipelinePattern, RegexOptions.CultureInvariant)]
    private static partial Regex Pipeline();

    [GeneratedRegex(ActivityPattern, RegexOptions.CultureInvariant)]
    private static partial Regex Activity();

    [GeneratedRegex(ParameterPattern, RegexOptions.CultureInvariant)]
    private static partial Regex Parameter();
}
