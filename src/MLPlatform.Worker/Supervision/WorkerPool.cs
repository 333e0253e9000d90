using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process.Native;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Worker.Supervision;

/// <summary>
/// The warm workers: as many as attempts run at once, used again, ended when idle for long or grown large.
/// </summary>
internal sealed class WorkerPool(string home, Children children, Cgroups cgroups, TimeProvider time, SupervisorLog log)
{
    private static readonly TimeSpan IdlePatience = TimeSpan.FromSeconds(60);
    private const long LargestKept = 1L << 30;
    private const int WorkerDescriptor = 3;

    private readonly Lock _gate = new();
    private readonly Stack<WorkerProcess> _free = new();
    private readonly int _nothing = Libc.Open("/dev/null", Libc.ReadWrite | Libc.CloseOnExec, 0);

    /// <summary>Hands the attempt to a worker; returns why none could be started, or null.</summary>
    /// <param name="ended">Called once: with the worker's exit if it died over the attempt, else with the end it could not write, if any.</param>
    public Failure? Start(SupervisedAttempt attempt, Func<ChildExit?, ExitRecord?, Task> ended)
    {
        WorkerProcess? worker = TakeFree();
        if (worker is null)
        {
            worker = Spawn(out Failure? failure);
            if (worker is null)
                return failure;
        }
        LimitsApplied? applied = Limit(worker, attempt.Order.Limits);
        attempt.Worker = worker;
        AttemptRecords.Write(attempt, new ProcessRecord(
            worker.Pid, ProcStat.BootId, worker.StartTicks, time.GetUtcNow(), Worker: true, applied, worker.Cgroup?.Folders ?? [],
            ProcStat.Read(worker.Pid)?.CpuTicks ?? 0));
        attempt.Cgroup = worker.Cgroup;
        attempt.WorkerEnded = ended;
        if (worker.Run(attempt, applied) is ChildExit exit)
            _ = ended(exit, null);
        return null;
    }

    /// <summary>Ends workers that were free for long.</summary>
    public void EndIdle()
    {
        List<WorkerProcess> idle = [];
        lock (_gate)
        {
            if (_free.Count == 0)
                return;
            WorkerProcess[] all = [.. _free];
            _free.Clear();
            foreach (WorkerProcess worker in all.Reverse())
            {
                if (time.GetElapsedTime(worker.FreeSince) < IdlePatience)
                    _free.Push(worker);
                else
                    idle.Add(worker);
            }
        }
        foreach (WorkerProcess worker in idle)
            worker.Dispose();
    }

    private WorkerProcess? TakeFree()
    {
        lock (_gate)
        {
            while (_free.TryPop(out WorkerProcess? worker))
            {
                // One that died a moment ago must not cost an attempt.
                if (ProcStat.Read(worker.Pid) is { IsZombie: false } stat && stat.StartTicks == worker.StartTicks)
                    return worker;
            }
            return null;
        }
    }

    private unsafe WorkerProcess? Spawn(out Failure? failure)
    {
        int* pair = stackalloc int[2];
        if (Libc.SocketPair(Libc.UnixFamily, Libc.StreamSocketCloseOnExec, 0, pair) != 0)
            throw new IOException("socketpair: " + Libc.Describe(Marshal.GetLastPInvokeError()));
        var source = new TaskCompletionSource<WorkerProcess>();
        var request = new SpawnRequest
        {
            Program = Environment.ProcessPath!,
            Arguments = [Environment.ProcessPath!, .. Assembly(), "work", "--home", home],
            Environment = [.. Variables()],
            WorkingFolder = "/",
            Descriptors = [(_nothing, 0), (_nothing, 1), (_nothing, 2), (pair[1], WorkerDescriptor)],
        };
        int pid = children.Spawn(request, exit => _ = DiedAsync(source.Task, exit), out int error);
        _ = Libc.Close(pair[1]);
        if (pid == 0)
        {
            _ = Libc.Close(pair[0]);
            failure = ScriptProgram.Refused(error, request.Program);
            return null;
        }
        var worker = new WorkerProcess(pid, new Socket(new SafeSocketHandle(pair[0], ownsHandle: true)), children);
        source.SetResult(worker);
        _ = worker.ListenAsync(done => DoneAsync(worker, done), log);
        log.Write(string.Create(CultureInfo.InvariantCulture, $"worker {pid} started"));
        failure = null;
        return worker;
    }

    // Started through the dotnet host, a worker needs our assembly named; started through its own program, not.
    private static string[] Assembly() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(WorkerPool).Assembly.Location] : [];

    private static IEnumerable<string> Variables()
    {
        foreach (System.Collections.DictionaryEntry variable in Environment.GetEnvironmentVariables())
        {
            // Set for us, who only wait; a worker computes.
            if ((string)variable.Key is not ("DOTNET_TieredPGO" or "DOTNET_ThreadPool_UnfairSemaphoreSpinLimit"))
                yield return $"{variable.Key}={variable.Value}";
        }
    }

    private async Task DoneAsync(WorkerProcess worker, FromWorker.Done done)
    {
        // The worker stays taken until nothing is left of the attempt: what it started must not be laid to the next one.
        if (worker.Release() is not SupervisedAttempt attempt)
            return;
        attempt.BeforeTold = () => Free(worker, done.ResidentBytes);
        await attempt.WorkerEnded!(null, done.Exit);
    }

    private void Free(WorkerProcess worker, long residentBytes)
    {
        if (residentBytes > LargestKept)
        {
            log.Write(string.Create(CultureInfo.InvariantCulture, $"worker {worker.Pid} holds {residentBytes >> 20} MiB and is replaced"));
            worker.Dispose();
            return;
        }
        worker.Cgroup?.Lift();
        worker.FreeSince = time.GetTimestamp();
        lock (_gate)
            _free.Push(worker);
    }

    private async Task DiedAsync(Task<WorkerProcess> started, ChildExit exit)
    {
        WorkerProcess worker = await started;
        lock (_gate)
        {
            WorkerProcess[] others = [.. _free.Where(w => w != worker).Reverse()];
            _free.Clear();
            foreach (WorkerProcess other in others)
                _free.Push(other);
        }
        if (worker.Bury(exit) is SupervisedAttempt attempt)
            await attempt.WorkerEnded!(exit, null);
        if (worker.Cgroup is not null)
            await worker.Cgroup.RemoveAsync(time);
    }

    private LimitsApplied? Limit(WorkerProcess worker, LimitsOrder limits)
    {
        if (limits.MemoryBytes <= 0 && worker.Cgroup is null)
            return null;
        if (worker.Cgroup is null)
        {
            worker.Cgroup = cgroups.Create("worker-" + worker.Pid.ToString(CultureInfo.InvariantCulture));
            worker.Cgroup.Join(worker.Pid);
        }
        return worker.Cgroup.Apply(limits);
    }
}
