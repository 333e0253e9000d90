namespace MLPlatform.Core.Scheduling.Quotas.Clusters;

/// <summary>The bands that priorities of pipelines fall into on a cluster, as WorkloadPriorityClasses and PriorityClasses.</summary>
public static class PriorityBands
{
    /// <summary>Lowest first; the value is the least priority of the band.</summary>
    public static IReadOnlyList<(string Name, int Value)> All { get; } = [("mlp-low", -10), ("mlp-normal", 0), ("mlp-high", 10)];

    /// <summary>The highest band that the priority reaches; the lowest for what is below all.</summary>
    public static string NameOf(int priority) => All.LastOrDefault(b => b.Value <= priority, All[0]).Name;
}
