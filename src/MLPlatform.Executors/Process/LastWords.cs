namespace MLPlatform.Executors.Process;

/// <summary>The end of a log that most likely says what went wrong.</summary>
internal static class LastWords
{
    private const int Lines = 40;
    private const int Shown = 5;
    private const int LongestLine = 300;
    private static readonly string[] Telling = ["error", "exception", "fatal", "failed", "traceback", "panic", "cannot", "no such", "denied", "no space"];

    /// <summary>The last few lines that look like errors, else the last few lines; at most about 1,500 characters.</summary>
    public static string Of(AttemptLog log)
    {
        string[] last = [.. log.Tail(Lines).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
        string[] errors = [.. last.Where(line => Telling.Any(t => line.Contains(t, StringComparison.OrdinalIgnoreCase)))];
        return string.Join('\n', (errors.Length > 0 ? errors : last).TakeLast(Shown).Select(Shorten));
    }

    private static string Shorten(string line) => line.Length <= LongestLine ? line : line[..LongestLine] + "…";
}
