namespace MLPlatform.Executors.Process;

/// <summary>The end of a log that most likely says what went wrong.</summary>
internal static class LastWords
{
    private const int Lines = 40;
    private const int Shown = 5;
    private const int LongestLine = 300;

    private static readonly string[] Telling =
    [
        "error", "exception", "fatal", "failed", "traceback", "panic", "cannot", "no such", "denied", "no space", "terminated",
        "unhandled", "killed",
    ];

    /// <summary>The last few lines that look like errors, else the last few lines; at most about 1,500 characters.</summary>
    public static string Of(AttemptLog log) => Of(log.Tail(Lines));

    /// <summary>The same of a log's end.</summary>
    internal static string Of(string tail)
    {
        string[] last =
        [
            .. tail.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                .Where(line => !line.StartsWith("at ", StringComparison.Ordinal)), // Frames of a stack tell where, not what.
        ];
        // Often the line after says it: "Process terminated." and then why.
        string[] errors = [.. last.Where((line, i) => IsTelling(line) || (i > 0 && IsTelling(last[i - 1])))];
        return string.Join('\n', (errors.Length > 0 ? errors : last).TakeLast(Shown).Select(Shorten));
    }

    private static bool IsTelling(string line) => Telling.Any(t => line.Contains(t, StringComparison.OrdinalIgnoreCase));

    private static string Shorten(string line) => line.Length <= LongestLine ? line : line[..LongestLine] + "…";
}
