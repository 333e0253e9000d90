namespace MLPlatform.Core.Plans;

/// <summary>A plan with its edges turned around, shared by all runs of the plan.</summary>
public sealed class PlanGraph
{
    private readonly int[] _start;
    private readonly int[] _successors;
    private readonly Dictionary<string, int> _byName;

    public PlanGraph(RunPlan plan)
    {
        Plan = plan;
        int count = plan.Nodes.Count;
        _byName = new Dictionary<string, int>(count, StringComparer.Ordinal);
        _start = new int[count + 1];
        for (int node = 0; node < count; node++)
        {
            _byName.Add(plan.Nodes[node].Name, node);
            foreach (int dependency in plan.Nodes[node].DependsOn)
            {
                if (dependency < 0 || dependency >= node)
                    throw new ArgumentException($"node {node} depends on {dependency}, which does not come before it", nameof(plan));
                _start[dependency + 1]++;
            }
        }
        for (int node = 0; node < count; node++)
            _start[node + 1] += _start[node];
        _successors = new int[_start[count]];
        int[] next = _start[..count];
        for (int node = 0; node < count; node++)
        {
            foreach (int dependency in plan.Nodes[node].DependsOn)
                _successors[next[dependency]++] = node;
        }
    }

    public RunPlan Plan { get; }

    /// <summary>Indices of the nodes that depend on this one, ascending.</summary>
    public ReadOnlySpan<int> SuccessorsOf(int node) => _successors.AsSpan(_start[node].._start[node + 1]);

    /// <summary>The index of a planned node by name, or null.</summary>
    public int? Find(string name) => _byName.TryGetValue(name, out int node) ? node : null;
}
