using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;
using k8s.Models;
using MLPlatform.Core.Runs;

namespace MLPlatform.Executors.Kubernetes;

/// <summary>What we ask of one cluster, and nothing else: the role in <c>deploy/</c> allows this much.</summary>
internal sealed class ClusterClient : IDisposable
{
    private const int Page = 500;
    private readonly k8s.Kubernetes _client;
    private readonly string _namespace;
    private readonly ClusterSettings _options;

    private ClusterClient(k8s.Kubernetes client, ClusterSettings options) => (_client, _options, _namespace) = (client, options, options.Namespace);

    /// <summary>Reads the kubeconfig; connects with the first request.</summary>
    public static ClusterClient Open(ClusterSettings options, TimeProvider time)
    {
        KubernetesClientConfiguration config = options.Kubeconfig is { } file
            ? KubernetesClientConfiguration.BuildConfigFromConfigFile(new FileInfo(file), options.Context)
            : KubernetesClientConfiguration.InClusterConfig();
        config.HttpClientTimeout = TimeSpan.FromSeconds(30);
        return new ClusterClient(new k8s.Kubernetes(config, new ClusterHandler(options, time)), options);
    }

    /// <summary>Makes the object; null where it was made or is there, else why it was refused.</summary>
    public async Task<Failure?> CreateAsync(WorkloadKind kind, JsonObject body, CancellationToken cancel)
    {
        try
        {
            await _client.CustomObjects.CreateNamespacedCustomObjectAsync(body, kind.Group, kind.Version, _namespace, kind.Plural, cancellationToken: cancel).ConfigureAwait(false);
            return null;
        }
        catch (HttpOperationException e)
        {
            return Refusals.Of(e, kind.Kind);
        }
    }

