using System.Text.RegularExpressions;

namespace MLPlatform.Executors.Process;

/// <summary>A line that was looked for.</summary>
/// <param name="Line">Its number, from 1; what was left out of a very long log is not counted.</param>
/// <param name="Offset">Where the line begins, in bytes of the log.</param>
/// <param name="Column">Where the match begins in the line, from 1, in characters.</param>
/// <param name="Length">How long the match is, in characters.</param>
/// <param name="Text">The line; of a very long one the part around the match.</param>
public sealed record LogMatch(long Line, long Offset, int Column, int Length, string Text);

/// <summary>
/// Looks through a log from a position on. It holds a window of the log at a time and goes on as long as it is given patience, so
/// a log of any length is searched in as many calls as it takes.
/// </summary>
/// <param name="offset">Where a line begins, in bytes.</param>
/// <param name="line">That line's number.</param>
/// <param name="until">Where a line begins that is not looked at any more.</param>
public sealed class LogSearch(AttemptLog log, LogPattern pattern, long offset, long line, long until = long.MaxValue)
{
    private const int LongestShown = 4000;
    private const int BackWindow = 1 << 20;
    private readonly LogLines _lines = new(log, offset, line, until);

    /// <summary>Where the next call goes on: the beginning of a line, in bytes.</summary>
    public long Offset => _lines.Offset;

    /// <summary>The number of that line.</summary>
    public long Line => _lines.Number;

    /// <summary>Whether there was more to look through when the last call came back.</summary>
    public bool HasMore { get; private set; }

    /// <summary>Lines, if any, that took so long to match that they were passed over.</summary>
    public int Skipped { get; private set; }

    /// <summary>The matches from where the last call ended, until the present end of the log, so many matches, or the end of patience.</summary>
    /// <param name="last">The log grows no more.</param>
    public List<LogMatch> Next(bool last, int most, TimeProvider time, TimeSpan patience)
    {
        long began = time.GetTimestamp();
        List<LogMatch> found = [];
        HasMore = false;
        while (true)
        {
            bool skipped = _lines.TrySkip(pattern);
            if (!skipped)
            {
                if (!_lines.TryNext(last, out LogLine each))
                    break;
                if (Find(each) is { } match)
                    found.Add(match);
            }
            HasMore = found.Count >= most || time.GetElapsedTime(began) > patience;
            if (HasMore)
                break;
        }
        return found;
    }

    /// <summary>The last so many matches before a position, in the order of the log.</summary>
    /// <param name="before">Where a line begins, or the log's end.</param>
    /// <returns>The matches, the position that all before it is still to be looked through, and lines that were passed over.</returns>
    public static (List<LogMatch> Found, long Before, int Skipped) Last(AttemptLog log, LogPattern pattern, long before, int most, TimeProvider time, TimeSpan patience)
    {
        long began = time.GetTimestamp();
        List<LogMatch> found = [];
        int skipped = 0;
        while (before > 0 && found.Count < most && time.GetElapsedTime(began) <= patience)
        {
            long from = log.LineBefore(before, BackWindow);
            LogSearch window = new(log, pattern, from, 1, before);
            List<LogMatch> here = window.Next(last: true, int.MaxValue, time, patience);
            skipped += window.Skipped;
            int tooMany = Math.Max(0, here.Count - (most - found.Count));
            here.RemoveRange(0, tooMany);
            long lines = here.Count > 0 ? log.CountLines(from) : 0; // Counted only where there is something to number.
            found.InsertRange(0, here.Select(m => m with { Line = m.Line + lines }));
            before = tooMany > 0 ? here[0].Offset : from;
        }
        return (found, before, skipped);
    }

    private LogMatch? Find(LogLine each)
    {
        try
        {
            return pattern.TryFind(each.Text, out int at, out int length)
                ? new LogMatch(each.Number, each.Offset, at + 1, length, Shown(each.Text, at))
                : null;
        }
        catch (RegexMatchTimeoutException)
        {
            Skipped++;
            return null;
        }
    }

    private static string Shown(string text, int at)
    {
        if (text.Length <= LongestShown)
            return text;
        int from = Math.Clamp(at - (LongestShown / 4), 0, text.Length - LongestShown);
        return string.Concat(from > 0 ? "…" : "", text.AsSpan(from, LongestShown), from + LongestShown < text.Length ? "…" : "");
    }
}
