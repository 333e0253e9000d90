using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Admission;
using MLPlatform.Core.Scheduling.Placement;

namespace MLPlatform.Executors.Kubernetes;

/// <summary>A node of a cluster that pods of ours may go to.</summary>
/// <param name="Allocatable">What pods may ask for in all.</param>
internal sealed record NodeSeen(string Name, Amount Allocatable, string GpuModel, IReadOnlyDictionary<string, string> Labels);

/// <summary>What a pod asks for, whose ever it is.</summary>
/// <param name="Attempt">The attempt of ours that it belongs to; empty for others.</param>
/// <param name="Node">Where it is; empty while it waits.</param>
/// <param name="Pods">How many pods its attempt has.</param>
internal sealed record PodAsk(
    string Name, string Attempt, Amount Ask, string Node, IReadOnlyDictionary<string, string> Selector, int Pods, int Priority, DateTimeOffset Since);

/// <summary>Which waiting pod goes to which node: the decision that places attempts everywhere, on what a cluster shows. Pure.</summary>
internal static class BindingDecision
{
    /// <param name="nodes">Nodes that are ready and whose taints our pods bear.</param>
    /// <param name="pods">All that have not ended, of all namespaces.</param>
    public static IReadOnlyList<(string Pod, string Node)> Decide(IReadOnlyList<NodeSeen> nodes, IReadOnlyList<PodAsk> pods, DateTimeOffset now)
    {
        Scheduler scheduler = new();
        foreach (NodeSeen node in nodes.OrderBy(n => n.Name, StringComparer.Ordinal))
            scheduler.AddNode(Scheduler.DefaultPool, new SchedulerNode(node.Name, Kind(node), node.Labels));
        // 1. What is there holds its place, whose ever it is.
        int number = 0;
        foreach (PodAsk pod in pods.Where(p => p.Node.Length > 0))
        {
            Work held = new() { Id = WorkId.Of(number++), Gang = Gang.Of(Ask(pod)), Preemptible = false };
            scheduler.Adopt(new Holding(held, Scheduler.DefaultPool, [new MemberPlace(pod.Node, [])], now));
        }
        // 2. What waits does so as a whole: an attempt of several pods goes once all of them are there, and all find their nodes.
        Dictionary<WorkId, PodAsk[]> waiting = [];
        foreach (IGrouping<string, PodAsk> attempt in pods.Where(p => p.Node.Length == 0 && p.Attempt.Length > 0).GroupBy(p => p.Attempt).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            PodAsk[] members = [.. attempt.OrderBy(p => p.Name, StringComparer.Ordinal)];
            int bound = pods.Count(p => p.Attempt == attempt.Key && p.Node.Length > 0);
            if (members.Length + bound < members[0].Pods)
                continue;
            WorkId id = WorkId.Of(number++);
            waiting[id] = members;
            scheduler.Enqueue(new Work
            {
                Id = id,
                Gang = new Gang([.. members.Select(m => new Role(Ask(m), 1, Apart: false, new Selector(m.Selector)))]),
                Priority = members.Max(m => m.Priority),
                Since = members.Min(m => m.Since),
            });
        }
        // 3. Decide.
        return [.. scheduler.Decide(now).Admissions.SelectMany(a => a.Places.Select((place, i) => (waiting[a.Work.Id][i].Name, place.Node)))];
    }

    private static NodeKind Kind(NodeSeen node) => new(
        (int)Math.Min(int.MaxValue, node.Allocatable.MilliCpu), (int)Math.Min(int.MaxValue, node.Allocatable.MemoryBytes >> 20), (int)(node.Allocatable.MilliGpu / NodeKind.Device), node.GpuModel);

    private static NodeAsk Ask(PodAsk pod) => new(
        (int)Math.Min(int.MaxValue, pod.Ask.MilliCpu), (int)Math.Min(int.MaxValue, (pod.Ask.MemoryBytes + (1 << 20) - 1) >> 20), (int)(pod.Ask.MilliGpu / NodeKind.Device), NodeKind.Device, "");
}
