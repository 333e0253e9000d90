namespace MLPlatform.Core.Scheduling.Quotas;

/// <summary>The quota tree in one pool, and what is used there.</summary>
internal sealed class PoolQuota
{
    private readonly Dictionary<string, QuotaNode> _leaves = new(StringComparer.Ordinal);
    private readonly List<QuotaNode> _nodes = []; // Parts after what they are parts of.
    private readonly Amount _nominal, _unasked;
    private readonly bool _bounded;

    /// <param name="capacity">What the pool has; null where nobody knows, as on a cluster of which nothing was said.</param>
    public PoolQuota(QuotaTree tree, string pool, Amount? capacity)
    {
        _bounded = tree.Groups.Count > 0;
        Root = new QuotaNode("", null, Quota.None, 1);
        Dictionary<string, QuotaNode> nodes = new(StringComparer.Ordinal);
        HashSet<string> parents = [.. tree.Groups.Values.Select(g => g.Parent).OfType<string>()];
        foreach (QuotaGroup group in tree.Groups.Values)
            Add(group);
        _leaves.Add(QuotaTree.Undeclared, Enter(new QuotaNode(QuotaTree.Undeclared, Root, Quota.None, 1)));
        foreach (QuotaGroup group in tree.Groups.Values)
            _leaves[group.Name].Remember(group.Past);
        _leaves[QuotaTree.Undeclared].Remember(tree.UndeclaredPast);
        for (int i = _nodes.Count - 1; i >= 0; i--)
            _nodes[i].Settle(_nodes[i].Children.Count > 0 ? Amount.Zero : _nodes[i].Quota.Nominal);
        Root.Settle(Amount.Zero);
        Amount least = new(QuotaTree.Unbounded, QuotaTree.Unbounded, QuotaTree.Unbounded);
        foreach (Quota quota in tree.Groups.Values.Where(g => g.Quotas.ContainsKey(pool)).Select(g => g.In(pool)))
        {
            _nominal += Metered(quota.Nominal);
            least = least.Min(quota.Nominal);
        }
        _unasked = least - Metered(least);
        SetCapacity(capacity);

        QuotaNode Add(QuotaGroup group)
        {
            if (nodes.TryGetValue(group.Name, out QuotaNode? known))
                return known;
            QuotaNode parent = group.Parent is { } above ? Add(tree.Groups[above]) : Root;
            Quota quota = group.In(pool);
            QuotaNode node = new(group.Name, parent, quota, group.Weight);
            nodes.Add(group.Name, Enter(node));
            _leaves.Add(group.Name, parents.Contains(group.Name) ? Enter(new QuotaNode(group.Name, node, Quota.None with { Nominal = quota.Nominal }, 1)) : node);
            return node;
        }
    }

    /// <summary>The pool itself.</summary>
    public QuotaNode Root { get; }

    public IReadOnlyDictionary<string, QuotaNode> Leaves => _leaves;

    /// <summary>The group's leaf; that of the undeclared where it has none.</summary>
    public QuotaNode Leaf(string group) => _leaves.TryGetValue(group, out QuotaNode? leaf) ? leaf : _leaves[QuotaTree.Undeclared];

    /// <summary>What is there beyond all quotas may be borrowed; where nobody knows, what no group has a quota of is not bounded.</summary>
    public void SetCapacity(Amount? capacity)
    {
        Amount all = new(QuotaTree.Unbounded, QuotaTree.Unbounded, QuotaTree.Unbounded);
        Root.SetOwn(!_bounded ? all : capacity is { } known ? (known - _nominal).Max(Amount.Zero) : _unasked);
    }

    private QuotaNode Enter(QuotaNode node)
    {
        _nodes.Add(node);
        return node;
    }

    private static Amount Metered(Amount nominal) => new(
        nominal.MilliCpu >= QuotaTree.Unbounded ? 0 : nominal.MilliCpu,
        nominal.MemoryBytes >= QuotaTree.Unbounded ? 0 : nominal.MemoryBytes,
        nominal.MilliGpu >= QuotaTree.Unbounded ? 0 : nominal.MilliGpu);
}
