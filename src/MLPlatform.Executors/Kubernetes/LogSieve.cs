namespace MLPlatform.Executors.Kubernetes;

/// <summary>
/// Lets through the lines of a pod's log that were not copied yet. A log is always read from its beginning: where that is the
/// beginning we know, so many lines are passed over; where it was rotated away, all up to the last time we know.
/// </summary>
internal sealed class LogSieve(LogPosition? known)
{
    private LogPosition? _known = known;
    private string? _first;
    private long _seen;
    private bool _rotated;
    private int _sameTime;

    /// <summary>How far it is; null before the first line.</summary>
    public LogPosition? Position => _known;

    /// <summary>The log is read again from its beginning.</summary>
    public void Rewind() => (_first, _seen, _rotated, _sameTime) = (null, 0, false, 0);

    /// <summary>The line without its time, if it is new.</summary>
    public string? Take(string line)
    {
        int space = line.IndexOf(' ');
        string at = space < 0 ? line : line[..space], text = space < 0 ? "" : line[(space + 1)..];
        if (_first is null)
        {
            _first = at;
            _rotated = _known is not null && _known.First != at;
        }
        _seen++;
        if (_known is not null && IsKnown(at))
            return null;
        bool same = _known?.Last == at;
        _known = _known is null || _rotated && !IsAfterRotation
            ? new LogPosition(_first, _seen, at, same ? _known!.AtLast + 1 : 1)
            : new LogPosition(_known.First, _known.Lines + 1, at, same ? _known.AtLast + 1 : 1);
        IsAfterRotation |= _rotated;
        return text;
    }

    private bool IsAfterRotation { get; set; }

    private bool IsKnown(string at)
    {
        if (!_rotated)
            return _seen <= _known!.Lines;
        if (IsAfterRotation)
            return false;
        // Times are RFC 3339 with as many digits as they need: compared as times where they can be.
        int order = Compare(at, _known!.Last);
        if (order < 0)
            return true;
        return order == 0 && ++_sameTime <= _known.AtLast;
    }

    private static int Compare(string a, string b)
    {
        const int Seconds = 19; // 2006-01-02T15:04:05
        if (a.Length <= Seconds || b.Length <= Seconds)
            return string.CompareOrdinal(a, b);
        int order = string.CompareOrdinal(a[..Seconds], b[..Seconds]);
        return order != 0 ? order : string.CompareOrdinal(Fraction(a), Fraction(b));

        static string Fraction(string time) => new string([.. time.AsSpan(Seconds).TrimEnd('Z').TrimStart('.')]).PadRight(9, '0');
    }
}
