using MLPlatform.Core.Scheduling.Placement;

namespace MLPlatform.Cli.Simulate;

/// <summary>The policies of placement by name.</summary>
internal static class PlacementPolicies
{
    public const string Default = "default";

    private static readonly Dictionary<string, Func<Workload, Cluster, int, NodePicker>> All = new(StringComparer.Ordinal)
    {
        [Default] = (workload, cluster, _) => new ScoredPicker(new ReservingGradient(workload, cluster.Nodes.Select(n => n.Kind))),
        ["fgd"] = (workload, _, _) => new ScoredPicker(new FragmentationGradient(workload)),
        ["best-fit"] = (_, _, _) => new ScoredPicker(new BestFit()),
        ["dot-product"] = (_, _, _) => new ScoredPicker(new DotProduct()),
        ["packing"] = (_, _, _) => new ScoredPicker(new GpuPacking()),
        ["clustering"] = (_, _, _) => new ClusteringPicker(),
        ["random"] = (_, _, seed) => new RandomPicker(new Random(~seed)),
    };

    public static IEnumerable<string> Names => All.Keys;

    public static NodePicker Create(string name, Workload workload, Cluster cluster, int seed) => All[name](workload, cluster, seed);
}
