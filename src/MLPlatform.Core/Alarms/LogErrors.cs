using System.Text.RegularExpressions;

namespace MLPlatform.Core.Alarms;

/// <summary>
/// Finds the first lines of a log that tell of an error: a traceback to its end, or a line that says error. What comes
/// first is the cause more often than what comes last.
/// </summary>
public sealed partial class LogErrors(string attempt)
{
    private const int Most = 12;
    private const int Longest = 400;
    private const int Tail = 5;

    /// <summary>A line that holds none of these tells of no error.</summary>
    public static IReadOnlyList<string> Words { get; } =
        ["ERROR", "Error", "error", "FATAL", "Fatal", "fatal", "CRITICAL", "SEVERE", "Killed", "killed", "Core dumped", "core dumped", "Segmentation fault", "Exception", "Unhandled exception", "Traceback (most", "panic: "];

    private readonly Queue<string> _last = new();
    private readonly List<string> _found = [];
    private long _line;
    private long _first;
    private long _says;
    private bool _trace;

    /// <summary>Whether nothing further needs to be read.</summary>
    public bool Done { get; private set; }

    /// <summary>Whether a line told of an error.</summary>
    public bool Found => _found.Count > 0;

    /// <summary>
    /// Whether one of the <see cref="Words"/> at a place in a log may tell of an error. "errors", "error_rate=" and "no error" stand
    /// in many a line; what the bytes around them show to be none need not be looked at as a line.
    /// </summary>
    /// <param name="log">As it is written, colours included; begins where a line begins.</param>
    public static bool MayTell(ReadOnlySpan<byte> log, int at, string word)
    {
        if (word[0] is 'T' or 'U' or 'p') // Beginnings of traces, of which nothing is asked but the line's beginning.
            return true;
        int end = at + word.Length;
        if (end < log.Length && (IsWord(log[end]) || log[end] is (byte)'=' or (byte)'-'))
        {
            // Only as far as a line is looked at: where it is cut off, any word ends. A character has a byte at least.
            int line = log[..at].LastIndexOfAny((byte)'\n', (byte)'\r') + 1;
            return end - line >= Longest;
        }
        if (at == 0 || word == "Exception")
            return true;
        byte before = log[at - 1];
        if (IsWord(before) || before == '.')
            return (word == "Error" && before != '.') || TerminalColours.IsAtEnd(log[..at]); // Of a colour, what is before it decides.
        return before != ' ' || !(EndsIn(log[..(at - 1)], "no"u8) || EndsIn(log[..(at - 1)], "0"u8) || EndsIn(log[..(at - 1)], "without"u8));
    }

    // Other characters may be letters as well: they decide nothing.
    private static bool IsWord(byte b) => char.IsAsciiLetterOrDigit((char)b) || b == '_';

    private static bool EndsIn(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word) =>
        text.EndsWith(word) && (text.Length == word.Length || (text[^(word.Length + 1)] < 0x80 && !IsWord(text[^(word.Length + 1)])));

    /// <summary>Lines that hold none of <see cref="Words"/> were left out, so that so many lie before the next one.</summary>
    public void Pass(long before)
    {
        if (before > _line)
        {
            _line = before;
            _last.Clear();
        }
    }

    /// <summary>The next line of the log, without its end and without <see cref="TerminalColours"/>.</summary>
    public void Add(string line)
    {
        if (Done)
            return;
        _line++;
        line = line.Length > Longest ? line[..Longest] + "…" : line;
        if (_found.Count > 0)
        {
            Continue(line);
            return;
        }
        _trace = TraceStart().IsMatch(line);
        if (_trace || Error().IsMatch(line))
        {
            (_first, _says) = (_line, _line);
            _found.Add(line);
            return;
        }
        _last.Enqueue(line);
        if (_last.Count > Tail)
            _last.Dequeue();
    }

    /// <summary>What was found; the last lines where no line tells of an error, null for an empty log.</summary>
    public LogExcerpt? Result() =>
        _found.Count > 0 ? new LogExcerpt(attempt, _first, _says, _found)
        : _last.Count > 0 ? new LogExcerpt(attempt, _line - _last.Count + 1, _line, [.. _last])
        : null;

    private void Continue(string line)
    {
        if (!_trace)
        {
            // A few lines after it: what the error is about often follows.
            Done = _found.Count >= 4 || line.Length == 0;
            if (!Done)
                _found.Add(line);
            return;
        }
        bool inside = line.Length == 0 || char.IsWhiteSpace(line[0]) || TraceStart().IsMatch(line) || Chained().IsMatch(line);
        if (_found.Count < Most)
            _found.Add(line);
        else if (!inside)
            _found[^1] = line; // The end of a long traceback is what it is about.
        if (!inside)
            (_says, Done) = (_line, true);
    }

    [GeneratedRegex(@"^\s*(Traceback \(most recent call last\):|Unhandled exception|Exception in thread|panic: )", RegexOptions.CultureInvariant)]
    private static partial Regex TraceStart();

    [GeneratedRegex(@"^(During handling of the above exception|The above exception was the direct cause)", RegexOptions.CultureInvariant)]
    private static partial Regex Chained();

    // "0 errors", "error_rate=" and "no error" are no errors.
    [GeneratedRegex(@"(?<![\w.])(?<!\b(?:no|0|without) )(?:ERROR|FATAL|CRITICAL|SEVERE|[Ff]atal|[Ee]rror|[Kk]illed|[Cc]ore dumped|Segmentation fault|\w+(?:Error|Exception))(?:\b(?![_=\w-])|(?=:))", RegexOptions.CultureInvariant)]
    private static partial Regex Error();
}
