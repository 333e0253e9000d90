using MLPlatform.Core.Runs;
using MLPlatform.Executors.Process;
using MLPlatform.Executors.Process.Protocol;

namespace MLPlatform.Executors.Kubernetes;

/// <summary>An attempt on a cluster, from our start until we told its end.</summary>
internal sealed class ClusterFlight(AttemptOrder order, string folder, int mostPoints) : IDisposable
{
    private readonly Dictionary<string, (string What, DateTimeOffset Since)> _waits = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _logs = new();
    private readonly Dictionary<TimeSpan, DateTimeOffset> _asked = [];
    private DateTimeOffset? _overSince;
    private int _ended;
    private int _started;

    public AttemptOrder Order { get; } = order;
    public string Folder { get; } = folder;
    public string Key { get; } = order.Id.ToString();

    /// <summary>What it reports while it runs.</summary>
    public MetricsTail Metrics { get; } = new(Path.Combine(folder, AttemptFiles.Metrics), mostPoints);

    /// <summary>What it became, once handed over.</summary>
    public volatile Workload? Workload;
    public AttemptLogWriter? Writer { get; set; }
    public DateTimeOffset SubmittedAt { get; set; }
    public bool HasRun { get; set; }

    /// <summary>How long its pods are given to end; null while nobody asked them to.</summary>
    public TimeSpan? Stop { get; set; }
    public bool IsGang => Workload?.Kind != WorkloadKind.Job;
    public bool IsRunning => Volatile.Read(ref _started) == 1 && Volatile.Read(ref _ended) == 0;
    public bool HasEnded => Volatile.Read(ref _ended) == 1;
    public Dictionary<string, (PodLog Log, Task Following)> Logs { get; } = new(StringComparer.Ordinal);
    public CancellationToken LogsEnd => _logs.Token;

    /// <summary>Why it waits, as last told.</summary>
    public string Waits { get; set; } = "";

    public bool TryTellStarted() => Interlocked.Exchange(ref _started, 1) == 0;

    public bool TryEnd() => Interlocked.Exchange(ref _ended, 1) == 0;

    /// <summary>Since when the pod waits for what it waits for, or for a node; of one that has ended, since when that is known.</summary>
    public DateTimeOffset? WaitsSince(PodSeen pod, DateTimeOffset now)
    {
        // Back-off and error of one pull take turns: the kubelet's two words for one wait.
        string what = pod.End is not null ? "end" : pod.Waiting is "ErrImagePull" or "ImagePullBackOff" ? "pull" : pod.Waiting.Length > 0 ? pod.Waiting : pod.Node.Length == 0 ? "node" : "";
        if (!_waits.TryGetValue(pod.Name, out (string What, DateTimeOffset Since) wait) || wait.What != what)
            _waits[pod.Name] = wait = (what, what == "node" && pod.CreatedAt is { } created && created < now ? created : now);
        return wait.Since;
    }

    /// <summary>Whether so long has passed since it was last time; the first time it is.</summary>
    public bool IsTimeTo(TimeSpan every, DateTimeOffset now)
    {
        if (_asked.TryGetValue(every, out DateTimeOffset last) && now - last < every)
            return false;
        _asked[every] = now;
        return true;
    }

    /// <summary>How long ago the main object was first seen to be over.</summary>
    public TimeSpan OverFor(WorkloadSeen? workload, DateTimeOffset now)
    {
        if (workload?.Find("Complete", "Completed", "SuccessCriteriaMet", "Failed", "FailureTarget") is null)
            return TimeSpan.Zero;
        _overSince ??= now;
        return now - _overSince.Value;
    }

    public void StopLogs() => _logs.Cancel();

    public void Dispose()
    {
        Writer?.Dispose();
        _logs.Dispose();
    }
}
