using k8s.Autorest;
using Microsoft.Extensions.Logging;

namespace MLPlatform.Executors.Kubernetes;

/// <summary>Copies a pod's log as it is written. A connection that breaks is made again, and no line comes twice.</summary>
internal sealed partial class PodLog(ClusterClient client, AttemptLogWriter writer, PodSeen pod, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);
    private readonly LogSieve _sieve = new(writer.PositionOf(pod.Name));
    private readonly string _prefix = pod.Process.Length == 0 ? "" : $"[{pod.Process}] ";

    /// <summary>Follows it until it is told to stop.</summary>
    public async Task FollowAsync(CancellationToken cancel)
    {
        for (int failures = 0; !cancel.IsCancellationRequested; failures++)
        {
            try
            {
                if (await CopyAsync(follow: true, cancel).ConfigureAwait(false))
                    failures = 0;
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is IOException or HttpRequestException or HttpOperationException or OperationCanceledException)
            {
                LogBroken(log, e, pod.Name); // Made again below.
            }
            TimeSpan pause = TimeSpan.FromMilliseconds(Math.Min(LongestPause.TotalMilliseconds, 100 * Math.Pow(2, Math.Min(failures, 8))));
            await Task.Delay(pause, time, cancel).ContinueWith(static _ => { }, TaskScheduler.Default).ConfigureAwait(false);
        }
    }

    /// <summary>Copies what is left of it once its container has ended and nobody follows it any more.</summary>
    public async Task CompleteAsync(CancellationToken cancel) => await CopyAsync(follow: false, cancel).ConfigureAwait(false);

    // Whether there was a log to read.
    private async Task<bool> CopyAsync(bool follow, CancellationToken cancel)
    {
        await using Stream? stream = await client.LogAsync(pod.Name, pod.Container, follow, cancel).ConfigureAwait(false);
        if (stream is null)
            return false;
        _sieve.Rewind();
        using StreamReader reader = new(stream);
        List<string> fresh = [];
        try
        {
            while (true)
            {
                Task<string?> next = reader.ReadLineAsync(cancel).AsTask();
                // What came together is written together; before waiting for more, what is there goes out.
                if (fresh.Count > 0 && (!next.IsCompleted || fresh.Count >= 1000))
                    Write(fresh);
                if (await next.ConfigureAwait(false) is not { } line)
                    return true;
                if (_sieve.Take(line) is { } text)
                    fresh.Add(text);
            }
        }
        finally
        {
            // Also where the connection breaks: the sieve lets what it took through once only.
            if (fresh.Count > 0)
                Write(fresh);
        }
    }

    private void Write(List<string> fresh)
    {
        writer.Append(pod.Name, fresh, _prefix, _sieve.Position!);
        fresh.Clear();
    }

    [LoggerMessage(3023, LogLevel.Debug, "Following the log of pod {Pod} broke; it goes on")]
    private static partial void LogBroken(ILogger logger, Exception e, string pod);
}
