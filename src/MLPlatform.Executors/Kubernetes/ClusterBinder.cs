using System.Globalization;
using k8s.Autorest;
using k8s.Models;
using Microsoft.Extensions.Logging;
using MLPlatform.Core.Scheduling;

namespace MLPlatform.Executors.Kubernetes;

/// <summary>
/// The scheduler of our pods on a cluster, in mode <see cref="ClusterMode.Bind"/>: looks at nodes and pods while any of ours waits, decides,
/// and binds. It keeps nothing between two looks, so that a restart costs nothing and a lost binding is made by the next.
/// </summary>
internal sealed partial class ClusterBinder(ClusterClient client, ClusterSettings cluster, TimeProvider time, ILogger log)
{
    /// <summary>The annotation that says how many pods an attempt has.</summary>
    public const string PodsOf = "mlplatform.io/pods";

    /// <summary>The annotation that says how urgent an attempt is.</summary>
    public const string Priority = "mlplatform.io/priority";

    private static readonly string[] GpuModels = ["nvidia.com/gpu.product", "gpu.model"];

    /// <summary>One look; how many pods were bound.</summary>
    public async Task<int> BindOnceAsync(CancellationToken cancel)
    {
        // 1. See.
        (IReadOnlyList<V1Node> nodes, IReadOnlyList<V1Pod> pods) = await client.ListNodesAndPodsAsync(cancel).ConfigureAwait(false);
        // 2. Decide.
        IReadOnlyList<(string Pod, string Node)> bindings = BindingDecision.Decide([.. nodes.Where(Takes).Select(Node)], [.. pods.Where(Lives).Select(Ask)], time.GetUtcNow());
        // 3. Bind, one after the other: one that somebody was faster with is seen as bound by the next look.
        foreach ((string pod, string node) in bindings)
        {
            try
            {
                await client.BindAsync(pod, node, cancel).ConfigureAwait(false);
                LogBound(log, pod, node);
            }
            catch (HttpOperationException e) when (e.Response.StatusCode is System.Net.HttpStatusCode.Conflict or System.Net.HttpStatusCode.NotFound)
            {
                LogPassed(log, pod, node, e.Response.StatusCode);
            }
        }
        return bindings.Count;
    }

    private bool Takes(V1Node node) =>
        node.Spec?.Unschedulable != true
        && node.Status?.Conditions?.Any(c => c.Type == "Ready" && c.Status == "True") == true
        && (node.Spec?.Taints ?? []).All(t => t.Effect == "PreferNoSchedule" || cluster.Tolerations.Any(own => Bears(own, t)));

    private static bool Bears(string toleration, V1Taint taint)
    {
        System.Text.Json.Nodes.JsonObject own = PodManifest.Toleration(toleration);
        return (string?)own["key"] == taint.Key && (own["value"] is null || (string?)own["value"] == taint.Value) && (own["effect"] is null || (string?)own["effect"] == taint.Effect);
    }

    private NodeSeen Node(V1Node node)
    {
        IDictionary<string, string> labels = node.Metadata.Labels ?? new Dictionary<string, string>();
        return new NodeSeen(
            node.Metadata.Name, AmountOf(node.Status?.Allocatable), GpuModels.Select(l => labels.TryGetValue(l, out string? model) ? model : null).FirstOrDefault(m => m is not null) ?? "",
            new Dictionary<string, string>(labels, StringComparer.Ordinal));
    }

    private static bool Lives(V1Pod pod) => pod.Status?.Phase is not ("Succeeded" or "Failed");

    private PodAsk Ask(V1Pod pod)
    {
        bool ours = pod.Spec.SchedulerName == KubeNames.Manager && pod.Metadata.NamespaceProperty == cluster.Namespace && pod.Metadata.DeletionTimestamp is null && (pod.Spec.SchedulingGates?.Count ?? 0) == 0;
        Amount ask = (pod.Spec.Containers ?? []).Aggregate(Amount.Zero, (sum, c) => sum + AmountOf(c.Resources?.Requests));
        return new PodAsk(
            pod.Metadata.Name, ours && pod.Metadata.Labels?.TryGetValue(KubeNames.Attempt, out string? attempt) == true ? attempt : "", ask, pod.Spec.NodeName ?? "",
            new Dictionary<string, string>(pod.Spec.NodeSelector ?? new Dictionary<string, string>(), StringComparer.Ordinal), Number(pod, PodsOf, 1), Number(pod, Priority, 0),
            pod.Metadata.CreationTimestamp is { } at ? new DateTimeOffset(at.ToUniversalTime(), TimeSpan.Zero) : DateTimeOffset.UnixEpoch);
    }

    private Amount AmountOf(IDictionary<string, ResourceQuantity>? quantities) => new(
        Thousandths(quantities, "cpu"), Thousandths(quantities, "memory") / 1000, Thousandths(quantities, cluster.GpuResource));

    private static long Thousandths(IDictionary<string, ResourceQuantity>? quantities, string name) =>
        quantities is not null && quantities.TryGetValue(name, out ResourceQuantity? quantity) ? (long)Math.Min(long.MaxValue / 2, quantity.ToDecimal() * 1000) : 0;

    private static int Number(V1Pod pod, string annotation, int usual) =>
        pod.Metadata.Annotations?.TryGetValue(annotation, out string? text) == true && int.TryParse(text, CultureInfo.InvariantCulture, out int number) ? number : usual;

    [LoggerMessage(3050, LogLevel.Debug, "Bound pod {Pod} to node {Node}")]
    private static partial void LogBound(ILogger logger, string pod, string node);

    [LoggerMessage(3051, LogLevel.Debug, "Pod {Pod} was not bound to node {Node}: {Status}")]
    private static partial void LogPassed(ILogger logger, string pod, string node, System.Net.HttpStatusCode status);
}
