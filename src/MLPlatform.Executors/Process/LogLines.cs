using MLPlatform.Core.Alarms;

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
    // What is read is looked at while it is still in the cache of the core that read it.
    private const int Window = 512 << 10;
    private const int LongestLine = 64 << 10;
    private const int MostSkipped = 8 << 20;

    private byte[] _bytes = [];
    private byte[] _plain = [];
    private int _at;
    private int _end;
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
            ReadOnlySpan<byte> rest = Rest;
            int end = rest[..Math.Min(rest.Length, LongestLine)].IndexOfAny((byte)'\n', (byte)'\r');
            // Whether a return is followed by a newline is known once the next byte is there; a bare one ends a line as well.
            if (end >= 0 && (rest[end] == '\n' || end + 1 < rest.Length || (last && IsAtEnd)))
                return Take(end, rest[end] == '\r' && end + 1 < rest.Length && rest[end + 1] == '\n' ? 2 : 1, isWhole: true, out line);
            if (end < 0 && rest.Length >= LongestLine)
                return Take(LongestLine - AttemptLog.CutAtEnd(rest[..LongestLine]), 0, isWhole: false, out line);
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
        if (_at == _end)
            Fill();
        if (!_isFresh)
            return false;
        _isFresh = false;
        ReadOnlySpan<byte> rest = Rest;
        // Up to the last newline: what comes after it may go on.
        int length = rest.LastIndexOf((byte)'\n') + 1;
        if (length == 0 || pattern.MayBeIn(TerminalColours.Without(rest[..length], ref _plain)))
            return false;
        Pass(rest[..length]);
        return true;
    }

    /// <summary>
    /// Passes over whole lines that hold none of the words; stops before the first that does, at the end of what is there, and after
    /// some megabytes, so that who looks may look at the clock.
    /// </summary>
    /// <param name="isWanted">Whether a word at a place in such lines is one; a sure no saves taking the line.</param>
    public void SkipUntil(WordScan words, WordScan.Judge isWanted)
    {
        for (long stop = _offset + MostSkipped; _offset < stop && (_at < _end || Fill());)
        {
            ReadOnlySpan<byte> rest = Rest;
            // Of a return at the end it is not known whether a newline follows.
            int whole = rest[..^(rest[^1] == '\r' ? 1 : 0)].LastIndexOfAny((byte)'\n', (byte)'\r') + 1;
            int hit = words.IndexOfAny(rest[..whole], isWanted);
            Pass(rest[..(hit < 0 ? whole : rest[..hit].LastIndexOfAny((byte)'\n', (byte)'\r') + 1)]);
            // A line that is not whole yet needs what follows; one that never will be is for who takes lines.
            if (hit >= 0 || rest.Length - whole >= LongestLine || (_at < _end && (!Fill() || _jumped)))
                return;
        }
    }

    private ReadOnlySpan<byte> Rest => _bytes.AsSpan(_at, _end - _at);

    private bool IsAtEnd => _offset + (_end - _at) >= Math.Min(log.Length, until);

    private void Pass(ReadOnlySpan<byte> lines)
    {
        Number += AttemptLog.CountEnds(lines);
        _at += lines.Length;
        _offset += lines.Length;
    }

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
        int left = _end - _at, wanted = (int)Math.Clamp(until - _offset - left, 0, Window);
        if (_bytes.Length < left + wanted)
        {
            byte[] larger = GC.AllocateUninitializedArray<byte>(left + Window);
            Rest.CopyTo(larger);
            (_bytes, _at, _end) = (larger, 0, left);
        }
        else if (_bytes.Length - _end < wanted)
        {
            Rest.CopyTo(_bytes);
            (_at, _end) = (0, left);
        }
        int more = log.ReadInto(_bytes.AsSpan(_end, wanted), _offset + left, out long from);
        if (more == 0 || from >= until)
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
        _end += more;
        return true;
    }
}
