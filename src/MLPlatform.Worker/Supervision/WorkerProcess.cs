using System.Net.Sockets;
using System.Text.Json;
using MLPlatform.Executors.Process.Native;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Worker.Supervision;

/// <summary>A warm worker: a process that runs one attempt at a time.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Children _children;
    private readonly NetworkStream _stream;
    private readonly JsonLines<FromWorker, ToWorker> _lines;
    private SupervisedAttempt? _current;
    private ChildExit? _exit;

    public WorkerProcess(int pid, Socket socket, Children children)
    {
        _children = children;
        Pid = pid;
        StartTicks = ProcStat.Read(pid)?.StartTicks ?? 0;
        _stream = new NetworkStream(socket, ownsSocket: true);
        _lines = new JsonLines<FromWorker, ToWorker>(_stream, ProtocolJson.Default.FromWorker, ProtocolJson.Default.ToWorker);
        Writing = _lines.WriteAllAsync(CancellationToken.None);
    }

    public int Pid { get; }
    public long StartTicks { get; }

    /// <summary>When it last became free; a timestamp.</summary>
    public long FreeSince { get; set; }

    /// <summary>Its control group, once an attempt asked for limits.</summary>
    public Cgroup? Cgroup { get; set; }

    private Task Writing { get; }

    /// <summary>Hands it an attempt; it must be free.</summary>
    /// <returns>Its exit where it has died already: nobody will tell of it again. Else null.</returns>
    public ChildExit? Run(SupervisedAttempt attempt, LimitsApplied? applied)
    {
        lock (_gate)
        {
            if (_exit is not null)
                return _exit;
            _current = attempt;
        }
        _lines.Send(new ToWorker.Run(attempt.Id.ToString(), attempt.Order.Activity!, attempt.Order.Limits, applied));
        return null;
    }

    /// <summary>Lets go of it once it is dead, and takes its attempt from it; null if it has none.</summary>
    public SupervisedAttempt? Bury(ChildExit exit)
    {
        lock (_gate)
            _exit = exit;
        Dispose();
        return Release();
    }

    /// <summary>Takes its attempt from it; null if it has none.</summary>
    public SupervisedAttempt? Release()
    {
        lock (_gate)
        {
            SupervisedAttempt? attempt = _current;
            _current = null;
            return attempt;
        }
    }

    /// <summary>Asks the attempt to end.</summary>
    public void Cancel(SupervisedAttempt attempt) => _lines.Send(new ToWorker.Cancel(attempt.Id.ToString()));

    /// <summary>Ends the worker, but only while it runs this attempt.</summary>
    public void Kill(SupervisedAttempt attempt)
    {
        lock (_gate)
        {
            if (_current == attempt)
                _children.Signal(Pid, Libc.SigKill, group: true);
        }
    }

    /// <summary>Tells what the worker says, until it ends.</summary>
    public async Task ListenAsync(Func<FromWorker.Done, Task> done, SupervisorLog log)
    {
        try
        {
            await foreach (FromWorker message in _lines.ReadAllAsync(CancellationToken.None))
            {
                if (message is FromWorker.Done end)
                    await done(end);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or JsonException)
        {
            log.Write($"worker {Pid}: its connection broke: {e.Message}"); // How it ended, its exit tells.
        }
    }

    /// <summary>Lets a free worker end.</summary>
    public void Dispose()
    {
        _lines.Complete();
        Writing.ContinueWith(_ => _stream.Dispose(), TaskScheduler.Default);
    }
}
