using MLPlatform.Core.Scheduling.Score;

namespace MLPlatform.Core.Scheduling.Simulation;

/// <summary>Keeps the limits of a queue: headroom for short jobs, and an end to waiting.</summary>
internal sealed class QueueGuard
{
    private readonly WorkProfile _profile = new();
    private readonly Headroom _headroom;
    private readonly int _gpus, _node;

    // Device seconds by what was declared: of what waits, and of what runs as of the instant 0.
    private double _waiting, _runningUntil;
    private long _held;
    private double _endedDeclared, _endedReal;

    public QueueGuard(int gpus, int node)
    {
        (_gpus, _node) = (gpus, node);
        _headroom = new Headroom(gpus, _profile);
    }

    private int _mostLate;

    public double LongestBacklog { get; private set; }

    /// <summary>
    /// What no job waits longer than: until it is overdue, and then until those have started that are overdue before it. Whoever is first starts
    /// when what runs has ended, at the latest.
    /// </summary>
    public double WaitBound(double longestDeclared) => Math.Max(WaitLimit.Backlogs * LongestBacklog, WaitLimit.LeastOfTypical * _profile.Typical) + (Math.Max(1, _mostLate) * longestDeclared);

    public void Late(int jobs) => _mostLate = Math.Max(_mostLate, jobs);

    public static QueueDemand Demand(QueueJob job, int node) => new(job.Declared, job.Gpus, node > 1 && job.Gpus >= node, job.Standing);

    public void Come(QueueJob job)
    {
        _profile.Add(job.Declared, job.Gpus);
        _waiting += job.Declared * job.Gpus;
    }

    public void Start(QueueJob job, double now)
    {
        _waiting -= job.Declared * job.Gpus;
        _runningUntil += (now + job.Declared) * job.Gpus;
        _held += job.Gpus;
        _headroom.Start(job.Declared, job.Gpus);
        _headroom.Look();
    }

    public void End(QueueJob job, double started)
    {
        _runningUntil -= (started + job.Declared) * job.Gpus;
        _held -= job.Gpus;
        _headroom.End(job.Declared, job.Gpus);
        _endedDeclared += job.Declared * job.Gpus;
        _endedReal += job.Seconds * job.Gpus;
    }

    /// <summary>How long all that waits and runs would take, if it filled the devices; declared time counts for as much as it was worth so far.</summary>
    public double Backlog(double now)
    {
        double worth = _endedDeclared > 0 ? _endedReal / _endedDeclared : 1;
        double backlog = worth * (Math.Max(0, _waiting) + Math.Max(0, _runningUntil - (now * _held))) / _gpus;
        LongestBacklog = Math.Max(LongestBacklog, backlog);
        return backlog;
    }

    public bool Overdue(QueueJob job, double now, double backlog) => WaitLimit.Overdue(now - job.Submitted, job.Declared, backlog, _profile.Typical);

    public void Look() => _headroom.Look();

    public bool Fits(QueueJob job) => _headroom.Fits(Demand(job, _node));
}
