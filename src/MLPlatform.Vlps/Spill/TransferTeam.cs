using System.Runtime.ExceptionServices;

namespace MLPlatform.Vlps.Spill;

/// <summary>
/// Threads that wait for a disk together: many transfers are under way at once. Unlike a <see cref="Training.Crew"/>, which spins since
/// its phases take microseconds, they sleep where there is nothing to do, and no more of them are woken than there is work for.
/// </summary>
/// <param name="most">Transfers under way at once, the caller's included.</param>
internal sealed class TransferTeam(int most) : IDisposable
{
    /// <summary>What there is for each thread that is woken.</summary>
    private const int LeastEach = 2;

    private readonly Lock _turn = new();
    private readonly object _calls = new();
    private readonly object _ends = new();
    private readonly List<Thread> _threads = [];
    private Action<int> _work = _ => { };
    private Exception? _failure;
    private int _count;
    private int _next;
    private int _called;
    private int _busy;
    private bool _ended;

    /// <summary>Does the work for each number below a count, in no order, and returns when all is done. What one fails with is the caller's.</summary>
    public void Run(int count, Action<int> work)
    {
        lock (_turn)
        {
            (_work, _count, _next, _failure) = (work, count, 0, null);
            Call(Math.Min(most, (count + LeastEach - 1) / LeastEach) - 1);
            Work();
            AwaitOthers();
            if (_failure is { } failure)
                ExceptionDispatchInfo.Throw(failure);
        }
    }

    private void Call(int others)
    {
        if (others <= 0)
            return;
        while (_threads.Count < others)
        {
            var thread = new Thread(Loop) { IsBackground = true, Name = $"vlps-spill-{_threads.Count + 1}" };
            _threads.Add(thread);
            thread.Start();
        }
        lock (_calls)
        {
            _called = others;
            for (int i = 0; i < others; i++)
                Monitor.Pulse(_calls);
        }
    }

    private void AwaitOthers()
    {
        lock (_calls)
            _called = 0; // All is begun: who has not come yet need not.
        lock (_ends)
        {
            while (Volatile.Read(ref _busy) > 0)
                Monitor.Wait(_ends);
        }
    }

    private void Loop()
    {
        while (true)
        {
            lock (_calls)
            {
                while (_called == 0 && !_ended)
                    Monitor.Wait(_calls);
                if (_ended)
                    return;
                _called--;
                Interlocked.Increment(ref _busy);
            }
            Work();
            if (Interlocked.Decrement(ref _busy) > 0)
                continue;
            lock (_ends)
                Monitor.Pulse(_ends);
        }
    }

    private void Work()
    {
        try
        {
            for (int i = Interlocked.Increment(ref _next) - 1; i < _count; i = Interlocked.Increment(ref _next) - 1)
                _work(i);
        }
        catch (Exception e) // Handed to the caller of Run; the thread itself must not end the process.
        {
            Interlocked.CompareExchange(ref _failure, e, null);
            Volatile.Write(ref _next, _count);
        }
    }

    public void Dispose()
    {
        lock (_calls)
        {
            _ended = true;
            Monitor.PulseAll(_calls);
        }
        _threads.ForEach(t => t.Join());
    }
}
