namespace MLPlatform.Core.Deployments;

/// <summary>One row that was scored, as far as figures need it.</summary>
/// <param name="Key">Of its request and item: what feedback is joined by.</param>
/// <param name="Shadow">Scored, and shown to nobody; it shares the feedback of the row that was answered.</param>
public readonly record struct SeenImpression(UInt128 Key, int Version, float Score, DateTimeOffset At, bool Shadow = false);

/// <summary>
/// Rolling figures of a deployment by version: what was asked, how fast, what came of it. Impressions are joined with feedback
/// that comes before or after them, in any order, and each turns positive once. Memory is bounded: the oldest impressions
/// are forgotten first. Not for use from two threads at once.
/// </summary>
/// <param name="keep">How long impressions and figures are kept.</param>
/// <param name="capacity">The most impressions that wait for feedback, and the most feedback that waits for impressions.</param>
public sealed class ServingWindow(TimeSpan keep, int capacity)
{
    private readonly Dictionary<UInt128, Slot> _waiting = [];
    private readonly Queue<(UInt128 Key, DateTimeOffset At)> _order = new();
    private readonly HashSet<UInt128> _early = [];
    private readonly Queue<UInt128> _earlyOrder = new();
    private readonly Dictionary<(long Minute, int Version), ServingCell> _cells = [];
    private readonly Dictionary<long, int> _events = [];
    private readonly HashSet<int> _shadows = [];
    private long _firstMinute = long.MinValue;

    /// <summary>Impressions that can still be joined.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>Feedback that came before its impression, or never finds one.</summary>
    public int Early => _early.Count;

    /// <summary>The latest instant of any impression or feedback; null before the first.</summary>
    public DateTimeOffset? Newest { get; private set; }

    /// <summary>Counts an event of feedback of any type.</summary>
    public void Event(DateTimeOffset at)
    {
        long minute = Minute(at);
        _events[minute] = _events.GetValueOrDefault(minute) + 1;
        Newest = Newest is null || at > Newest ? at : Newest;
    }

    /// <summary>Counts a request, whether it failed, and how long scoring took.</summary>
    public void Ask(int version, DateTimeOffset at, bool failed, TimeSpan took) => CellOf(at, version).Ask(failed, took);

    /// <summary>Counts the values that a version was asked about, by the bins of <see cref="ColumnBins"/>.</summary>
    public void Read(int version, DateTimeOffset at, string column, ReadOnlySpan<byte> bins) => CellOf(at, version).Read(column, bins);

    /// <summary>Adds what another server was asked.</summary>
    public void Add(AskedCounts counts)
    {
        foreach (((long minute, int version), ServingCell cell) in counts.Cells.Where(c => c.Key.Minute >= _firstMinute))
            CellOf(new DateTimeOffset(minute * TimeSpan.TicksPerMinute, TimeSpan.Zero), version).Add(cell);
    }

    public void Show(SeenImpression impression)
    {
        Forget(impression.At);
        Newest = Newest is null || impression.At > Newest ? impression.At : Newest;
        UInt128 key = KeyOf(impression.Key, impression.Shadow ? impression.Version : 0);
        bool positive = impression.Shadow ? _waiting.TryGetValue(impression.Key, out Slot answered) && answered.Positive : _early.Remove(impression.Key);
        if (impression.Shadow)
            _shadows.Add(impression.Version);
        if (!_waiting.TryAdd(key, new Slot(Minute(impression.At), impression.Version, impression.Score, positive)))
            return; // A request id that was used twice: the first counts.
        _order.Enqueue((key, impression.At));
        CellOf(impression.At, impression.Version).Show(impression.Score, positive);
    }

    /// <summary>Makes an impression positive. False where it is unknown as yet, or was positive already.</summary>
    public bool Praise(UInt128 key)
    {
        if (!_waiting.ContainsKey(key))
        {
            if (_early.Add(key))
                _earlyOrder.Enqueue(key);
            while (_early.Count > capacity && _earlyOrder.TryDequeue(out UInt128 oldest))
                _early.Remove(oldest);
            return false;
        }
        foreach (int shadow in _shadows)
            Turn(KeyOf(key, shadow));
        return Turn(key);
    }

    /// <summary>The figures of each version since an instant, to the minute.</summary>
    public IReadOnlyList<VersionFigures> Figures(DateTimeOffset since)
    {
        long first = Minute(since);
        Dictionary<int, ServingCell> sums = [];
        foreach (((long minute, int version), ServingCell cell) in _cells)
        {
            if (minute < first)
                continue;
            if (!sums.TryGetValue(version, out ServingCell? sum))
                sums[version] = sum = new ServingCell();
            sum.Add(cell);
        }
        return [.. sums.OrderBy(s => s.Key).Select(s => s.Value.Figures(s.Key))];
    }

    /// <summary>What came in, by minute, to look back at: a copy, so that looking takes its time without the window.</summary>
    public FeedbackSeries Series() => new(
        Newest, [.. _events.Select(e => (e.Key, e.Value)).OrderBy(e => e.Key)],
        [.. _cells.OrderBy(c => c.Key).Select(c => (c.Key.Minute, c.Key.Version, c.Value.Copy()))], [.. _shadows]);

    private bool Turn(UInt128 key)
    {
        if (!_waiting.TryGetValue(key, out Slot slot) || slot.Positive)
            return false;
        _waiting[key] = slot with { Positive = true };
        if (_cells.TryGetValue((slot.Minute, slot.Version), out ServingCell? cell))
            cell.Turn(slot.Score);
        return true;
    }

    private void Forget(DateTimeOffset now)
    {
        DateTimeOffset since = now.UtcTicks > keep.Ticks ? now - keep : DateTimeOffset.MinValue;
        while (_order.TryPeek(out (UInt128 Key, DateTimeOffset At) oldest) && (_waiting.Count >= capacity || oldest.At < since))
        {
            _order.Dequeue();
            _waiting.Remove(oldest.Key);
        }
        long first = Minute(since);
        if (_cells.Count == 0 || _firstMinute >= first)
            return;
        foreach ((long Minute, int Version) old in _cells.Keys.Where(c => c.Minute < first).ToList())
            _cells.Remove(old);
        foreach (long old in _events.Keys.Where(minute => minute < first).ToList())
            _events.Remove(old);
        _firstMinute = first;
    }

    private ServingCell CellOf(DateTimeOffset at, int version)
    {
        (long, int) key = (Minute(at), version);
        if (!_cells.TryGetValue(key, out ServingCell? cell))
            _cells[key] = cell = new ServingCell();
        return cell;
    }

    private static UInt128 KeyOf(UInt128 key, int shadow) => key ^ (UInt128)(uint)shadow;

    private static long Minute(DateTimeOffset at) => at.UtcTicks / TimeSpan.TicksPerMinute;

    private readonly record struct Slot(long Minute, int Version, float Score, bool Positive);
}
