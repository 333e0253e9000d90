namespace MLPlatform.Core.Scheduling.Score;

/// <summary>
/// What a pool is told of its work, for the rules that look beyond one job: headroom for short work, and an end to waiting. Instants are seconds from
/// any beginning; sizes are in any unit that is the same for all, devices or parts of the pool.
/// </summary>
public sealed class PoolWatch
{
    private readonly double _capacity;
    private readonly WorkProfile _profile = new();
    private readonly Headroom _headroom;

    // By what was declared, as run time times size: of what waits, and of what runs as of the instant 0.
    private double _waiting, _runningUntil, _held;
    private double _endedDeclared, _endedReal;
    private int _mostLate;

    /// <param name="capacity">The size of the whole pool.</param>
    /// <param name="units">The same in what headroom is kept of, where sizes are in something else.</param>
    public PoolWatch(double capacity, double? units = null) => (_capacity, _headroom) = (capacity, new Headroom(units ?? capacity, _profile));

    /// <summary>The longest backlog so far, in seconds.</summary>
    public double LongestBacklog { get; private set; }

    /// <summary>Work came and waits.</summary>
    public void Come(in QueueDemand demand)
    {
        _profile.Add(demand.Seconds, demand.Size);
        _waiting += demand.Seconds * demand.Size;
    }

    /// <summary>It waits no more, and did not start.</summary>
    public void Leave(in QueueDemand demand) => _waiting -= demand.Seconds * demand.Size;

    public void Start(in QueueDemand demand, double now)
    {
        _waiting -= demand.Seconds * demand.Size;
        _runningUntil += (now + demand.Seconds) * demand.Size;
        _held += demand.Size;
        _headroom.Start(demand.Seconds, demand.Units);
        _headroom.Look();
    }

    /// <param name="ran">How long it ran, in seconds.</param>
    public void End(in QueueDemand demand, double started, double ran)
    {
        _runningUntil -= (started + demand.Seconds) * demand.Size;
        _held -= demand.Size;
        _headroom.End(demand.Seconds, demand.Units);
        _endedDeclared += demand.Seconds * demand.Size;
        _endedReal += ran * demand.Size;
    }

    /// <summary>How long all that waits and runs would take if it filled the pool, in seconds; declared time counts for as much as it was worth so far.</summary>
    public double Backlog(double now)
    {
        double worth = _endedDeclared > 0 ? _endedReal / _endedDeclared : 1;
        double backlog = worth * (Math.Max(0, _waiting) + Math.Max(0, _runningUntil - (now * _held))) / _capacity;
        LongestBacklog = Math.Max(LongestBacklog, backlog);
        return backlog;
    }

    /// <summary>Whether work that came at an instant has waited too long.</summary>
    public bool Overdue(in QueueDemand demand, double came, double now, double backlog) => WaitLimit.Overdue(now - came, demand.Seconds, backlog, _profile.Typical);

    /// <summary>So many were overdue at once.</summary>
    public void Late(int works) => _mostLate = Math.Max(_mostLate, works);

    /// <summary>
    /// What no wait exceeded, in seconds: until it was overdue, and then until those had started that were overdue before it. Whoever is first of these starts
    /// when what runs has ended, at the latest.
    /// </summary>
    /// <param name="longest">The longest declared run time.</param>
    public double WaitBound(double longest) => Math.Max(WaitLimit.Backlogs * LongestBacklog, WaitLimit.LeastOfTypical * _profile.Typical) + (Math.Max(1, _mostLate) * longest);

    /// <summary>Looks at what is held; <see cref="Fits"/> answers by that, and by what starts afterwards.</summary>
    public void Look() => _headroom.Look();

    /// <summary>Whether it leaves the headroom of shorter work.</summary>
    public bool Fits(in QueueDemand demand) => _headroom.Fits(demand);
}
