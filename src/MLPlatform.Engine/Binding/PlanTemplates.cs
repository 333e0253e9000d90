using System.Collections.Concurrent;
using System.Text.Json;
using MLPlatform.Core.Expressions;
using MLPlatform.Core.Plans;
using MLPlatform.Core.Runs;

namespace MLPlatform.Engine.Binding;

/// <summary>A plan with its graph and its expressions parsed, shared by all runs of the plan.</summary>
internal sealed class PlanTemplates
{
    private readonly ConcurrentDictionary<PlannedNode, NodeTemplate> _nodes = new(ReferenceEqualityComparer.Instance);

    public PlanTemplates(RunPlan plan, string hash)
    {
        Graph = new PlanGraph(plan);
        Hash = hash;
        HasOutputs = plan.Outputs.ValueKind == JsonValueKind.Object && plan.Outputs.EnumerateObject().Any();
    }

    public PlanGraph Graph { get; }
    public RunPlan Plan => Graph.Plan;
    public string Hash { get; }
    public bool HasOutputs { get; }

    public NodeTemplate Of(PlannedNode node) => _nodes.GetOrAdd(node, static n => new NodeTemplate(n));
}

/// <summary>The expressions of one node.</summary>
internal sealed class NodeTemplate
{
    public NodeTemplate(PlannedNode node)
    {
        UsesCache = node.Cacheable && node.Cache != CacheMode.Off;
        Inputs = ExpressionTemplate.HasExpressions(node.Inputs) ? ExpressionTemplate.Parse(node.Inputs) : null;
        When = node.When is null ? null : ExpressionTemplate.Parse(node.When);
        ForEach = node.ForEach is { } list ? ExpressionTemplate.Parse(list) : null;
        PlainBinding = new BoundNode(node.Inputs, null);
        IsPlain = Inputs is null && When is null && ForEach is null && !UsesCache;
        WhenReadsItem = When?.References.Any(r => r.Kind is ReferenceKind.Item or ReferenceKind.Index) ?? false;
        References = IsPlain ? [] : [.. Templates.SelectMany(t => t.References)];
    }

    /// <summary>Nothing to evaluate and nothing to look up.</summary>
    public bool IsPlain { get; }

    /// <summary>What a plain node is bound to.</summary>
    public BoundNode PlainBinding { get; }
    public bool UsesCache { get; }

    /// <summary>Null where the inputs hold no expression.</summary>
    public ExpressionTemplate? Inputs { get; }
    public ExpressionTemplate? When { get; }
    public ExpressionTemplate? ForEach { get; }

    /// <summary>The condition is about each item, not about the list.</summary>
    public bool WhenReadsItem { get; }

    /// <summary>All that the node's expressions read.</summary>
    public IReadOnlyList<Reference> References { get; }

    private IEnumerable<ExpressionTemplate> Templates => new[] { Inputs, When, ForEach }.OfType<ExpressionTemplate>();
}

/// <summary>
/// Plans in memory by hash, the most recent ones. Runs hold their own plan, so this only saves reading it again; large
/// plans make room for few.
/// </summary>
public sealed class PlanTemplateCache
{
    private const int Kept = 64;
    private const int KeptNodes = 100_000;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, PlanTemplates> _byHash = new(StringComparer.Ordinal);
    private readonly Queue<PlanTemplates> _order = new();
    private int _nodes;

    /// <summary>Nodes of all plans that are kept.</summary>
    internal int Nodes => _nodes;

    internal PlanTemplates Add(RunPlan plan, string hash)
    {
        lock (_lock)
        {
            if (_byHash.TryGetValue(hash, out PlanTemplates? known))
                return known;
            PlanTemplates made = new(plan, hash);
            _byHash.Add(hash, made);
            _order.Enqueue(made);
            _nodes += plan.Nodes.Count;
            while (_order.Count > 1 && (_order.Count > Kept || _nodes > KeptNodes))
            {
                PlanTemplates oldest = _order.Dequeue();
                _byHash.Remove(oldest.Hash);
                _nodes -= oldest.Plan.Nodes.Count;
            }
            return made;
        }
    }

    internal PlanTemplates? Find(string hash)
    {
        lock (_lock)
            return _byHash.GetValueOrDefault(hash);
    }

    internal async Task<PlanTemplates> LoadAsync(string hash, IRunStore store, CancellationToken cancel)
    {
        if (Find(hash) is { } known)
            return known;
        byte[] json = await store.FindPlanAsync(hash, cancel).ConfigureAwait(false)
            ?? throw new InvalidDataException($"ENG-015 the plan {hash} is not in the store, so its runs cannot go on; restore the database from a backup that has it");
        return Add(PlanJson.Deserialize(json), hash);
    }
}
