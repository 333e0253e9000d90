namespace MLPlatform.Executors.Kubernetes;

/// <summary>Clusters that attempts may run on (section <c>Kubernetes</c>). Default: none.</summary>
public sealed class KubernetesOptions
{
    /// <summary>Clusters by name; a pool whose executor is that name runs there.</summary>
    public IDictionary<string, ClusterSettings> Clusters { get; } = new Dictionary<string, ClusterSettings>(StringComparer.Ordinal);
}
