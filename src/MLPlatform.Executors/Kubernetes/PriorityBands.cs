namespace MLPlatform.Executors.Kubernetes;

/// <summary>The bands that priorities of pipelines fall into on a cluster, as WorkloadPriorityClasses and PriorityClasses.</summary>
internal static class PriorityBands
{
    public static readonly (string Name, int Value)[] All = [("mlp-low", -10), ("mlp-normal", 0), ("mlp-high", 10)];

    /// <summary>The highest band that the priority reaches; the lowest for what is below all.</summary>
    public static string NameOf(int priority) => All.LastOrDefault(b => b.Value <= priority, All[0]).Name;
}
