using System.Net;
using System.Text.Json;
using k8s.Autorest;
using Microsoft.Extensions.Logging;
using MLPlatform.Core.Usage;
using MLPlatform.Executors.Process;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Executors.Kubernetes;

/// <summary>
/// Looks at what the pods of running attempts use and leaves it in their folders, where it is found also after a restart. It asks the
/// cluster's metrics API; where a cluster has none, nothing is known, and that is said once.
/// </summary>
internal sealed partial class ClusterMeter(ClusterClient client, string selector, string cluster, ILogger log)
{
    private bool _isMissing;

    /// <param name="pods">The pods of each attempt that runs.</param>
    public async Task LookAsync(IReadOnlyDictionary<ClusterFlight, IReadOnlyList<PodSeen>> pods, CancellationToken cancel)
    {
        IReadOnlyDictionary<string, PodUse> uses;
        try
        {
            uses = await client.UsesAsync(selector, cancel).ConfigureAwait(false);
            _isMissing = false;
        }
        catch (HttpOperationException e) when (e.Response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Forbidden or HttpStatusCode.ServiceUnavailable)
        {
            if (!_isMissing)
                LogMissing(log, cluster, (int)e.Response.StatusCode);
            _isMissing = true;
            return;
        }
        foreach ((ClusterFlight flight, IReadOnlyList<PodSeen> own) in pods)
        {
            List<PodUse> seen = [.. own.Where(p => p.Runs && uses.ContainsKey(p.Name)).Select(p => uses[p.Name])];
            if (PodUse.Add(AttemptFolder.ReadUsage(flight.Folder), own.Min(p => p.RunsSince), seen) is { } usage)
                Write(flight.Folder, usage);
        }
    }

    /// <summary>Writes down what an attempt used until its end; what is closed stays as it is.</summary>
    /// <param name="exit">How it ended; a built-in activity tells there what it used.</param>
    public static void Close(string folder, IReadOnlyList<PodSeen> pods, ExitRecord exit)
    {
        DateTimeOffset end = pods.Max(p => p.End?.At) ?? exit.At;
        if (AttemptFolder.ReadUsage(folder) is { } last)
        {
            if (last.Processes > 0)
                Write(folder, PodUse.Close(last, end));
        }
        else if (exit.CpuSeconds is not null && pods.Min(p => p.End?.StartedAt ?? p.RunsSince) is { } began && end > began)
            Write(folder, new AttemptUsage { At = end, Seconds = Math.Round((end - began).TotalSeconds, 3) });
    }

    private static void Write(string folder, AttemptUsage usage) =>
        AttemptFiles.WriteWhole(Path.Combine(folder, AttemptFiles.Usage), JsonSerializer.SerializeToUtf8Bytes(usage, ProtocolJson.Default.AttemptUsage));

    [LoggerMessage(3052, LogLevel.Warning, "KUBE-032 The cluster {Cluster} does not tell what pods use (metrics.k8s.io answers {Status}); scores of attempts there leave it out. Install metrics-server, and allow the server to list pods of metrics.k8s.io")]
    private static partial void LogMissing(ILogger logger, string cluster, int status);
}
