using System.Buffers;

namespace MLPlatform.Executors.Process;

/// <summary>A line of a log.</summary>
/// <param name="Number">From 1; what was left out of a very long log is not counted.</param>
/// <param name="Offset">Where it begins, in bytes of the log.</param>
/// <param name="Text">Harmless to show, without its end. A line longer than 64 KiB comes in pieces of the same number.</param>
public readonly record struct LogLine(long Number, long Offset, string Text);

/// <summary>Reads a log line by line from a position on, holding no more than a window of it.</summary>
/// <param name="offset">Where a line begins, in bytes.</param>
/// <param name="number">That line's number.</param>
/// <param name="until">Where a line begins that is not read any more.</param>
internal sealed class LogLines(AttemptLog log, long offset, long number, long until = long.MaxValue)
{
    private const int Window = 1 << 20;
    private const int LongestLine = 64 << 10;

    private byte[] _bytes = [];
    private int _at;
    private long _offset = offset;
    private bool _jumped;
    private bool _isFresh;

    /// <summary>Where the next line begins.</summary>
    public long Offset => _offset;

    /// <summary>The next line's number.</summary>
    public long Number { get; private set; } = number;

    /// <summary>The next line that is whole; false where there is none by now.</summary>
    /// <param name="last">The log grows no more: what has no end is a line, too.</param>
    public bool TryNext(bool last, out LogLine line)
    {
        while (true)
        {
            ReadOnlySpan<byte> rest = _bytes.AsSpan(_at);
            int end = rest[..Math.Min(rest.Length, LongestLine)].IndexOfAny((byte)'\n', (byte)'\r');
            // Whether a return is followed by a newline is known once the next byte is there; a bare one ends a line as well.
            if (end >= 0 && (rest[end] == '\n' || end + 1 < rest.Length || (last && IsAtEnd)))
                return Take(end, rest[end] == '\r' && end + 1 < rest.Length && rest[end + 1] == '\n' ? 2 : 1, isWhole: true, out line);
            if (end < 0 && rest.Length >= LongestLine)
                return Take(LongestLine - AttemptLog.CutCharacter(rest[..LongestLine]), 0, isWhole: false, out line);
            if (_jumped && rest.Length > 0) // What follows was left out.
                return Take(rest.Length, 0, isWhole: true, out line);
            if (Fill())
                continue;
            if (last && rest.Length > 0)
                return Take(rest.Length, 0, isWhole: true, out line);
            line = default;
            return false;
        }
    }

    /// <summary>
    /// Passes over the whole lines at hand if a look at all of them at once says that none is wanted. Each window is looked at
    /// once; false where none was passed over.
    /// </summary>
    public bool TrySkip(LogPattern pattern)
    {
        if (_at == _bytes.Length)
            Fill();
        if (!_isFresh)
            return false;
        _isFresh = false;
        ReadOnlySpan<byte> rest = _bytes.AsSpan(_at);
        // Up to the last newline: what comes after it may go on.
        int length = rest.LastIndexOf((byte)'\n') + 1;
        if (length == 0 || pattern.MayBeIn(rest[..length]))
            return false;
        Number += AttemptLog.CountEnds(rest[..length]);
        _at += length;
        _offset += length;
        return true;
    }

    /// <summary>Passes over whole lines that hold none of the words; stops before the first that does, and at the end of what is there.</summary>
    /// <param name="words">Of printable ASCII: what is shown of other characters is not what is written.</param>
    public void SkipUntil(SearchValues<string> words)
    {
        while (_at < _bytes.Length || Fill())
        {
            ReadOnlySpan<byte> rest = _bytes.AsSpan(_at);
            int whole = rest.LastIndexOf((byte)'\n') + 1, hit = LatinText.IndexOfAny(rest[..whole], words);
            int length = hit < 0 ? whole : rest[..hit].LastIndexOf((byte)'\n') + 1;
            Number += AttemptLog.CountEnds(rest[..length]);
            _at += length;
            _offset += length;
            // A line that is not whole yet needs what follows; one that never will be is for who takes lines.
            if (hit >= 0 || rest.Length - whole >= LongestLine || (_at < _bytes.Length && (!Fill() || _jumped)))
                return;
        }
    }

    private bool IsAtEnd => _offset + (_bytes.Length - _at) >= Math.Min(log.Length, until);

    private bool Take(int length, int ending, bool isWhole, out LogLine line)
    {
        line = new LogLine(Number, _offset, Harmless.Text(_bytes.AsSpan(_at, length)));
        _at += length + ending;
        _offset += length + ending;
        if (isWhole)
            Number++;
        return true;
    }

    // More bytes after what is left of those we have; false where there are none.
    private bool Fill()
    {
        int left = _bytes.Length - _at;
        (byte[] more, long from) = log.ReadBytes(_offset + left, (int)Math.Clamp(until - _offset - left, 0, Window));
        if (more.Length == 0 || from >= until)
            return false;
        if (from > _offset + left)
        {
            if (left > 0)
            {
                _jumped = true; // The line before the gap goes first.
                return true;
            }
            _offset = from;
        }
        _jumped = false;
        _isFresh = true;
        _bytes = left == 0 ? more : [.. _bytes.AsSpan(_at), .. more];
        _at = 0;
        return true;
    }
}
