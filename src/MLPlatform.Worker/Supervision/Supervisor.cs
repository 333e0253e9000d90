using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process.Native;
using MLPlatform.Executors.Process.Protocol;
using MLPlatform.Worker.Usage;

namespace MLPlatform.Worker.Supervision;

/// <summary>
/// The one owner of a home's attempts: starts them, watches them and records how each ended, on disk before anybody is
/// told. Servers come and go.
/// </summary>
internal sealed class Supervisor : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan IdleTick = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<AttemptId, SupervisedAttempt> _attempts = [];
    private readonly Queue<SupervisedAttempt> _starts = [];
    private readonly SemaphoreSlim _wake = new(0, 1);
    private readonly string _home;
    private readonly TimeProvider _time;
    private readonly SupervisorLog _log;
    private readonly Children _children;
    private readonly ScriptStarter _scripts;
    private readonly WorkerPool _workers;
    private readonly AttemptFinisher _finisher;
    private readonly UsageWatch _usage;
    private bool _closing;

    public Supervisor(string home, TimeProvider time, SupervisorLog log)
    {
        _home = home;
        _time = time;
        _log = log;
        _children = new Children(log);
        _finisher = new AttemptFinisher(_children, time, log);
        var cgroups = new Cgroups(log);
        _scripts = new ScriptStarter(_children, cgroups, time, log);
        _workers = new WorkerPool(home, _children, cgroups, time, log);
        _usage = new UsageWatch(new GpuProbe(home, _children, time, log), time, log);
        new Thread(StartForEver) { IsBackground = true, Name = "starter" }.Start();
    }

    /// <summary>Makes sure that the attempt runs, and tells the client of its start and its end.</summary>
    public void Start(ToSupervisor.Start order, ISupervisorClient client)
    {
        // The id becomes a folder's name: only what parses as an attempt id, written back by ourselves, may.
        if (!AttemptId.TryParse(order.Id, out AttemptId id))
        {
            _log.Write($"refused a start with a malformed attempt id ({order.Id.Length} characters)");
            return;
        }
        SupervisedAttempt? attempt;
        lock (_gate)
        {
            if (_closing)
                return; // The connection ends now; the client asks our successor.
            if (_attempts.TryGetValue(id, out attempt))
            {
                attempt.Clients.Add(client);
                if (attempt.Process is ProcessRecord process)
                    client.Send(new FromSupervisor.Started(id.ToString(), process));
                return;
            }
            attempt = new SupervisedAttempt(id, AttemptFiles.Folder(_home, id), order);
            attempt.Clients.Add(client);
            _attempts.Add(id, attempt);
        }
        lock (_starts)
        {
            _starts.Enqueue(attempt);
            Monitor.Pulse(_starts);
        }
    }

    /// <summary>Asks an attempt to end and makes sure that it does.</summary>
    public async Task StopAsync(ToSupervisor.Stop order)
    {
        SupervisedAttempt? attempt = null;
        lock (_gate)
        {
            if (AttemptId.TryParse(order.Id, out AttemptId id))
                _attempts.TryGetValue(id, out attempt);
        }
        if (attempt is null)
            return;
        attempt.Stop = order;
        await attempt.Turn.WaitAsync(); // A start under way comes to its end first; one not begun sees Stop.
        attempt.Turn.Release();
        if (attempt.Process is not ProcessRecord process)
            return;
        if (attempt.Worker is WorkerProcess worker)
            worker.Cancel(attempt);
        else
            _finisher.Signal(attempt, process, Libc.SigTerm);
        await Task.Delay(TimeSpan.FromMilliseconds(order.GraceMilliseconds), _time);
        if (!IsLive(attempt))
            return;
        if (attempt.Worker is WorkerProcess stubborn)
            stubborn.Kill(attempt);
        else
            _finisher.Signal(attempt, process, Libc.SigKill);
    }

    /// <summary>Whether an attempt is under way.</summary>
    public bool Busy
    {
        get
        {
            lock (_gate)
                return _attempts.Count > 0;
        }
    }

    /// <summary>Forgets a client that went away.</summary>
    public void Forget(ISupervisorClient client)
    {
        lock (_gate)
        {
            foreach (SupervisedAttempt attempt in _attempts.Values)
                attempt.Clients.Remove(client);
        }
    }

    /// <summary>Refuses all further work, if none is under way; true if so.</summary>
    public bool TryClose()
    {
        lock (_gate)
        {
            _closing |= _attempts.Count == 0;
            return _closing;
        }
    }

    /// <summary>Keeps logs within their caps, sees what attempts use, and watches processes that are not our children.</summary>
    public async Task WatchAsync(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            SupervisedAttempt[] live;
            lock (_gate)
                live = [.. _attempts.Values];
            foreach (SupervisedAttempt attempt in live)
            {
                attempt.LogCap?.Check();
                if (attempt is { Adopted: true, Process: ProcessRecord process } && !IsAlive(process))
                {
                    attempt.Adopted = false;
                    _ = FinishAsync(attempt, null);
                }
            }
            _usage.Look(live);
            _workers.EndIdle();
            await _wake.WaitAsync(live.Length > 0 ? Tick : IdleTick, cancel);
        }
    }

    public void Dispose() => _wake.Dispose();

    private static bool IsAlive(ProcessRecord process) =>
        process.Boot == ProcStat.BootId && ProcStat.Read(process.Pid) is { IsZombie: false } stat && stat.StartTicks == process.StartTicks;

    private bool IsLive(SupervisedAttempt attempt)
    {
        lock (_gate)
            return _attempts.ContainsKey(attempt.Id);
    }

    private void StartForEver()
    {
        while (true)
        {
            SupervisedAttempt attempt = NextStart();
            attempt.Turn.Wait();
            try
            {
                Begin(attempt);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                _log.Write($"{attempt.Id}: {e}");
                EndWithout(attempt, AttemptFinisher.Unwritable(e));
            }
            finally
            {
                attempt.Turn.Release();
            }
        }
    }

    private SupervisedAttempt NextStart()
    {
        lock (_starts)
        {
            while (_starts.Count == 0)
                Monitor.Wait(_starts);
            return _starts.Dequeue();
        }
    }

    private void Begin(SupervisedAttempt attempt)
    {
        if (File.Exists(attempt.File(AttemptFiles.Exit)))
        {
            _ = FinishAsync(attempt, null);
            return;
        }
        attempt.LogCap = new LogCap(attempt.Folder, attempt.Order.Limits.LogBytes, _log.Write);
        int claim = ScriptStarter.Claim(attempt);
        if (claim < 0)
        {
            Adopt(attempt);
            return;
        }
        try
        {
            if (attempt.Stopping)
                EndWithout(attempt, null);
            else if (Launch(attempt, claim) is Failure failure)
                EndWithout(attempt, failure);
            else
                TellStarted(attempt);
        }
        finally
        {
            _ = Libc.Close(claim);
        }
    }

    private Failure? Launch(SupervisedAttempt attempt, int output) => attempt.Order.Activity is null
        ? _scripts.Start(attempt, output, exit => _ = FinishAsync(attempt, exit))
        : _workers.Start(attempt, (exit, unwritten) => FinishAsync(attempt, exit, unwritten));

    // Started once by a supervisor that is no more: watched if it runs still, else ended as it left its files.
    private void Adopt(SupervisedAttempt attempt)
    {
        ProcessRecord? process = AttemptRecords.ReadProcess(attempt.Folder) ?? _scripts.FindByTag(attempt);
        if (process is null || !IsAlive(process))
        {
            attempt.Process = process;
            _ = FinishAsync(attempt, null);
            return;
        }
        attempt.Process = process;
        attempt.Adopted = true;
        TellStarted(attempt);
        if (attempt.Stop is ToSupervisor.Stop stop)
            _ = StopAsync(stop); // It came before we knew which process is meant.
    }

    private void TellStarted(SupervisedAttempt attempt)
    {
        lock (_gate)
        {
            foreach (ISupervisorClient client in attempt.Clients)
                client.Send(new FromSupervisor.Started(attempt.Id.ToString(), attempt.Process!));
        }
        if (_wake.CurrentCount == 0)
            TryWake();
    }

    private void TryWake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // Another start woke the watch at the same moment: awake is all it has to be.
        }
    }

    private void EndWithout(SupervisedAttempt attempt, Failure? failure) =>
        _ = EndAsync(attempt, new ExitRecord { At = _time.GetUtcNow(), Failure = failure, Stopped = attempt.Stopping });

    private async Task FinishAsync(SupervisedAttempt attempt, ChildExit? exit, ExitRecord? unwritten = null)
    {
        try
        {
            await attempt.Turn.WaitAsync();
            attempt.Turn.Release();
            await EndAsync(attempt, await _finisher.FinishAsync(attempt, exit, unwritten));
        }
        catch (Exception e)
        {
            _log.Write($"{attempt.Id}: finishing it failed: {e}");
            throw;
        }
    }

    private async Task EndAsync(SupervisedAttempt attempt, ExitRecord exit)
    {
        await _finisher.RecordAsync(attempt, exit);
        ISupervisorClient[] clients;
        lock (_gate)
        {
            _attempts.Remove(attempt.Id);
            clients = [.. attempt.Clients];
        }
        attempt.BeforeTold?.Invoke();
        lock (_gate)
        {
            if (_attempts.Count == 0)
                _finisher.KillStrays();
        }
        foreach (ISupervisorClient client in clients)
            client.Send(new FromSupervisor.Ended(attempt.Id.ToString(), exit));
    }
}
