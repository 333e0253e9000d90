namespace MLPlatform.Core.Features;

/// <summary>
/// Turns the events of one entity into its versions: what was known from when on. An event takes part in a feature from
/// the instant it could be known until its window has passed or a later row replaced it, so a value never holds what
/// arrived after it, and one search for the newest version at or before an instant gives what was known then.
/// </summary>
/// <remarks>Used again for the next entity after <see cref="End"/>. Memory: the events that still take part.</remarks>
public sealed class FeatureTimeline
{
    private readonly IReadOnlyList<PlannedFeature> _features;
    private readonly FeatureWindow[] _windows;
    private readonly Action<FeatureVersion> _emit;
    private readonly PriorityQueue<Leaving, (long At, long Sequence)> _leaving = new();
    private FeatureVersion? _last;
    private long _now = long.MinValue;
    private long _newest = long.MinValue;
    private long _sequence;
    private bool _changed;

    /// <param name="replaces">Whether a row may replace an earlier one.</param>
    /// <param name="emit">Told each version, in the order of time.</param>
    public FeatureTimeline(IReadOnlyList<PlannedFeature> features, bool replaces, Action<FeatureVersion> emit)
    {
        (_features, _emit) = (features, emit);
        _windows = [.. features.Select(f => FeatureWindow.For(f, replaces))];
    }

    /// <summary>Adds the next event of the entity: in the order of when they could be known, then event time, arrival and place in the table.</summary>
    public void Add(FeatureEvent happened)
    {
        long from = happened.KnownFrom;
        if (happened.Replaced <= from)
            return; // It was replaced before anybody could know it.
        if (from < _now)
            throw new InvalidOperationException("events must come in the order in which they could be known");
        // 1. What leaves before makes versions of its own. 2. What leaves at this instant and what comes make one together.
        if (from > _now)
        {
            Settle();
            LeaveBefore(from);
            _now = from;
            LeaveAt(from);
        }
        _newest = Math.Max(_newest, happened.EventTime);
        _changed = true;
        long sequence = _sequence++;
        for (int f = 0; f < _windows.Length; f++)
        {
            long end = happened.EndsAt(_features[f].Window);
            if (end <= from || !_windows[f].Takes(happened.Inputs[f]))
                continue;
            _windows[f].Add(happened, sequence, happened.Inputs[f]);
            if (end < long.MaxValue)
                _leaving.Enqueue(new Leaving(f, happened, sequence), (end, _sequence++));
        }
    }

    /// <summary>The entity has no more events: what is left leaves, and the timeline is as new.</summary>
    public void End()
    {
        Settle();
        LeaveBefore(long.MaxValue);
        foreach (FeatureWindow window in _windows)
            window.Clear();
        (_last, _now, _newest, _sequence) = (null, long.MinValue, long.MinValue, 0);
    }

    private void LeaveBefore(long instant)
    {
        while (_leaving.TryPeek(out _, out (long At, long) next) && next.At < instant)
        {
            _now = next.At;
            LeaveAt(next.At);
            Settle();
        }
    }

    private void LeaveAt(long instant)
    {
        while (_leaving.TryPeek(out Leaving leaving, out (long At, long) next) && next.At == instant)
        {
            _leaving.Dequeue();
            _windows[leaving.Feature].Remove(leaving.Event, leaving.Sequence, leaving.Event.Inputs[leaving.Feature]);
            _changed = true;
        }
    }

    private void Settle()
    {
        if (!_changed)
            return;
        _changed = false;
        FeatureValue[] values = new FeatureValue[_windows.Length];
        for (int f = 0; f < values.Length; f++)
            values[f] = _windows[f].Value;
        if (_last is { } last && last.EventTime == _newest && values.AsSpan().SequenceEqual(last.Values))
            return;
        _emit(_last = new FeatureVersion(_now, _newest, values));
    }

    private readonly record struct Leaving(int Feature, FeatureEvent Event, long Sequence);
}
