using MLPlatform.Core.Activities;
using MLPlatform.Core.Runs;

namespace MLPlatform.Activities.Tables;

/// <summary>What the data activities say when they cannot go on; docs/diagnostics/data.md lists the codes.</summary>
internal static class DataErrors
{
    public static ActivityException Bad(string code, string message, Exception? inner = null) =>
        new(code, message, FailureKind.User, inner);

    public static ActivityException Settings(string message) => Bad("DATA-009", message);

    private const int NoSpaceLeft = 28;

    /// <summary>What a failure of the disk or of permissions means to the person who reads it; null for other failures.</summary>
    public static ActivityException? Describe(Exception problem) => problem switch
    {
        ActivityException => null,
        IOException { HResult: NoSpaceLeft } => DiskFull(problem),
        _ when problem.Message.Contains("No space left", StringComparison.OrdinalIgnoreCase) => DiskFull(problem),
        UnauthorizedAccessException => Bad("DATA-014", $"A file may not be read or written: {problem.Message}", problem),
        _ => null,
    };

    public static ActivityException DiskFull(Exception problem) =>
        new("DATA-013", "The disk is full. Free some space, or put the platform's home on a larger disk, and run the activity again.", FailureKind.Resource, problem);

    /// <summary>Names the nearest of <paramref name="known"/> to a name that was not found, or nothing.</summary>
    public static string DidYouMean(string name, IEnumerable<string> known)
    {
        string? nearest = known
            .Select(k => (Name: k, Distance: Distance(name.ToUpperInvariant(), k.ToUpperInvariant())))
            .Where(k => k.Distance <= Math.Max(2, name.Length / 3))
            .OrderBy(k => k.Distance).ThenBy(k => k.Name, StringComparer.Ordinal)
            .Select(k => k.Name).FirstOrDefault();
        return nearest is null ? "" : $" Did you mean '{nearest}'?";
    }

    /// <summary>At most <paramref name="most"/> names in quotes, for a message.</summary>
    public static string Some(IEnumerable<string> names, int most = 8)
    {
        List<string> all = [.. names];
        string shown = string.Join(", ", all.Take(most).Select(n => $"'{n}'"));
        return all.Count > most ? $"{shown} and {all.Count - most} more" : shown;
    }

    private static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
        }
        return row[b.Length];
    }
}
