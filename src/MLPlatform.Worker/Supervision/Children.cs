using System.Runtime.InteropServices;
using MLPlatform.Executors.Process.Native;

namespace MLPlatform.Worker.Supervision;

/// <summary>How a child ended, as the kernel tells.</summary>
internal sealed record ChildExit(int Pid, int? Code, int? Signal, double CpuSeconds, long PeakMemoryBytes);

/// <summary>
/// Starts children and reaps them. A child is known from before it can be reaped until it is, so that its process id
/// cannot mean another process while we use it.
/// </summary>
internal sealed class Children
{
    // A monitor, since its waits sleep; the slim primitives spin first, and with every start and end that adds up.
    private readonly object _gate = new();
    private readonly Dictionary<int, Action<ChildExit>> _known = [];
    private readonly HashSet<int> _threads = [Environment.ProcessId];
    private int _spawning;

    /// <summary>Orphans of our descendants become our children; without it they would escape to init.</summary>
    public Children(SupervisorLog log)
    {
        if (Libc.ProcessControl(Libc.SetChildSubreaper, 1, 0, 0, 0) != 0)
            log.Write("cannot become subreaper: " + Libc.Describe(Marshal.GetLastPInvokeError()));
        new Thread(ReapForEver) { IsBackground = true, Name = "reaper" }.Start();
    }

    /// <summary>Starts a child; call it from one long-lived thread. Returns 0 and the error number if it cannot be started.</summary>
    /// <param name="exited">Called once, on the thread pool.</param>
    public int Spawn(SpawnRequest request, Action<ChildExit> exited, out int error)
    {
        lock (_gate)
        {
            _threads.Add(Libc.ThreadId());
            _spawning++;
        }
        int pid = 0;
        error = 0;
        try
        {
            pid = MLPlatform.Executors.Process.Native.Spawn.Start(request, out error);
        }
        finally
        {
            lock (_gate)
            {
                _spawning--;
                if (pid != 0)
                    _known.Add(pid, exited);
                Monitor.PulseAll(_gate);
            }
        }
        return pid;
    }

    /// <summary>Signals a child that was not reaped yet, and, where asked for, its whole process group.</summary>
    public void Signal(int pid, int signal, bool group)
    {
        lock (_gate)
        {
            if (_known.ContainsKey(pid))
                _ = Libc.Kill(group ? -pid : pid, signal);
        }
    }

    /// <summary>Whether it was started here and not reaped yet. A start under way is waited for, since it may be that one.</summary>
    public bool Knows(int pid)
    {
        lock (_gate)
            return KnowsLocked(pid);
    }

    /// <summary>Living children that nobody here started: what attempts left behind and the kernel handed to us.</summary>
    public List<ProcStat> Strays()
    {
        int[] threads;
        lock (_gate)
            threads = [.. _threads];
        var strays = new List<ProcStat>();
        foreach (int thread in threads)
        {
            if (ProcStat.ChildrenOfThread(thread) is not int[] children)
                return [.. ProcStat.ReadAll().Where(p => p.Parent == Environment.ProcessId && !p.IsZombie && !Knows(p.Pid))];
            foreach (int child in children)
            {
                if (!Knows(child) && ProcStat.Read(child) is { IsZombie: false } stat)
                    strays.Add(stat);
            }
        }
        return strays;
    }

    private bool KnowsLocked(int pid)
    {
        while (!_known.ContainsKey(pid) && _spawning > 0)
            Monitor.Wait(_gate);
        return _known.ContainsKey(pid);
    }

    private void ReapForEver()
    {
        while (true)
        {
            int pid = WaitForAny(out int error);
            if (pid > 0)
                Reap(pid);
            else if (error == Libc.NoChild)
                WaitForStart();
        }
    }

    private void WaitForStart()
    {
        lock (_gate)
        {
            if (_known.Count == 0)
                Monitor.Wait(_gate, TimeSpan.FromSeconds(1)); // Strays come without a start of ours, so look again now and then.
        }
    }

    // Peeks only: the process id stays taken until it is out of the table.
    private static unsafe int WaitForAny(out int error)
    {
        const int pidOffset = 16;
        byte* info = stackalloc byte[128];
        *(int*)(info + pidOffset) = 0;
        error = Libc.WaitId(Libc.WaitAll, 0, info, Libc.WaitExitedNoReap) == 0 ? 0 : Marshal.GetLastPInvokeError();
        return error == 0 ? *(int*)(info + pidOffset) : 0;
    }

    private unsafe void Reap(int pid)
    {
        const int maxResidentOffset = 32;
        byte* usage = stackalloc byte[256];
        int status = 0;
        Action<ChildExit>? exited;
        lock (_gate)
        {
            KnowsLocked(pid);
            if (Libc.Wait(pid, &status, 0, usage) != pid)
                return;
            _known.Remove(pid, out exited);
        }
        if (exited is null)
            return;
        int signal = status & 0x7f;
        long* times = (long*)usage; // user seconds, microseconds; system seconds, microseconds
        double seconds = times[0] + times[2] + ((times[1] + times[3]) / 1e6);
        var exit = new ChildExit(
            pid, signal == 0 ? (status >> 8) & 0xff : null, signal == 0 ? null : signal, seconds,
            *(long*)(usage + maxResidentOffset) * 1024);
        ThreadPool.UnsafeQueueUserWorkItem(static state => state.exited(state.exit), (exited, exit), preferLocal: false);
    }
}
