using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process.Protocol;
using MLPlatform.Storage.Artifacts;

namespace MLPlatform.Worker.Work;

/// <summary>
/// <c>attempt --home DIR --id ID</c>: runs one built-in activity in a container. What it prints is the container's log; how it
/// ended is written beside the attempt's outputs.
/// </summary>
internal static class AttemptProgram
{
    private static readonly JsonSerializerOptions SpecJson = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    public static async Task<int> RunAsync(string home, string attempt)
    {
        home = Path.GetFullPath(home);
        if (!AttemptId.TryParse(attempt, out AttemptId id))
        {
            await Console.Error.WriteLineAsync($"'{attempt}' is no id of an attempt");
            return 2;
        }
        string folder = AttemptFiles.Folder(home, id);
        AttemptOrder order = JsonSerializer.Deserialize<AttemptOrder>(await File.ReadAllBytesAsync(Path.Combine(folder, AttemptFiles.Spec)), SpecJson)
            ?? throw new InvalidDataException($"{folder} holds no attempt");
        AttemptRunner runner = new(
            home, new Activities(new LocalArtifactStore(Path.Combine(home, "artifacts")), TimeProvider.System), TimeProvider.System, AttemptFiles.WorkerExit, ownLog: false);
        using PosixSignalRegistration term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true; // The attempt is cancelled, not the process: its end must be written down.
            runner.Cancel();
        });
        WorkerOrder work = new(order.Type, order.Pipeline, order.Activity, order.LogicalDate, new Dictionary<string, string>());
        FromWorker.Done done = await runner.RunAsync(new ToWorker.Run(attempt, work, new LimitsOrder(order.Resources.MemoryBytes, order.Resources.MilliCpu, 0, 0), null));
        if (done.Exit is not null)
            await Console.Error.WriteLineAsync($"how the attempt ended could not be written to {folder}");
        return done.Exit is null && runner.HasSucceeded ? 0 : 1;
    }
}
