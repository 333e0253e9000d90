namespace MLPlatform.Core.Deployments;

/// <summary>One row that was scored, or one item that was found, as far as figures need it.</summary>
/// <param name="Key">Of its request and item: what feedback is joined by.</param>
/// <param name="Shadow">Scored, and shown to nobody; it shares the feedback of what was answered.</param>
/// <param name="Found">Where it stands in a list of items; null: it is a row that was scored.</param>
public readonly record struct SeenImpression(UInt128 Key, int Version, float Score, DateTimeOffset At, bool Shadow = false, FoundPlace? Found = null);

/// <summary>The place of an item in a list that was found.</summary>
/// <param name="Request">Of the request alone: what its list is known by.</param>
/// <param name="Rank">From 1.</param>
public readonly record struct FoundPlace(UInt128 Request, int Rank);

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
    private readonly Dictionary<UInt128, UInt128> _early = [];
    private readonly Queue<UInt128> _earlyOrder = new();
    private readonly FoundLists _lists = new();
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
        int shadow = impression.Shadow ? impression.Version : 0;
        if (impression.Shadow)
            _shadows.Add(shadow);
        Slot slot = new(Minute(impression.At), impression.Version, impression.Score, impression.Found?.Rank ?? 0, IsPraised(impression));
        if (!_waiting.TryAdd(KeyOf(impression.Key, shadow), slot))
            return; // A request id that was used twice: the first counts.
        _order.Enqueue((KeyOf(impression.Key, shadow), impression.At));
        if (impression.Found is { } found)
            ShowFound(found.Request, shadow, slot, impression.At);
        else
            CellOf(impression.At, impression.Version).Show(impression.Score, slot.Positive);
    }

    /// <summary>Makes an impression positive. False where it is unknown as yet, or was positive already.</summary>
    /// <param name="key">Of its request and item.</param>
    /// <param name="request">Of the request alone: its lists are to have the item.</param>
    public bool Praise(UInt128 key, UInt128 request)
    {
        bool known = _waiting.TryGetValue(key, out Slot slot);
        if (known ? slot.Positive : !_early.TryAdd(key, request))
            return false;
        if (!known)
            _earlyOrder.Enqueue(key);
        if (!known || slot.Rank > 0)
            Want(request);
        foreach (int shadow in _shadows.Prepend(0))
            Turn(KeyOf(key, shadow), request, shadow);
        while (_early.Count > capacity && _earlyOrder.TryDequeue(out UInt128 oldest))
        {
            if (_early.Remove(oldest, out UInt128 asked))
                _lists.Unwant(asked);
        }
        return known;
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

    // Feedback that came before its impression. An item that a shadow alone found goes on waiting for one.
    private bool IsPraised(SeenImpression impression)
    {
        if (impression.Shadow)
            return _waiting.TryGetValue(impression.Key, out Slot answered) ? answered.Positive : _early.ContainsKey(impression.Key);
        if (!_early.Remove(impression.Key, out UInt128 request))
            return false;
        if (impression.Found is null)
            _lists.Unwant(request);
        return true;
    }

    private void ShowFound(UInt128 request, int shadow, Slot slot, DateTimeOffset at)
    {
        ServingCell cell = CellOf(at, slot.Version);
        if (_lists.Open(request, shadow, new FoundLists.Slot(slot.Minute, slot.Version, Hit: false), at) is { } wanted)
        {
            cell.Found.AddList();
            cell.Found.AddWanted(wanted);
        }
        cell.ShowFound();
        if (slot.Positive)
            CountFound(slot, request, shadow);
    }

    private void Want(UInt128 request)
    {
        _lists.Want(request);
        foreach (int shadow in _shadows.Prepend(0))
        {
            if (_lists.Find(request, shadow) is { } list && _cells.TryGetValue((list.Minute, list.Version), out ServingCell? cell))
                cell.Found.AddWanted(1);
        }
    }

    private void Turn(UInt128 key, UInt128 request, int shadow)
    {
        if (!_waiting.TryGetValue(key, out Slot slot) || slot.Positive)
            return;
        _waiting[key] = slot with { Positive = true };
        if (slot.Rank > 0)
            CountFound(slot, request, shadow);
        else if (_cells.TryGetValue((slot.Minute, slot.Version), out ServingCell? cell))
            cell.Turn(slot.Score);
    }

    private void CountFound(Slot slot, UInt128 request, int shadow)
    {
        if (_cells.TryGetValue((slot.Minute, slot.Version), out ServingCell? cell))
            cell.TurnFound(slot.Rank);
        if (_lists.Hit(request, shadow) is { } list && _cells.TryGetValue((list.Minute, list.Version), out cell))
            cell.Found.AddHit();
    }

    private void Forget(DateTimeOffset now)
    {
        DateTimeOffset since = now.UtcTicks > keep.Ticks ? now - keep : DateTimeOffset.MinValue;
        while (_order.TryPeek(out (UInt128 Key, DateTimeOffset At) oldest) && (_waiting.Count >= capacity || oldest.At < since))
        {
            _order.Dequeue();
            _waiting.Remove(oldest.Key);
        }
        _lists.Forget(since, capacity);
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

    /// <param name="Rank">In the list that it is an item of; 0: it is a row that was scored.</param>
    private readonly record struct Slot(long Minute, int Version, float Score, int Rank, bool Positive);
}
