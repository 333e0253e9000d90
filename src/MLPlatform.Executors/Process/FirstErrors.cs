using MLPlatform.Core.Alarms;

namespace MLPlatform.Executors.Process;

/// <summary>What a log tells of errors.</summary>
/// <param name="Excerpt">The first lines that tell of one, else the last lines; null for an empty log.</param>
/// <param name="Offset">Where the first of them begins, in bytes; null where none tells of an error.</param>
/// <param name="Searched">How far the log was looked through, in bytes.</param>
public sealed record FirstError(LogExcerpt? Excerpt, long? Offset, long Searched);

/// <summary>Finds the first lines of a log of any length that tell of an error. Nearly all lines are passed over without being read one by one.</summary>
public static class FirstErrors
{
    private const int Tail = 5;
    private static readonly WordScan Words = new(LogErrors.Words);

    /// <param name="attempt">What the excerpt says it is of.</param>
    /// <param name="patience">How long to look; what was found until then is told.</param>
    public static FirstError Find(AttemptLog log, string attempt, TimeProvider time, TimeSpan patience)
    {
        long end = log.Length, began = time.GetTimestamp(), said = 0;
        long? offset = null;
        LogErrors errors = new(attempt);
        LogLines lines = new(log, 0, 1, end); // The log as it is now: what is written meanwhile is not waited for.
        while (!errors.Done && time.GetElapsedTime(began) <= patience)
        {
            if (!errors.Found)
                lines.SkipUntil(Words, LogErrors.MayTell);
            if (!lines.TryNext(last: true, out LogLine line))
                break;
            if (line.Number == said)
                continue; // A further piece of a very long line.
            said = line.Number;
            errors.Pass(line.Number - 1);
            errors.Add(line.Text);
            if (errors.Found)
                offset ??= line.Offset;
        }
        return new FirstError(errors.Found ? errors.Result() : Last(log, attempt, lines, end), offset, lines.Offset);
    }

    private static LogExcerpt? Last(AttemptLog log, string attempt, LogLines read, long end)
    {
        if (end == 0)
            return null;
        string[] last = log.Tail(Tail, end).Split('\n');
        LogErrors errors = new(attempt);
        // Those that were read are counted; a last one without an end is among them where all was read.
        long lines = read.Number - 1 + (read.Offset < end ? log.CountLines(read.Offset, end) + (log.EndsInLine(end) ? 1 : 0) : 0);
        errors.Pass(lines - last.Length);
        foreach (string line in last)
            errors.Add(line);
        return errors.Result();
    }
}
