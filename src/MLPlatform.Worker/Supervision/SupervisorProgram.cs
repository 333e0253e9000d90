using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using MLPlatform.Executors.Process.Native;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Worker.Supervision;

/// <summary><c>supervise --home DIR</c>: lives while a server is connected or an attempt runs, and a while longer.</summary>
internal static class SupervisorProgram
{
    private static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan IdleCheck = TimeSpan.FromMilliseconds(500);

    public static async Task<int> RunAsync(string home, TimeSpan idle)
    {
        TimeProvider time = TimeProvider.System;
        home = Path.GetFullPath(home);
        var log = new SupervisorLog(time);
        if (!await LockAsync(SupervisorFiles.Lock(home), time))
            return 0; // Another one serves this home: that is all our starter wants.
        AttemptFiles.WriteWhole(SupervisorFiles.Card(home), Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"{{\"pid\":{Environment.ProcessId},\"startedAt\":\"{time.GetUtcNow():O}\"}}\n")));
        using var supervisor = new Supervisor(home, time, log);
        using var socket = new SupervisorSocket(supervisor, SupervisorFiles.Socket(home), SupervisorFiles.BuildOf(typeof(Supervisor).Assembly.Location), log);
        log.Write(string.Create(CultureInfo.InvariantCulture, $"process {Environment.ProcessId} serves {home}"));
        using var end = new CancellationTokenSource();
        socket.Retired += () => End(supervisor, end);
        Task serving = socket.ServeAsync(end.Token);
        Task watching = supervisor.WatchAsync(end.Token);
        Task idling = EndWhenIdleAsync(supervisor, socket, idle, time, end);
        await serving;
        await Task.WhenAll(watching, idling).ContinueWith(static _ => { }, TaskScheduler.Default);
        log.Write("ends");
        return 0;
    }

    private static void End(Supervisor supervisor, CancellationTokenSource end)
    {
        if (supervisor.TryClose())
            end.Cancel();
    }

    private static async Task EndWhenIdleAsync(
        Supervisor supervisor, SupervisorSocket socket, TimeSpan idle, TimeProvider time, CancellationTokenSource end)
    {
        long since = time.GetTimestamp();
        while (!end.IsCancellationRequested)
        {
            await Task.Delay(IdleCheck, time, end.Token);
            if (socket.Clients > 0 || supervisor.Busy)
                since = time.GetTimestamp();
            else if (time.GetElapsedTime(since) >= idle)
                End(supervisor, end);
        }
    }

    // The lock is the kernel's: it ends with us, however we end.
    private static async Task<bool> LockAsync(string path, TimeProvider time)
    {
        int file = Libc.Open(path, Libc.ReadWrite | Libc.Create | Libc.CloseOnExec, 0x180);
        if (file < 0)
            throw new IOException($"{path}: {Libc.Describe(Marshal.GetLastPInvokeError())}");
        long began = time.GetTimestamp();
        while (Libc.Lock(file, Libc.LockExclusiveNoWait) != 0)
        {
            if (time.GetElapsedTime(began) > LockPatience)
                return false;
            await Task.Delay(LockPause, time);
        }
        return true; // Never closed: that would end the lock.
    }
}
