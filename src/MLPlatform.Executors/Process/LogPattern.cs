using System.Text;
using System.Text.RegularExpressions;

namespace MLPlatform.Executors.Process;

/// <summary>What is looked for in the lines of a log.</summary>
public sealed class LogPattern
{
    /// <summary>Longest pattern, in characters.</summary>
    public const int Longest = 1000;

    private static readonly TimeSpan LineTimeout = TimeSpan.FromMilliseconds(500);
    private readonly string? _text;
    private readonly byte[]? _printable;
    private readonly Regex? _regex;

    static LogPattern() =>
        // A pattern is compiled in steps of its written-out size, and (a{1000}){1000} is a million.
        AppContext.SetData("REGEX_NONBACKTRACKING_MAX_AUTOMATA_SIZE", 10_000);

    private LogPattern(string? text, Regex? regex)
    {
        (_text, _regex) = (text, regex);
        // Lines are anchors to an expression, and what is shown of control characters is not what is written.
        if (text?.AsSpan().IndexOfAnyExceptInRange(' ', '~') < 0)
            _printable = Encoding.ASCII.GetBytes(text);
    }

    /// <summary>Lines that hold this text, in whatever case.</summary>
    public static LogPattern Text(string text) => new(text, null);

    /// <summary>
    /// Lines that a regular expression matches, in the time that their length takes: what would need going back (references to
    /// groups, looking around) is refused.
    /// </summary>
    /// <param name="why">Why it is refused.</param>
    public static LogPattern? Expression(string pattern, out string? why)
    {
        why = null;
        try
        {
            return new LogPattern(null, new Regex(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant, LineTimeout));
        }
        catch (RegexParseException e)
        {
            why = e.Message;
        }
        catch (NotSupportedException)
        {
            why = "It needs going back, as references to groups and looking around do, or it repeats too much to be tried in time.";
        }
        return null;
    }

    /// <summary>Whether bytes of a log, without colours, could hold it; a quick no saves looking at their lines one by one.</summary>
    internal bool MayBeIn(ReadOnlySpan<byte> bytes) => _printable is not { Length: > 0 } text || AsciiText.IsIn(bytes, text);

    /// <summary>The first place in a line.</summary>
    /// <exception cref="RegexMatchTimeoutException">The line took more than half a second.</exception>
    internal bool TryFind(string line, out int at, out int length)
    {
        if (_regex is null)
        {
            (at, length) = (line.IndexOf(_text!, StringComparison.OrdinalIgnoreCase), _text!.Length);
            return at >= 0;
        }
        foreach (ValueMatch match in _regex.EnumerateMatches(line))
        {
            (at, length) = (match.Index, match.Length);
            return true;
        }
        (at, length) = (-1, 0);
        return false;
    }
}
