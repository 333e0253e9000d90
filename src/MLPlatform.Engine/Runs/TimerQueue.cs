namespace MLPlatform.Engine.Runs;

/// <summary>Things to do at a time. Touched by the engine's loop only; the wake-up call may come from any thread.</summary>
internal sealed class TimerQueue : IDisposable
{
    private readonly PriorityQueue<Action, DateTimeOffset> _due = new();
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private DateTimeOffset _armedFor = DateTimeOffset.MaxValue;

    public TimerQueue(TimeProvider time, Action wake)
    {
        _time = time;
        _timer = time.CreateTimer(_ => wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Add(DateTimeOffset at, Action action)
    {
        _due.Enqueue(action, at);
        Arm();
    }

    /// <summary>Does what is due.</summary>
    public void RunDue()
    {
        DateTimeOffset now = _time.GetUtcNow();
        _armedFor = DateTimeOffset.MaxValue;
        while (_due.TryPeek(out Action? action, out DateTimeOffset at) && at <= now)
        {
            _due.Dequeue();
            action();
        }
        Arm();
    }

    public void Clear()
    {
        _due.Clear();
        _armedFor = DateTimeOffset.MaxValue;
    }

    public void Dispose() => _timer.Dispose();

    private void Arm()
    {
        if (!_due.TryPeek(out _, out DateTimeOffset at) || at >= _armedFor)
            return;
        _armedFor = at;
        TimeSpan wait = at - _time.GetUtcNow();
        // A timer takes at most 49 days; waking early only arms it again.
        _timer.Change(TimeSpan.FromTicks(Math.Clamp(wait.Ticks, 0, TimeSpan.FromDays(30).Ticks)), Timeout.InfiniteTimeSpan);
    }
}
