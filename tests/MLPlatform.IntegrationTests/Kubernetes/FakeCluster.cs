using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;

namespace MLPlatform.IntegrationTests.Kubernetes;

/// <summary>
/// A cluster of one node behind the fake API server: controllers that make pods of Jobs and JobSets, and a kubelet that runs their
/// commands as processes of this machine, or plays the lives that a test wrote for them.
/// </summary>
internal sealed class FakeCluster : IAsyncDisposable
{
    public const string Namespace = "mlplatform";
    public static readonly KubeResource Pods = KubeResource.Find("", "v1", "pods")!;
    public static readonly KubeResource Secrets = KubeResource.Find("", "v1", "secrets")!;
    public static readonly KubeResource Jobs = KubeResource.Find("batch", "v1", "jobs")!;
    public static readonly KubeResource JobSets = KubeResource.Find("jobset.x-k8s.io", "v1alpha2", "jobsets")!;
    public static readonly KubeResource Metrics = KubeResource.Find("metrics.k8s.io", "v1beta1", "pods")!;
    private static readonly KubeResource Events = KubeResource.Find("", "v1", "events")!;

    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<string, FakePod> _running = new();
    private Task _loop = Task.CompletedTask;

    private FakeCluster(FakeApiServer server) => Server = server;

    public FakeApiServer Server { get; }
    public ObjectStore Store => Server.Store;

    /// <summary>Plays a pod's life instead of running it; false leaves it to the kubelet.</summary>
    public Func<FakePod, Task<bool>>? Lives { get; set; }

    /// <summary>Why pods may not be made; null where they may.</summary>
    public string? PodQuota { get; set; }

    /// <summary>Images that can be pulled; null: all.</summary>
    public HashSet<string>? Images { get; set; }

    /// <summary>Where the volumes of claims are on this machine.</summary>
    public Dictionary<string, string> Claims { get; } = [];

    /// <summary>Pods of other schedulers are left to them.</summary>
    public string NodeName { get; set; } = "node-1";

    public static async Task<FakeCluster> StartAsync()
    {
        FakeCluster cluster = new(await FakeApiServer.StartAsync());
        cluster.Server.Deleting = cluster.Delete;
        cluster._loop = Task.Run(cluster.RunAsync);
        return cluster;
    }

    /// <summary>Measures a pod, as metrics-server does now and then.</summary>
    public void Measure(string pod, DateTimeOffset at, string cpu, string memory)
    {
        Store.Remove(Metrics, Namespace, pod);
        Store.TryAdd(Metrics, new JsonObject
        {
            ["apiVersion"] = "metrics.k8s.io/v1beta1",
            ["kind"] = "PodMetrics",
            ["metadata"] = new JsonObject { ["name"] = pod, ["namespace"] = Namespace, ["labels"] = Store.Find(Pods, Namespace, pod)!["metadata"]!["labels"]!.DeepClone() },
            ["timestamp"] = ObjectStore.Time(at),
            ["window"] = "15.1s",
            ["containers"] = new JsonArray(new JsonObject { ["name"] = "main", ["usage"] = new JsonObject { ["cpu"] = cpu, ["memory"] = memory } }),
        });
    }

    public IReadOnlyList<JsonObject> ListPods() => Store.List(Pods, Namespace).Items;

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        foreach (FakePod pod in _running.Values)
            pod.Kill();
        await _loop;
        await Server.DisposeAsync();
    }

    private async Task RunAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            Task changed = Store.Changed;
            foreach (JsonObject set in Store.List(JobSets, null).Items)
                FakeControllers.JobSet(Store, set);
            foreach (JsonObject job in Store.List(Jobs, null).Items)
                FakeControllers.Job(this, job);
            foreach (JsonObject pod in ListPods())
                Place(pod);
            FakeControllers.Collect(this);
            await Task.WhenAny(changed, Task.Delay(100, _end.Token));
        }
    }

    public void Event(string about, string reason, string message) => Store.TryAdd(Events, new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Event",
        ["reason"] = reason,
        ["message"] = message,
        ["lastTimestamp"] = ObjectStore.Time(TimeProvider.System.GetUtcNow()),
        ["metadata"] = new JsonObject { ["name"] = string.Create(CultureInfo.InvariantCulture, $"{about}.{Guid.NewGuid():N}"), ["namespace"] = Namespace },
        ["involvedObject"] = new JsonObject { ["name"] = about, ["namespace"] = Namespace },
    });

    // The scheduler gives each pod a node, and the node's kubelet takes it.
    private void Place(JsonObject pod)
    {
        string name = (string)pod["metadata"]!["name"]!, uid = (string)pod["metadata"]!["uid"]!;
        if (_running.ContainsKey(uid) || pod["metadata"]!["deletionTimestamp"] is not null)
            return;
        if (pod["spec"]!["nodeName"] is null)
        {
            if ((string?)pod["spec"]!["schedulerName"] is null or "default-scheduler" or "volcano" && NodeName.Length > 0)
                Store.Change(Pods, Namespace, name, p => p["spec"]!["nodeName"] = NodeName);
            else if (pod["status"]?["conditions"] is null)
            {
                Store.Change(Pods, Namespace, name, p => p["status"] = new JsonObject
                {
                    ["phase"] = "Pending",
                    ["conditions"] = new JsonArray(new JsonObject { ["type"] = "PodScheduled", ["status"] = "False", ["reason"] = "Unschedulable", ["message"] = "0/1 nodes are available: 1 Insufficient nvidia.com/gpu." }),
                });
            }
            return;
        }
        FakePod run = new(this, pod);
        if (_running.TryAdd(uid, run))
            _ = Task.Run(() => run.LiveAsync(_end.Token));
    }

    private bool Delete(KubeResource resource, JsonObject o, string? policy, long? grace)
    {
        string name = (string)o["metadata"]!["name"]!, ns = (string?)o["metadata"]!["namespace"] ?? "";
        if (resource == Pods)
        {
            long seconds = grace ?? (o["spec"]!["terminationGracePeriodSeconds"] is JsonValue g ? g.GetValue<long>() : 30);
            Store.Change(Pods, ns, name, p => p["metadata"]!["deletionTimestamp"] ??= ObjectStore.Time(TimeProvider.System.GetUtcNow()));
            if (_running.TryGetValue((string)o["metadata"]!["uid"]!, out FakePod? running))
                _ = Task.Run(() => running.StopAsync(TimeSpan.FromSeconds(seconds)));
            else
                Store.Remove(Pods, ns, name);
            return true;
        }
        if (policy != "Foreground")
            return false;
        Store.Change(resource, ns, name, j =>
        {
            j["metadata"]!["deletionTimestamp"] = ObjectStore.Time(TimeProvider.System.GetUtcNow());
            j["metadata"]!["finalizers"] = new JsonArray("foregroundDeletion");
        });
        return true;
    }

    /// <summary>Deletes an object as somebody else would.</summary>
    public void DeleteByHand(KubeResource resource, string name)
    {
        if (Store.Find(resource, Namespace, name) is { } found)
            Delete(resource, found, "Foreground", 0);
    }
}
