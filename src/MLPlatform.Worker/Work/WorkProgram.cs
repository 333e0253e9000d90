using System.Net.Sockets;
using System.Runtime.InteropServices;
using MLPlatform.Executors.Process.Native;
using MLPlatform.Executors.Process.Protocol;
using MLPlatform.Storage.Artifacts;

namespace MLPlatform.Worker.Work;

/// <summary>
/// <c>work --home DIR</c>: runs one attempt at a time, as told over descriptor 3, until that is closed. An attempt under
/// way is finished even if the supervisor is gone: its end is written down here.
/// </summary>
internal static class WorkProgram
{
    /// <summary>The descriptor that connects a worker with its supervisor.</summary>
    public const int Descriptor = 3;

    public static async Task<int> RunAsync(string home)
    {
        home = Path.GetFullPath(home);
        var runner = new AttemptRunner(
            home, new Activities(new LocalArtifactStore(Path.Combine(home, "artifacts")), TimeProvider.System), TimeProvider.System);
        using PosixSignalRegistration term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true; // The attempt is cancelled, not the process: its end must be written down.
            runner.Cancel();
        });
        using var stream = new NetworkStream(new Socket(new SafeSocketHandle(Descriptor, ownsHandle: true)), ownsSocket: true);
        var lines = new JsonLines<ToWorker, FromWorker>(stream, ProtocolJson.Default.ToWorker, ProtocolJson.Default.FromWorker);
        Task writing = lines.WriteAllAsync(CancellationToken.None);
        Task running = Task.CompletedTask;
        await foreach (ToWorker message in lines.ReadAllAsync(CancellationToken.None))
        {
            if (message is ToWorker.Run run)
                running = TellAsync(runner.RunAsync(run), lines);
            else if (message is ToWorker.Cancel cancel)
                runner.Cancel(cancel.Id);
        }
        await running;
        lines.Complete();
        await writing.ContinueWith(static _ => { }, TaskScheduler.Default); // Nobody listens any more; the end is on disk.
        return 0;
    }

    private static async Task TellAsync(Task<FromWorker.Done> run, JsonLines<ToWorker, FromWorker> lines) => lines.Send(await run);
}
