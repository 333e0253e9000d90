using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using MLPlatform.Executors.Process.Native;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Executors.Process;

/// <summary>Connects to the home's supervisor and starts one where there is none.</summary>
internal sealed partial class SupervisorLauncher(ProcessExecutorOptions options, TimeProvider time, ILogger log)
{
    // It mostly waits and must start at once: no profiling, no spinning for work to come, no remapping of compiled code.
    private static readonly string[] Frugal =
        ["DOTNET_TieredPGO=0", "DOTNET_ThreadPool_UnfairSemaphoreSpinLimit=0", "DOTNET_EnableWriteXorExecute=0"];

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    /// <summary>The build that a supervisor of ours would run.</summary>
    public string? Build { get; private set; }

    /// <exception cref="IOException">None answers and none could be started.</exception>
    public async Task<Socket> ConnectAsync(CancellationToken cancel)
    {
        Directory.CreateDirectory(options.Home);
        string path = SupervisorFiles.Socket(options.Home);
        long began = time.GetTimestamp();
        int child = 0;
        while (true)
        {
            Build ??= SupervisorFiles.BuildOf(WorkerProgram.Find(options.WorkerPath));
            if (await TryConnectAsync(path, cancel) is Socket socket)
                return socket;
            if (child == 0)
                child = Launch();
            if (time.GetElapsedTime(began) > options.SupervisorPatience)
                throw new IOException($"the supervisor does not answer on {path}; its log says: {LastWords()}");
            await Task.Delay(Pause, time, cancel);
        }
    }

    private static async Task<Socket?> TryConnectAsync(string path, CancellationToken cancel)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel);
            return socket;
        }
        catch (SocketException)
        {
            socket.Dispose(); // Nobody listens there, or no longer.
            return null;
        }
    }

    // In a session of its own, so that neither a signal to our group nor our own end reaches it.
    private int Launch()
    {
        string host = WorkerProgram.FindHost();
        int nothing = Libc.Open("/dev/null", Libc.ReadOnly | Libc.CloseOnExec, 0);
        int output = Libc.Open(
            SupervisorFiles.Log(options.Home), Libc.WriteOnly | Libc.Create | Libc.Append | Libc.CloseOnExec, 0x180);
        try
        {
            if (output < 0)
                throw new IOException($"{SupervisorFiles.Log(options.Home)}: {Libc.Describe(Marshal.GetLastPInvokeError())}");
            int pid = Spawn.Start(
                new SpawnRequest
                {
                    Program = host,
                    Arguments =
                    [
                        "dotnet", WorkerProgram.Find(options.WorkerPath), "supervise", "--home", Path.GetFullPath(options.Home),
                        "--idle", ((long)options.SupervisorIdle.TotalSeconds).ToString(CultureInfo.InvariantCulture),
                    ],
                    Environment =
                    [
                        .. AttemptEnvironment.Base(options).Select(v => $"{v.Key}={v.Value}"),
                        .. Frugal,
                        "MLP_ACTIVITY_ASSEMBLIES=" + string.Join(':', options.ActivityAssemblies.Select(Path.GetFullPath)),
                    ],
                    WorkingFolder = "/",
                    Descriptors = [(nothing, 0), (output, 1), (output, 2)],
                    CloseOthers = false, // What our starter left open in us may be its mark that this build is in use.
                },
                out int error);
            if (pid == 0)
                throw new IOException($"starting {host} failed: {Libc.Describe(error)}");
            LogLaunched(log, pid, options.Home);
            new Thread(() => Reap(pid)) { IsBackground = true, Name = "supervisor reaper" }.Start();
            return pid;
        }
        finally
        {
            _ = Libc.Close(nothing);
            _ = Libc.Close(output);
        }
    }

    private static unsafe void Reap(int pid)
    {
        int status;
        while (Libc.Wait(pid, &status, 0, null) < 0 && Marshal.GetLastPInvokeError() == Libc.Interrupted)
        {
        }
    }

    private string LastWords()
    {
        string path = SupervisorFiles.Log(options.Home);
        return File.Exists(path) ? string.Join(" | ", File.ReadLines(path).TakeLast(3)) : "(no log)";
    }

    [LoggerMessage(3001, LogLevel.Information, "Started supervisor {Pid} for {Home}")]
    private static partial void LogLaunched(ILogger logger, int pid, string home);
}