    /// <summary>Makes the Secret that an attempt's variables refer to.</summary>
    public async Task<Failure?> CreateSecretAsync(string name, JsonObject labels, IReadOnlyDictionary<string, string> values, CancellationToken cancel)
    {
        V1Secret secret = new()
        {
            Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = _namespace, Labels = labels.ToDictionary(l => l.Key, l => (string)l.Value!) },
            StringData = values.ToDictionary(),
            Type = "Opaque",
        };
        try
        {
            await _client.CoreV1.CreateNamespacedSecretAsync(secret, _namespace, cancellationToken: cancel).ConfigureAwait(false);
            return null;
        }
        catch (HttpOperationException e)
        {
            return Refusals.Of(e, "Secret");
        }
    }

    /// <summary>Removes the Secret; nothing happens where it is gone.</summary>
    public Task DeleteSecretAsync(string name, CancellationToken cancel) =>
        Ignoring(() => _client.CoreV1.DeleteNamespacedSecretAsync(name, _namespace, cancellationToken: cancel));

    /// <summary>The object as it is now; null where there is none.</summary>
    public async Task<WorkloadSeen?> FindAsync(WorkloadKind kind, string name, CancellationToken cancel)
    {
        try
        {
            return WorkloadSeen.Of((JsonElement)await _client.CustomObjects.GetNamespacedCustomObjectAsync(kind.Group, kind.Version, _namespace, kind.Plural, name, cancel).ConfigureAwait(false));
        }
        catch (HttpOperationException e) when (e.Response.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    /// <summary>Removes the object once its pods are gone; nothing happens where it is gone.</summary>
    public Task DeleteAsync(WorkloadKind kind, string name, CancellationToken cancel) => Ignoring(() => _client.CustomObjects.DeleteNamespacedCustomObjectAsync(
        kind.Group, kind.Version, _namespace, kind.Plural, name, new V1DeleteOptions { PropagationPolicy = "Foreground" }, propagationPolicy: "Foreground", cancellationToken: cancel));

    /// <summary>Asks the pod to end; nothing happens where it is gone.</summary>
    public Task DeletePodAsync(string name, TimeSpan grace, CancellationToken cancel) => Ignoring(() => _client.CoreV1.DeleteNamespacedPodAsync(
        name, _namespace, new V1DeleteOptions { GracePeriodSeconds = (long)Math.Ceiling(grace.TotalSeconds) }, cancellationToken: cancel));

    /// <summary>What a pod printed so far, each line behind its time; with <paramref name="follow"/> also what it will.</summary>
    public async Task<Stream?> LogAsync(string pod, string container, bool follow, CancellationToken cancel)
    {
        try
        {
            return await _client.CoreV1.ReadNamespacedPodLogAsync(pod, _namespace, container: container, follow: follow, timestamps: true, cancellationToken: cancel).ConfigureAwait(false);
        }
        catch (HttpOperationException e) when (e.Response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest)
        {
            return null; // The pod is gone, or its container has not begun.
        }
    }

    /// <summary>The newest words of the cluster about an object; empty where there are none.</summary>
    public async Task<IReadOnlyList<string>> EventsAsync(string name, CancellationToken cancel)
    {
        Corev1EventList events = await _client.CoreV1.ListNamespacedEventAsync(_namespace, fieldSelector: "involvedObject.name=" + name, limit: Page, cancellationToken: cancel).ConfigureAwait(false);
        return [.. events.Items.OrderByDescending(e => e.LastTimestamp ?? e.EventTime ?? DateTime.MinValue).Select(e => $"{e.Reason}: {e.Message}")];
    }

    /// <summary>What our pods used lately, by name. Of pods that have just begun nothing is told yet.</summary>
    /// <exception cref="HttpOperationException">404 or 503 where the cluster has no metrics API, 403 where we may not ask it.</exception>
    public async Task<IReadOnlyDictionary<string, PodUse>> UsesAsync(string selector, CancellationToken cancel)
    {
        JsonElement all = (JsonElement)await _client.CustomObjects.ListNamespacedCustomObjectAsync(
            "metrics.k8s.io", "v1beta1", _namespace, "pods", labelSelector: selector, cancellationToken: cancel).ConfigureAwait(false);
        return all.GetProperty("items").EnumerateArray().Select(PodUse.Of).ToDictionary(u => u.Pod, StringComparer.Ordinal);
    }

    /// <summary>All nodes, and all pods of all namespaces: what a scheduler has to know.</summary>
    public async Task<(IReadOnlyList<V1Node> Nodes, IReadOnlyList<V1Pod> Pods)> ListNodesAndPodsAsync(CancellationToken cancel)
    {
        List<V1Node> nodes = [];
        List<V1Pod> pods = [];
        string? next = null;
        do
        {
            V1NodeList page = await _client.CoreV1.ListNodeAsync(limit: Page, continueParameter: next, cancellationToken: cancel).ConfigureAwait(false);
            nodes.AddRange(page.Items);
            next = page.Metadata.ContinueProperty;
        }
        while (!string.IsNullOrEmpty(next));
        do
        {
            V1PodList page = await _client.CoreV1.ListPodForAllNamespacesAsync(limit: Page, continueParameter: next, cancellationToken: cancel).ConfigureAwait(false);
            pods.AddRange(page.Items);
            next = page.Metadata.ContinueProperty;
        }
        while (!string.IsNullOrEmpty(next));
        return (nodes, pods);
    }

    /// <summary>Gives a pod its node.</summary>
    public Task BindAsync(string pod, string node, CancellationToken cancel)
    {
        V1Binding binding = new()
        {
            Metadata = new V1ObjectMeta { Name = pod, NamespaceProperty = _namespace },
            Target = new V1ObjectReference { ApiVersion = "v1", Kind = "Node", Name = node },
        };
        return _client.CoreV1.CreateNamespacedPodBindingAsync(binding, pod, _namespace, cancellationToken: cancel);
    }

    /// <summary>All of our pods, page by page.</summary>
    public async Task<(IReadOnlyList<PodSeen> Items, string Version)> ListPodsAsync(string selector, CancellationToken cancel)
    {
        List<PodSeen> all = [];
        string? next = null;
        while (true)
        {
            V1PodList page = await _client.CoreV1.ListNamespacedPodAsync(_namespace, labelSelector: selector, limit: Page, continueParameter: next, cancellationToken: cancel).ConfigureAwait(false);
            all.AddRange(page.Items.Select(PodSeen.Of));
            next = page.Metadata.ContinueProperty;
            if (string.IsNullOrEmpty(next))
                return (all, page.Metadata.ResourceVersion);
        }
    }

    /// <summary>All of our objects of a kind, page by page.</summary>
    public async Task<(IReadOnlyList<WorkloadSeen> Items, string Version)> ListAsync(WorkloadKind kind, string selector, CancellationToken cancel)
    {
        List<WorkloadSeen> all = [];
        string? next = null;
        while (true)
        {
            JsonElement page = (JsonElement)await _client.CustomObjects.ListNamespacedCustomObjectAsync(
                kind.Group, kind.Version, _namespace, kind.Plural, labelSelector: selector, limit: Page, continueParameter: next, cancellationToken: cancel).ConfigureAwait(false);
            all.AddRange(page.GetProperty("items").EnumerateArray().Select(WorkloadSeen.Of));
            JsonElement metadata = page.GetProperty("metadata");
            next = metadata.TryGetProperty("continue", out JsonElement more) ? more.GetString() : null;
            if (string.IsNullOrEmpty(next))
                return (all, metadata.GetProperty("resourceVersion").GetString()!);
        }
    }

    /// <summary>What changes of our pods from a version on. A word of the server that ends the watch is thrown.</summary>
    public IAsyncEnumerable<(WatchEventType Type, PodSeen Item)> WatchPodsAsync(string selector, string version, CancellationToken cancel) => Throwing(
        onError => _client.CoreV1.WatchListNamespacedPodAsync(
            _namespace, allowWatchBookmarks: true, labelSelector: selector, resourceVersion: version, timeoutSeconds: Seconds, onError: onError, cancellationToken: cancel),
        PodSeen.Of, cancel);

    /// <summary>The same of our objects of a kind.</summary>
    public IAsyncEnumerable<(WatchEventType Type, WorkloadSeen Item)> WatchAsync(WorkloadKind kind, string selector, string version, CancellationToken cancel) => Throwing(
        onError => _client.CustomObjects.WatchListNamespacedCustomObjectAsync(
            kind.Group, kind.Version, _namespace, kind.Plural, allowWatchBookmarks: true, labelSelector: selector, resourceVersion: version, timeoutSeconds: Seconds, onError: onError, cancellationToken: cancel),
        o => WorkloadSeen.Of((JsonElement)o), cancel);

    public void Dispose() => _client.Dispose();

    private int Seconds => (int)Math.Ceiling(_options.WatchLength.TotalSeconds);

    private static async IAsyncEnumerable<(WatchEventType, T)> Throwing<TRaw, T>(
        Func<Action<Exception>, IAsyncEnumerable<(WatchEventType, TRaw)>> watch, Func<TRaw, T> read, [EnumeratorCancellation] CancellationToken cancel)
    {
        Exception? told = null;
        await foreach ((WatchEventType type, TRaw raw) in watch(e => told ??= e).WithCancellation(cancel).ConfigureAwait(false))
        {
            if (told is not null)
                throw told;
            yield return (type, read(raw));
        }
        if (told is not null)
            throw told;
    }

    private static async Task Ignoring(Func<Task> request)
    {
        try
        {
            await request().ConfigureAwait(false);
        }
        catch (HttpOperationException e) when (e.Response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Conflict)
        {
            return; // Gone already, or going.
        }
    }
}
