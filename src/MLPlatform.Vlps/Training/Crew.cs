using System.Runtime.ExceptionServices;

namespace MLPlatform.Vlps.Training;

/// <summary>A fixed team of threads that do one thing together, again and again; the caller is its member 0.</summary>
internal sealed class Crew : IDisposable
{
    private readonly SemaphoreSlim[] _go;
    private readonly SemaphoreSlim _done = new(0);
    private readonly Thread[] _threads;
    private Action<int> _work = _ => { };
    private Exception? _failure;
    private volatile bool _ended;

    public Crew(int size)
    {
        Size = size;
        Barrier = new SpinBarrier(size);
        _go = [.. Enumerable.Range(1, size - 1).Select(_ => new SemaphoreSlim(0))];
        _threads = [.. Enumerable.Range(1, size - 1).Select(i => new Thread(() => Loop(i)) { IsBackground = true, Name = $"vlps-{i}" })];
        Array.ForEach(_threads, t => t.Start());
    }

    public int Size { get; }

    /// <summary>Where members wait for each other while they work.</summary>
    public SpinBarrier Barrier { get; }

    /// <summary>Runs the work on every member, told its number, and returns when all are done. Where one fails, the others end at the barrier, and its exception is the caller's.</summary>
    public void Run(Action<int> work)
    {
        _work = work;
        _failure = null;
        Array.ForEach(_go, g => g.Release());
        Work(0);
        for (int i = 1; i < Size; i++)
            _done.Wait();
        if (_failure is not { } failure)
            return;
        Barrier.Mend();
        ExceptionDispatchInfo.Throw(failure);
    }

    private void Loop(int member)
    {
        while (true)
        {
            _go[member - 1].Wait();
            if (_ended)
                return;
            Work(member);
            _done.Release();
        }
    }

    private void Work(int member)
    {
        try
        {
            _work(member);
        }
        catch (Exception e) // Handed to the caller of Run; the thread itself must not end the process.
        {
            // The first is the cause; those who waited for it fail after it.
            Interlocked.CompareExchange(ref _failure, e, null);
            Barrier.Break();
        }
    }

    public void Dispose()
    {
        _ended = true;
        Array.ForEach(_go, g => g.Release());
        Array.ForEach(_threads, t => t.Join());
        Array.ForEach(_go, g => g.Dispose());
        _done.Dispose();
    }
}

/// <summary>A barrier for very short phases: members spin, and yield their core when the others take long.</summary>
internal sealed class SpinBarrier(int members)
{
    private int _waiting;
    private int _phase;
    private volatile bool _broken;

    /// <summary>Ends all waits, those to come included: a member will not come.</summary>
    public void Break() => _broken = true;

    /// <summary>Makes it as new, once nobody waits.</summary>
    public void Mend() => (_broken, _waiting) = (false, 0);

    /// <param name="between">What the last member to come does before all go on.</param>
    public void Wait(Action? between = null)
    {
        if (members == 1)
        {
            between?.Invoke();
            return;
        }
        int phase = Volatile.Read(ref _phase);
        if (Interlocked.Increment(ref _waiting) == members)
        {
            between?.Invoke();
            Volatile.Write(ref _waiting, 0);
            Volatile.Write(ref _phase, phase + 1);
            return;
        }
        var spin = new SpinWait();
        while (Volatile.Read(ref _phase) == phase)
        {
            if (_broken)
                throw new InvalidOperationException("another member failed");
            spin.SpinOnce(sleep1Threshold: -1);
        }
    }
}
