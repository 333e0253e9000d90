using MLPlatform.Core.Scheduling.Score;

namespace MLPlatform.Core.Scheduling.Simulation;

/// <summary>
/// Jobs wait for identical devices, hold them until they end, and are never stopped. Decisions are made whenever a job comes or
/// ends; what ends at an instant is free for who comes at it.
/// </summary>
public sealed class QueueExperiment
{
    private readonly QueueJob[] _jobs;
    private readonly double[] _started;
    private readonly QueuePolicy _policy;
    private readonly PoolWatch? _watch;
    private readonly QueueDemand[] _demands;
    private readonly List<Running> _running = [], _expected = [];
    private readonly List<Waiting> _waiting = [], _overdue = [];
    private int _free, _longestQueue;
    private double _promised;
    private int _extra;

    private QueueExperiment(IReadOnlyList<QueueJob> jobs, int gpus, QueuePolicy policy)
    {
        _jobs = [.. jobs.OrderBy(j => j.Submitted)];
        _started = new double[_jobs.Length];
        _policy = policy;
        _watch = policy.NodeSize is null ? null : new PoolWatch(gpus);
        _demands = [.. _jobs.Select(j => j.Demand(policy.NodeSize ?? 1))];
        _free = gpus;
    }

    /// <exception cref="ArgumentException">A job asks for more devices than there are.</exception>
    public static QueueResult Run(IReadOnlyList<QueueJob> jobs, int gpus, QueuePolicy policy)
    {
        if (jobs.FirstOrDefault(j => j.Gpus > gpus) is { } impossible)
            throw new ArgumentException($"a job asks for {impossible.Gpus} of {gpus} GPUs", nameof(jobs));
        QueueExperiment experiment = new(jobs, gpus, policy);
        experiment.Run();
        return QueueResult.Of(experiment._jobs, experiment._started, gpus, experiment._longestQueue, experiment._watch);
    }

    private void Run()
    {
        for (int next = 0; next < _jobs.Length || _running.Count > 0;)
        {
            double now = Math.Min(next < _jobs.Length ? _jobs[next].Submitted : double.PositiveInfinity, _running.Count > 0 ? _running[0].Ends : double.PositiveInfinity);
            while (_running.Count > 0 && _running[0].Ends <= now)
                End();
            for (; next < _jobs.Length && _jobs[next].Submitted <= now; next++)
                Come(next, now);
            _longestQueue = Math.Max(_longestQueue, _waiting.Count + _overdue.Count);
            Decide(now);
        }
    }

    private void Come(int job, double now)
    {
        Insert(_waiting, new Waiting(_policy.Order.Key(_jobs[job], now), job));
        _watch?.Come(_demands[job]);
    }

    private void End()
    {
        int job = _running[0].Job;
        _free += _jobs[job].Gpus;
        _running.RemoveAt(0);
        _expected.RemoveAt(_expected.BinarySearch(new Running(_started[job] + _jobs[job].Declared, job)));
        _watch?.End(_demands[job], _started[job], _jobs[job].Seconds);
    }

    private void Decide(double now)
    {
        if (_waiting.Count + _overdue.Count == 0)
            return;
        Reorder(now);
        _promised = double.NaN;
        _watch?.Look();
        Offer(_overdue, now, late: true);
        Offer(_waiting, now, late: false);
    }

    private void Reorder(double now)
    {
        if (_free > 0 && _policy.Order.Moves)
        {
            for (int i = 0; i < _waiting.Count; i++)
                _waiting[i] = _waiting[i] with { Key = _policy.Order.Key(_jobs[_waiting[i].Job], now) };
            _waiting.Sort();
        }
        if (_watch is null)
            return;
        double backlog = _watch.Backlog(now);
        _waiting.RemoveAll(w =>
        {
            QueueJob job = _jobs[w.Job];
            if (!_watch.Overdue(_demands[w.Job], job.Submitted, now, backlog))
                return false;
            Insert(_overdue, new Waiting(WaitLimit.Key(job.Submitted, job.Declared), w.Job));
            return true;
        });
        _watch.Late(_overdue.Count);
    }

    private void Offer(List<Waiting> queue, double now, bool late)
    {
        int kept = 0, i = 0;
        for (; i < queue.Count && _free > 0; i++)
        {
            QueueJob job = _jobs[queue[i].Job];
            // Held back for the sake of shorter work, it has no promise either.
            bool held = !late && _watch?.Fits(_demands[queue[i].Job]) == false;
            if (!held && Goes(job, now))
            {
                Start(queue[i].Job, now);
                continue;
            }
            queue[kept++] = queue[i];
            if (_policy.Backfill == Backfill.Strict)
            {
                i++;
                break;
            }
            if (!held && _policy.Backfill == Backfill.Easy && double.IsNaN(_promised))
                Promise(job, now);
        }
        queue.RemoveRange(kept, i - kept);
    }

    private bool Goes(QueueJob job, double now)
    {
        if (job.Gpus > _free)
            return false;
        // Behind a promise: it ends before, or leaves enough.
        if (double.IsNaN(_promised) || now + job.Declared <= _promised)
            return true;
        if (job.Gpus > _extra)
            return false;
        _extra -= job.Gpus;
        return true;
    }

    /// <summary>When enough devices are free for the job, and how many it leaves then.</summary>
    private void Promise(QueueJob job, double now)
    {
        int free = _free, i = 0;
        while (free < job.Gpus)
            free += _jobs[_expected[i++].Job].Gpus;
        double at = Math.Max(now, _expected[i - 1].Ends);
        for (; i < _expected.Count && _expected[i].Ends <= at; i++)
            free += _jobs[_expected[i].Job].Gpus;
        (_promised, _extra) = (at, free - job.Gpus);
    }

    private void Start(int job, double now)
    {
        _started[job] = now;
        _free -= _jobs[job].Gpus;
        Insert(_running, new Running(now + _jobs[job].Seconds, job));
        Insert(_expected, new Running(now + _jobs[job].Declared, job));
        _watch?.Start(_demands[job], now);
    }

    private static void Insert<T>(List<T> sorted, T item) => sorted.Insert(~sorted.BinarySearch(item), item);

    private readonly record struct Waiting(double Key, int Job) : IComparable<Waiting>
    {
        public int CompareTo(Waiting other) => Key.CompareTo(other.Key) is not 0 and int by ? by : Job.CompareTo(other.Job);
    }

    private readonly record struct Running(double Ends, int Job) : IComparable<Running>
    {
        public int CompareTo(Running other) => Ends.CompareTo(other.Ends) is not 0 and int by ? by : Job.CompareTo(other.Job);
    }
}
