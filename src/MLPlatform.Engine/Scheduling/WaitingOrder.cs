using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Admission;
using MLPlatform.Core.Scheduling.Score;

namespace MLPlatform.Engine.Scheduling;

/// <summary>
/// Who is first of those that wait in one pool, within a group and a priority: by <see cref="QueueKey"/>, from what earlier runs took and how well
/// they asked, and by <see cref="WaitLimit"/>, so that nobody is passed over for ever; and what long work leaves to shorter work
/// (<see cref="Headroom"/>). The simulator runs traces by the same rules.
/// </summary>
internal sealed class WaitingOrder(Amount pool, Amount machine)
{
    /// <summary>What takes nobody knows how long is taken for this long, until the pool has seen some that are known.</summary>
    private const double UnknownSeconds = 600;

    private readonly PoolWatch _watch = new(1, Units(pool, pool));
    private readonly Dictionary<WorkId, Entry> _entries = [];
    private double _logSeconds;
    private int _known;

    /// <summary>Works that went past the limit and are first since.</summary>
    private int _late;

    /// <summary>Takes in who waits. The larger number goes first.</summary>
    public double Come(WorkId id, Amount asks, RunTimeEstimate? estimate, double? standing, DateTimeOffset since)
    {
        Leave(id, since);
        if (estimate is not null)
        {
            _logSeconds += Math.Log(Math.Max(1, estimate.Seconds));
            _known++;
        }
        double seconds = estimate?.Seconds ?? (_known > 0 ? Math.Exp(_logSeconds / _known) : UnknownSeconds);
        QueueDemand demand = new(seconds, Size(asks), FillsNode(asks), standing ?? QueueDemand.Neutral) { Units = Units(asks, pool) };
        _entries[id] = new Entry(demand, Seconds(since));
        _watch.Come(demand);
        return -QueueKey.Of(demand);
    }

    /// <summary>It waits no more, and did not start; or it ended.</summary>
    public void Leave(WorkId id, DateTimeOffset now)
    {
        if (!_entries.Remove(id, out Entry? entry))
            return;
        if (entry.Started is { } started)
            _watch.End(entry.Demand, started, Math.Max(0, Seconds(now) - started));
        else
            _watch.Leave(entry.Demand);
        _late -= entry is { IsLate: true, Started: null } ? 1 : 0;
    }

    public void Start(WorkId id, DateTimeOffset now)
    {
        if (!_entries.TryGetValue(id, out Entry? entry) || entry.Started is not null)
            return;
        entry.Started = Seconds(now);
        _watch.Start(entry.Demand, Seconds(now));
        _late -= entry.IsLate ? 1 : 0;
    }

    /// <summary>Those who waited too long since the last look, each with the place that it has from now on.</summary>
    public IReadOnlyList<(WorkId Id, double Order)> FindLate(DateTimeOffset now)
    {
        List<(WorkId, double)> found = [];
        double backlog = _watch.Backlog(Seconds(now));
        foreach ((WorkId id, Entry entry) in _entries)
        {
            if (entry.IsLate || entry.Started is not null || !_watch.Overdue(entry.Demand, entry.Came, Seconds(now), backlog))
                continue;
            entry.IsLate = true;
            found.Add((id, WaitLimit.Order(entry.Came, entry.Demand.Seconds)));
        }
        _late += found.Count;
        _watch.Late(_late);
        return found;
    }

    /// <summary>Whether it leaves what is kept for shorter work, as of the last <see cref="Look"/> and of what started since.</summary>
    public bool Allows(WorkId id) => !_entries.TryGetValue(id, out Entry? entry) || entry.IsLate || _watch.Fits(entry.Demand);

    /// <summary>Looks at what is held; before anything is decided.</summary>
    public void Look() => _watch.Look();

    // Its part of what it takes most of.
    private double Size(Amount asks) => Math.Max(Part(asks.MilliCpu, pool.MilliCpu), Math.Max(Part(asks.MemoryBytes, pool.MemoryBytes), Part(asks.MilliGpu, pool.MilliGpu)));

    private static double Part(long asks, long there) => there > 0 ? (double)asks / there : 0;

    private static double Units(Amount amount, Amount pool) => (pool.MilliGpu > 0 ? amount.MilliGpu : amount.MilliCpu) / 1000.0;

    private bool FillsNode(Amount asks) => machine.MilliGpu > 0 ? asks.MilliGpu >= machine.MilliGpu : machine.MilliCpu > 0 && asks.MilliCpu >= machine.MilliCpu;

    private static double Seconds(DateTimeOffset at) => (at - DateTimeOffset.UnixEpoch).TotalSeconds;

    private sealed class Entry(QueueDemand demand, double came)
    {
        public QueueDemand Demand => demand;
        public double Came => came;
        public double? Started { get; set; }
        public bool IsLate { get; set; }
    }
}
