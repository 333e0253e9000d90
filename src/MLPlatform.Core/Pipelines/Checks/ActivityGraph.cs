using MLPlatform.Core.Pipelines.Source;

namespace MLPlatform.Core.Pipelines.Checks;

/// <summary>Who waits for whom. Everything here is linear in activities and edges.</summary>
internal sealed class ActivityGraph(IReadOnlyList<string> names, DiagnosticList problems)
{
    private const int MostCycles = 20;
    private readonly List<(int Target, SourceNode At)>?[] _needs = new List<(int, SourceNode)>[names.Count];
    private readonly HashSet<(int From, int Needs)> _known = [];

    /// <summary>Records that one activity needs another; a second time changes nothing.</summary>
    public void Add(int from, int needs, SourceNode at)
    {
        if (_known.Add((from, needs)))
            (_needs[from] ??= []).Add((needs, at));
    }

    public IEnumerable<int> Needs(int activity) => _needs[activity]?.Select(n => n.Target) ?? [];

    /// <summary>Every activity after what it needs, in file order where that leaves a choice. Cycles are reported.</summary>
    public IReadOnlyList<int> Order()
    {
        List<int> order = new(_needs.Length);
        byte[] state = new byte[_needs.Length]; // 0 new, 1 on the way, 2 done
        List<(int Node, int Next)> way = [];
        int cycles = 0;
        for (int start = 0; start < _needs.Length; start++)
        {
            if (state[start] != 0)
                continue;
            state[start] = 1;
            way.Add((start, 0));
            while (way.Count > 0)
            {
                (int node, int next) = way[^1];
                if (next == (_needs[node]?.Count ?? 0))
                {
                    state[node] = 2;
                    order.Add(node);
                    way.RemoveAt(way.Count - 1);
                    continue;
                }
                way[^1] = (node, next + 1);
                (int target, SourceNode at) = _needs[node]![next];
                if (state[target] == 1 && ++cycles <= MostCycles)
                    ReportCycle(way, target, at);
                if (state[target] != 0)
                    continue;
                state[target] = 1;
                way.Add((target, 0));
            }
        }
        return order;
    }

    private void ReportCycle(List<(int Node, int Next)> way, int target, SourceNode at)
    {
        List<string> cycle = [.. way.SkipWhile(w => w.Node != target).Select(w => names[w.Node])];
        if (cycle.Count == 1)
        {
            problems.Error("PIPE-017", at, $"activity \"{cycle[0]}\" depends on itself");
            return;
        }
        cycle.Add(cycle[0]);
        string path = cycle.Count <= 24 ? string.Join(" -> ", cycle)
            : string.Join(" -> ", cycle.Take(12)) + $" -> … {cycle.Count - 24} more … -> " + string.Join(" -> ", cycle.TakeLast(12));
        problems.Error("PIPE-018", at, $"activities wait for each other: {path}", "An arrow reads \"needs\"; one of them must go.");
    }
}
