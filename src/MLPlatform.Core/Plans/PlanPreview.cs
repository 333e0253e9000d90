namespace MLPlatform.Core.Plans;

/// <summary>Whether a node would run, as far as can be said before it does.</summary>
public abstract record CacheVerdict
{
    private CacheVerdict() { }

    /// <summary>An earlier result would be used.</summary>
    public sealed record Hit(string Source) : CacheVerdict;

    /// <summary>It would run.</summary>
    /// <param name="Why">What differs from the last result, or that there is none.</param>
    public sealed record Miss(string Why) : CacheVerdict;

    /// <summary>Not known before what it depends on has run.</summary>
    public sealed record Unknown(string Why) : CacheVerdict;
}

/// <summary>What is known about a plan besides the plan itself.</summary>
public sealed record PlanKnowledge
{
    /// <summary>Seconds that a node takes, by name, as declared or learned from earlier runs. A node that is missing counts as one unit.</summary>
    public IReadOnlyDictionary<string, double> Seconds { get; init; } = new Dictionary<string, double>();

    /// <summary>The cache's word on a node.</summary>
    public Func<PlannedNode, CacheVerdict> Cache { get; init; } = static _ => new CacheVerdict.Unknown("the cache was not asked");
}

/// <param name="Level">Longest way, in nodes, from a node that depends on nothing; nodes of one level could run at once.</param>
/// <param name="Seconds">How long it takes; 1 where that is not known, 0 for a cache hit.</param>
/// <param name="EarliestStart">Seconds after the run's start, with unlimited resources.</param>
/// <param name="Slack">How many seconds later it could start without making the run longer.</param>
public sealed record NodePreview(
    PlannedNode Node, int Level, double Seconds, bool SecondsKnown, CacheVerdict Cache, double EarliestStart, double Slack)
{
    /// <summary>Whether the run gets longer where this node does.</summary>
    public bool IsCritical => Slack <= 1e-9;
}

/// <summary>What a plan would do: order, cache, resources and critical path. A forEach counts as one instance.</summary>
public sealed record PlanPreview
{
    /// <summary>In plan order.</summary>
    public required IReadOnlyList<NodePreview> Nodes { get; init; }

    /// <summary>The number of levels.</summary>
    public required int Levels { get; init; }

    /// <summary>Names along the longest way through the plan.</summary>
    public required IReadOnlyList<string> CriticalPath { get; init; }

    /// <summary>How long the run takes with unlimited resources, in seconds.</summary>
    public required double CriticalSeconds { get; init; }

    /// <summary>The sum of all nodes, in seconds.</summary>
    public required double TotalSeconds { get; init; }

    /// <summary>What all nodes ask for together.</summary>
    public required ResourceRequest Total { get; init; }

    /// <summary>The most that nodes ask for at one moment when each starts as early as it can.</summary>
    public required ResourceRequest Peak { get; init; }

    public static PlanPreview Of(RunPlan plan, PlanKnowledge knowledge)
    {
        IReadOnlyList<PlannedNode> nodes = plan.Nodes;
        CacheVerdict[] cache = [.. nodes.Select(knowledge.Cache)];
        double[] seconds = [.. nodes.Select((n, i) => cache[i] is CacheVerdict.Hit ? 0 : knowledge.Seconds.GetValueOrDefault(n.Name, 1))];
        CriticalPath path = new(nodes, seconds);
        return new PlanPreview
        {
            Nodes = [.. nodes.Select((n, i) => new NodePreview(
                n, path.Level[i], seconds[i], knowledge.Seconds.ContainsKey(n.Name), cache[i], path.Start[i], path.Slack(i)))],
            Levels = path.Level.DefaultIfEmpty(-1).Max() + 1,
            CriticalPath = [.. path.Way().Select(i => nodes[i].Name)],
            CriticalSeconds = path.Length,
            TotalSeconds = seconds.Sum(),
            Total = Sum(nodes.Select(n => n.Resources)),
            Peak = ResourcePeak.Of(nodes, path.Start, seconds),
        };
    }

    private static ResourceRequest Sum(IEnumerable<ResourceRequest> requests)
    {
        (long cpu, long memory, long gpu) = (0, 0, 0);
        foreach (ResourceRequest request in requests)
            (cpu, memory, gpu) = (cpu + request.MilliCpu, memory + request.MemoryBytes, gpu + request.MilliGpu);
        return ResourcePeak.Request(cpu, memory, gpu);
    }
}
