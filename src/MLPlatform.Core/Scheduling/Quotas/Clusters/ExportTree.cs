namespace MLPlatform.Core.Scheduling.Quotas.Clusters;

/// <summary>The quota tree at an instant, resource by resource, as exports need it. The same meaning as the scheduler's.</summary>
internal sealed class ExportTree
{
    private readonly ResourcesFile _file;
    private readonly IReadOnlyList<Expansion> _inForce;

    /// <param name="pools">The pools to write, in the file's order; see <see cref="PoolsOf"/>.</param>
    public ExportTree(ResourcesFile file, IEnumerable<Expansion> expansions, DateTimeOffset at, IReadOnlyList<string> pools)
    {
        (_file, _inForce, Pools) = (file, [.. expansions.Where(e => e.IsInForce(at))], pools);
        Groups = [.. file.Groups.Keys.Order(StringComparer.Ordinal)];
    }

    public IReadOnlyList<string> Pools { get; }

    /// <summary>By name.</summary>
    public IReadOnlyList<string> Groups { get; }

    public PoolDeclaration Pool(string name) => _file.Pools.GetValueOrDefault(name) ?? new PoolDeclaration();

    public string? ParentOf(string group) => _file.Groups[group].Parent is { } parent && _file.Groups.ContainsKey(parent) ? parent : null;

    public IEnumerable<string> PartsOf(string? group) => Groups.Where(g => ParentOf(g) == group);

    public double Weight(string group) => _file.Groups[group].Weight;

    /// <summary>Persons that something bounds in these pools, by name.</summary>
    public IReadOnlyList<string> BoundedPersons(string group) =>
        [.. _file.Groups[group].Persons.Where(p => p.Value.Ceilings.Keys.Any(Pools.Contains)).Select(p => p.Key).Order(StringComparer.Ordinal)];

    /// <summary>A person's bound; null where nothing bounds that resource.</summary>
    public decimal? Ceiling(string group, string person, string pool, Counted resource) =>
        _file.Groups[group].Persons[person].Ceilings.GetValueOrDefault(pool).Of(resource)?.Value;

    /// <summary>What the group itself has, with the expansions in force.</summary>
    public QuotaShare Share(string group, string pool, Counted resource)
    {
        if (_file.Groups[group].Quotas.GetValueOrDefault(pool) is not { } quota)
            return QuotaShare.Nothing;
        decimal? nominal = quota.Nominal.Of(resource)?.Value;
        foreach (Expansion expansion in _inForce.Where(e => e.Pool == pool))
        {
            decimal more = expansion.More.Of(resource);
            nominal += (expansion.Group == group ? more : 0) - (expansion.Source == group ? more : 0);
        }
        return new QuotaShare(nominal is { } n ? Math.Max(0, n) : null, quota.BorrowingLimit.Of(resource)?.Value, quota.LendingLimit.Of(resource)?.Value);
    }

    /// <summary>
    /// What a pool has beyond all quotas: what its declared machines have more; where no machine is declared, nothing of what is
    /// counted. Null where no group that has a quota there counts that resource.
    /// </summary>
    public decimal? Beyond(string pool, Counted resource)
    {
        QuotaShare[] shares = [.. Groups.Where(g => _file.Groups[g].Quotas.ContainsKey(pool)).Select(g => Share(g, pool, resource))];
        decimal there = Pool(pool).Nodes.Values.Sum(n => resource switch { Counted.Cpu => n.Cpu.Value, Counted.Memory => n.Memory.Value, _ => n.Gpus });
        if (Pool(pool).Nodes.Count > 0)
            return Math.Max(0, there - shares.Sum(s => s.Nominal ?? 0));
        return shares.All(s => s.Nominal is null) ? null : 0;
    }

    /// <summary>The pools of a cluster, or why it is not clear which.</summary>
    public static (IReadOnlyList<string> Pools, SettingsProblemText? Problem) PoolsOf(ResourcesFile file, string? cluster)
    {
        string[] clusters = [.. file.Pools.Values.Select(p => p.Executor).Where(e => e != PoolDeclaration.Process).Distinct().Order(StringComparer.Ordinal)];
        if (cluster is not null && !clusters.Contains(cluster))
            return ([], new($"no pool names the cluster \"{cluster}\"", clusters.Length > 0 ? $"Pools name {string.Join(", ", clusters)}." : "Set 'executor' of a pool to it."));
        if (cluster is null && clusters.Length > 1)
            return ([], new($"pools name more than one cluster: {string.Join(", ", clusters)}", "Say which is meant: --cluster NAME."));
        cluster ??= clusters.SingleOrDefault();
        string[] quotas = [.. file.Groups.Values.SelectMany(g => g.Quotas.Keys).Where(p => !file.Pools.ContainsKey(p)).Distinct().Order(StringComparer.Ordinal)];
        string[] pools = cluster is null ? [.. file.Pools.Keys, .. quotas] : [.. file.Pools.Where(p => p.Value.Executor == cluster).Select(p => p.Key)];
        return pools.Length is > 0 and <= 64 ? (pools, null) : ([], new(
            pools.Length == 0 ? "there is no pool to write" : $"there are {pools.Length} pools, and a ClusterQueue has 64 flavors at most",
            pools.Length == 0 ? "Declare one under 'pools'." : "Give parts of them to another cluster."));
    }
}

/// <summary>What is wrong, and what to do.</summary>
internal sealed record SettingsProblemText(string Message, string Hint);
