namespace MLPlatform.Core.Scheduling.Simulation;

/// <summary>
/// Jobs wait for identical devices, hold them until they end, and are never stopped. Decisions are made whenever a job comes or
/// ends; what ends at an instant is free for who comes at it.
/// </summary>
public sealed class QueueExperiment
{
    private readonly QueueJob[] _jobs;
    private readonly double[] _started;
    private readonly QueueOrder _order;
    private readonly Backfill _backfill;
    private readonly List<Running> _running = [];
    private readonly List<Waiting> _waiting = [];
    private int _free, _longestQueue;

    private QueueExperiment(IReadOnlyList<QueueJob> jobs, int gpus, QueueOrder order, Backfill backfill)
    {
        _jobs = [.. jobs.OrderBy(j => j.Submitted)];
        _started = new double[_jobs.Length];
        _order = order;
        _backfill = backfill;
        _free = gpus;
    }

    /// <exception cref="ArgumentException">A job asks for more devices than there are.</exception>
    public static QueueResult Run(IReadOnlyList<QueueJob> jobs, int gpus, QueueOrder order, Backfill backfill)
    {
        if (jobs.FirstOrDefault(j => j.Gpus > gpus) is { } impossible)
            throw new ArgumentException($"a job asks for {impossible.Gpus} of {gpus} GPUs", nameof(jobs));
        QueueExperiment experiment = new(jobs, gpus, order, backfill);
        experiment.Run();
        return QueueResult.Of(experiment._jobs, experiment._started, gpus, experiment._longestQueue);
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
            _longestQueue = Math.Max(_longestQueue, _waiting.Count);
            Decide(now);
        }
    }

    private void Come(int job, double now)
    {
        Waiting coming = new(_order.Key(_jobs[job], now), job);
        int at = _waiting.BinarySearch(coming);
        _waiting.Insert(~at, coming);
    }

    private void End()
    {
        _free += _jobs[_running[0].Job].Gpus;
        _running.RemoveAt(0);
    }

    private void Decide(double now)
    {
        if (_free == 0 || _waiting.Count == 0)
            return;
        if (_order.Moves)
        {
            for (int i = 0; i < _waiting.Count; i++)
                _waiting[i] = _waiting[i] with { Key = _order.Key(_jobs[_waiting[i].Job], now) };
            _waiting.Sort();
        }
        int kept = 0, extra = 0;
        double promised = double.NaN;
        int i2 = 0;
        for (; i2 < _waiting.Count && _free > 0; i2++)
        {
            QueueJob job = _jobs[_waiting[i2].Job];
            bool goes = job.Gpus <= _free;
            if (goes && !double.IsNaN(promised))
            {
                // Behind a promise: it ends before, or leaves enough.
                bool before = now + job.Declared <= promised;
                goes = before || job.Gpus <= extra;
                if (goes && !before)
                    extra -= job.Gpus;
            }
            if (goes)
            {
                Start(_waiting[i2].Job, now);
                continue;
            }
            _waiting[kept++] = _waiting[i2];
            if (_backfill == Backfill.Strict)
            {
                i2++;
                break;
            }
            if (_backfill == Backfill.Easy && double.IsNaN(promised))
                (promised, extra) = Promise(job);
        }
        _waiting.RemoveRange(kept, i2 - kept);
    }

    /// <summary>When enough devices are free for the job, and how many it leaves then.</summary>
    private (double At, int Extra) Promise(QueueJob job)
    {
        int free = _free, i = 0;
        while (free < job.Gpus)
            free += _jobs[_running[i++].Job].Gpus;
        double at = _running[i - 1].Ends;
        for (; i < _running.Count && _running[i].Ends <= at; i++)
            free += _jobs[_running[i].Job].Gpus;
        return (at, free - job.Gpus);
    }

    private void Start(int job, double now)
    {
        _started[job] = now;
        _free -= _jobs[job].Gpus;
        Running running = new(now + _jobs[job].Seconds, job);
        _running.Insert(~_running.BinarySearch(running), running);
    }

    private readonly record struct Waiting(double Key, int Job) : IComparable<Waiting>
    {
        public int CompareTo(Waiting other) => Key.CompareTo(other.Key) is not 0 and int by ? by : Job.CompareTo(other.Job);
    }

    private readonly record struct Running(double Ends, int Job) : IComparable<Running>
    {
        public int CompareTo(Running other) => Ends.CompareTo(other.Ends) is not 0 and int by ? by : Job.CompareTo(other.Job);
    }
}
