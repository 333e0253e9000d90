using System.Text.Json;
using k8s.Autorest;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Executors.Kubernetes;

/// <summary>What is left to do once an attempt has ended on its cluster.</summary>
internal static class ClusterEnding
{
    private static readonly TimeSpan LastLines = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan DrainPatience = TimeSpan.FromSeconds(15);

    /// <summary>Copies the last lines of its pods, where they are still to be had.</summary>
    public static async Task DrainAsync(ClusterFlight flight, TimeProvider time, CancellationToken cancel)
    {
        // A log that is being followed ends with its container: that is the usual way, and waited for a moment.
        if (flight.Logs.Values.Any(l => !l.Following.IsCompleted))
            await Task.Delay(LastLines, time, cancel).ConfigureAwait(false);
        flight.StopLogs();
        await Task.WhenAll(flight.Logs.Values.Select(l => l.Following)).WaitAsync(cancel).ConfigureAwait(false);
        using CancellationTokenSource late = new(DrainPatience, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancel, late.Token);
        foreach ((PodLog log, _) in flight.Logs.Values)
        {
            try
            {
                await log.CompleteAsync(either.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (!cancel.IsCancellationRequested && e is IOException or HttpRequestException or HttpOperationException or OperationCanceledException)
            {
                // The node is gone and its logs with it: what was copied so far is what there is.
                return;
            }
        }
    }

    /// <summary>A built-in activity says more about its end than its container does, if it came to say it.</summary>
    public static ExitRecord WithWorkersWords(ClusterFlight flight, ExitRecord exit)
    {
        string path = Path.Combine(flight.Folder, AttemptFiles.WorkerExit);
        if (!File.Exists(path) || exit is { Failure: { } failure } && failure.Code is not "KUBE-013" and not "KUBE-015")
            return exit;
        try
        {
            ExitRecord? said = JsonSerializer.Deserialize(File.ReadAllBytes(path), ProtocolJson.Default.ExitRecord);
            return said is null ? exit : said with { Stopped = said.Stopped || exit.Stopped };
        }
        catch (JsonException)
        {
            return exit; // Torn: its container was killed while it wrote.
        }
    }
}
