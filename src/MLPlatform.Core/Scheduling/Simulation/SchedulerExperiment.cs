using MLPlatform.Core.Scheduling.Admission;
using MLPlatform.Core.Scheduling.Placement;
using MLPlatform.Core.Scheduling.Score;

namespace MLPlatform.Core.Scheduling.Simulation;

/// <summary>
/// The jobs of a trace through the scheduler itself, in one pool of identical devices, by the same order, the same limit to waiting and the same headroom
/// as <see cref="QueueExperiment"/> by score.
/// </summary>
public sealed class SchedulerExperiment : IStartLimit
{
    private readonly QueueJob[] _jobs;
    private readonly QueueDemand[] _demands;
    private readonly double[] _started;
    private readonly Scheduler _scheduler = new(new AdmissionSettings { Promises = 1, Patience = TimeSpan.FromDays(10_000) });
    private readonly PoolWatch _watch;
    private readonly PriorityQueue<int, (double Ends, int Job)> _running = new();
    private readonly List<int> _waiting = [];
    private readonly HashSet<int> _late = [];
    private readonly Dictionary<int, Gang> _gangs = [];
    private int _longestQueue;
    private DateTimeOffset? _lookAgain;
    private double _now;

    private SchedulerExperiment(IReadOnlyList<QueueJob> jobs, int gpus, int node)
    {
        _jobs = [.. jobs.OrderBy(j => j.Submitted)];
        _demands = [.. _jobs.Select(j => j.Demand(node))];
        _started = new double[_jobs.Length];
        _watch = new PoolWatch(gpus);
        // Devices that are not told apart, as in the experiment.
        _scheduler.Delegate(Scheduler.DefaultPool, new Amount(0, 0, 1000L * gpus));
        _scheduler.Limit = this;
    }

    /// <param name="node">Devices of a node.</param>
    public static QueueResult Run(IReadOnlyList<QueueJob> jobs, int gpus, int node)
    {
        if (jobs.FirstOrDefault(j => j.Gpus > gpus) is { } impossible)
            throw new ArgumentException($"a job asks for {impossible.Gpus} of {gpus} GPUs", nameof(jobs));
        SchedulerExperiment experiment = new(jobs, gpus, node);
        experiment.Run();
        return QueueResult.Of(experiment._jobs, experiment._started, gpus, experiment._longestQueue, experiment._watch);
    }

    private void Run()
    {
        for (int next = 0; next < _jobs.Length || _running.Count > 0 || _waiting.Count > 0;)
        {
            double now = Math.Min(next < _jobs.Length ? _jobs[next].Submitted : double.PositiveInfinity, _running.TryPeek(out _, out (double Ends, int) first) ? first.Ends : double.PositiveInfinity);
            if (double.IsPositiveInfinity(now))
                now = _lookAgain is { } again ? (again - DateTimeOffset.UnixEpoch).TotalSeconds : throw new InvalidOperationException($"{_waiting.Count} jobs wait for ever, the first of them {_jobs[_waiting[0]]}");
            while (_running.TryPeek(out int ended, out (double Ends, int) at) && at.Ends <= now)
            {
                _running.Dequeue();
                _scheduler.Ended(WorkId.Of(ended));
                _watch.End(_demands[ended], _started[ended], _jobs[ended].Seconds);
            }
            for (; next < _jobs.Length && _jobs[next].Submitted <= now; next++)
                Come(next);
            _longestQueue = Math.Max(_longestQueue, _waiting.Count);
            FindLate(now);
            _watch.Look();
            _now = now;
            AdmissionPlan plan = _scheduler.Decide(Instant(now));
            _lookAgain = plan.LookAgain;
            foreach (Admitted admitted in plan.Admissions)
                Start(admitted.Work.Id.Node, now);
        }
    }

    private void Come(int job)
    {
        _watch.Come(_demands[job]);
        _waiting.Add(job);
        _scheduler.Enqueue(new Work
        {
            Id = WorkId.Of(job),
            Gang = GangOf(_jobs[job].Gpus),
            Since = Instant(_jobs[job].Submitted),
            RunTime = TimeSpan.FromSeconds(_jobs[job].Declared),
            Order = -QueueKey.Of(_demands[job]),
            Preemptible = false,
        });
    }

    private void FindLate(double now)
    {
        double backlog = _watch.Backlog(now);
        foreach (int job in _waiting)
        {
            if (_late.Contains(job) || !_watch.Overdue(_demands[job], _jobs[job].Submitted, now, backlog))
                continue;
            _late.Add(job);
            _scheduler.Reorder(WorkId.Of(job), WaitLimit.Order(_jobs[job].Submitted, _jobs[job].Declared));
        }
        _watch.Late(_late.Count);
    }

    bool IStartLimit.Allows(Work work) => _late.Contains(work.Id.Node) || _watch.Fits(_demands[work.Id.Node]);

    void IStartLimit.Starts(Work work, string pool) => _watch.Start(_demands[work.Id.Node], _now);

    private void Start(int job, double now)
    {
        _started[job] = now;
        _running.Enqueue(job, (now + _jobs[job].Seconds, job));
        _waiting.Remove(job);
        _late.Remove(job);
    }

    private Gang GangOf(int gpus)
    {
        if (!_gangs.TryGetValue(gpus, out Gang? gang))
            _gangs.Add(gpus, gang = Gang.Of(new NodeAsk(0, 0, gpus, NodeKind.Device, "")));
        return gang;
    }

    private static DateTimeOffset Instant(double seconds) => DateTimeOffset.UnixEpoch.AddSeconds(seconds);
}
