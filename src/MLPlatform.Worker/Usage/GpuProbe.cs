using System.Runtime.InteropServices;
using MLPlatform.Core.Usage;
using MLPlatform.Executors.Process.Native;
using MLPlatform.Worker.Supervision;

namespace MLPlatform.Worker.Usage;

/// <summary>
/// Asks nvidia-smi, where there is one on the PATH, what the GPUs do: every few seconds while somebody wants to know, on a thread of
/// its own, since it may take seconds.
/// </summary>
internal sealed class GpuProbe(string home, Children children, TimeProvider time, SupervisorLog log)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan AfterTrouble = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly object _gate = new(); // A monitor: its waits sleep.
    private readonly string _answers = Path.Combine(home, "supervisor.gpu");
    private readonly int _nothing = Libc.Open("/dev/null", Libc.ReadWrite | Libc.CloseOnExec, 0);
    private volatile GpuReading? _latest;
    private Thread? _thread;
    private TimeSpan _pause = Every;
    private long _asked;
    private int _readings;
    private Task? _hung;
    private bool _isWanted;

    /// <summary>The last reading, and a wish for the next; null where there is none.</summary>
    public GpuReading? Latest()
    {
        if (_asked != 0 && time.GetElapsedTime(_asked) < _pause)
            return _latest;
        _asked = time.GetTimestamp();
        if (_thread is null)
        {
            if (Find() is not string program)
            {
                _pause = AfterTrouble;
                return null;
            }
            log.Write($"GPUs are asked about with {program}");
            _thread = new Thread(() => AskForEver(program)) { IsBackground = true, Name = "gpu" };
            _thread.Start();
        }
        lock (_gate)
        {
            _isWanted = true;
            Monitor.Pulse(_gate);
        }
        return _latest;
    }

    private static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Select(folder => Path.Combine(folder, NvidiaSmi.Program)).FirstOrDefault(path => File.Exists(path) && Libc.Access(path, Libc.MayExecute) == 0);

    private void AskForEver(string program)
    {
        while (true)
        {
            lock (_gate)
            {
                while (!_isWanted)
                    Monitor.Wait(_gate);
                _isWanted = false;
            }
            string? devices = Ask(program, NvidiaSmi.AskDevices);
            string? processes = devices is null ? null : Ask(program, NvidiaSmi.AskProcesses);
            _latest = processes is null ? null : new GpuReading(++_readings, NvidiaSmi.Devices(devices!), NvidiaSmi.Processes(processes));
            _pause = processes is null ? AfterTrouble : Every;
            lock (_gate)
                _isWanted = false; // A wish from meanwhile is fulfilled, or would only meet the same trouble.
        }
    }

    private string? Ask(string program, IReadOnlyList<string> arguments)
    {
        if (_hung is { IsCompleted: false })
            return null; // One that even SIGKILL does not end, as a driver in trouble makes them, is enough.
        try
        {
            using FileStream answers = new(_answers, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite);
            TaskCompletionSource<ChildExit> ended = new();
            var request = new SpawnRequest
            {
                Program = program,
                Arguments = [program, .. arguments],
                Environment = [$"PATH={Environment.GetEnvironmentVariable("PATH")}", "LC_ALL=C"],
                WorkingFolder = "/",
                Descriptors = [(_nothing, 0), ((int)answers.SafeFileHandle.DangerousGetHandle(), 1), (_nothing, 2)],
            };
            int pid = children.Spawn(request, ended.SetResult, out int error);
            if (pid == 0)
                return Refused($"it cannot be started: {Libc.Describe(error)}");
            if (!ended.Task.Wait(Patience))
            {
                children.Signal(pid, Libc.SigKill, group: true);
                _hung = ended.Task;
                return Refused($"it did not answer within {Patience.TotalSeconds} s");
            }
            if (ended.Task.Result is { Code: not 0 } exit)
                return Refused($"it ended with {(exit.Code is int code ? $"exit code {code}" : $"signal {exit.Signal}")}");
            answers.Position = 0;
            using StreamReader reader = new(answers);
            return reader.ReadToEnd();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Refused(e.Message);
        }
    }

    private string? Refused(string why)
    {
        if (_pause != AfterTrouble)
            log.Write($"{NvidiaSmi.Program} tells nothing: {why}; it is asked again in {AfterTrouble.TotalSeconds} s");
        return null;
    }
}
