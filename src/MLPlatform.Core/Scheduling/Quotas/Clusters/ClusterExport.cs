using System.Text.Json.Nodes;
using MLPlatform.Core.Pipelines;

namespace MLPlatform.Core.Scheduling.Quotas.Clusters;

/// <summary>What is written for a cluster.</summary>
/// <param name="Objects">In the order in which they can be applied; none where there are problems.</param>
/// <param name="Notes">What the cluster's own words cannot say as we mean it.</param>
/// <param name="Problems">Why nothing can be written.</param>
public sealed record ClusterExport(IReadOnlyList<JsonObject> Objects, IReadOnlyList<string> Notes, IReadOnlyList<SettingsProblem> Problems);

/// <summary>How quotas are written for a cluster.</summary>
public sealed record ClusterExportSettings
{
    /// <summary>The cluster, as pools name it. Default: the one that pools name; all pools where none names any.</summary>
    public string? Cluster { get; init; }

    /// <summary>Namespaces whose jobs may queue. Default: mlplatform.</summary>
    public IReadOnlyList<string> Namespaces { get; init; } = ["mlplatform"];

    /// <summary>The resource that GPUs are asked for as. Default: nvidia.com/gpu.</summary>
    public string GpuResource { get; init; } = "nvidia.com/gpu";

    /// <summary>Taints that all pods bear, as <c>key=value:Effect</c>, <c>key:Effect</c> or <c>key</c>. Default: none.</summary>
    public IReadOnlyList<string> Tolerations { get; init; } = [];

    /// <summary>The instant whose expansions count.</summary>
    public required DateTimeOffset At { get; init; }
}
