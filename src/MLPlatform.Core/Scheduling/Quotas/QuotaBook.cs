namespace MLPlatform.Core.Scheduling.Quotas;

/// <summary>What holds at one instant: the file, the expansions in force, the machines, and what is held.</summary>
/// <param name="Version">The version of the file; 0 where none was applied.</param>
public sealed record QuotaBook(
    int Version, ResourcesFile? File, IReadOnlyList<Expansion> Expansions, IReadOnlyList<PoolMachine> Machines, IReadOnlyList<Allocation> Allocations, DateTimeOffset At)
{
    public PoolMap Pools { get; } = new(File);

    /// <summary>Machines of a pool: those that were found, then those that are declared.</summary>
    public IReadOnlyList<PoolMachine> MachinesOf(string pool) =>
        [.. Machines.Where(m => Pools.PoolOf(m.Labels) == pool), .. Pools.Declared(pool).Nodes.Select(n => Declared(n.Key, n.Value))];

    /// <summary>A group's nominal quota of a pool with the expansions in force; null where the pool is not metered for it.</summary>
    public Amount? NominalOf(string group, string pool)
    {
        if (File?.Groups.GetValueOrDefault(group)?.Quotas.GetValueOrDefault(pool) is not { } quota)
            return null;
        Amount nominal = quota.Nominal.Or(Amount.Zero);
        foreach (Expansion more in Expansions)
        {
            if (more.Pool != pool || !more.IsInForce(At))
                continue;
            if (more.Group == group)
                nominal += more.More;
            if (more.Source == group)
                nominal -= more.More;
        }
        return nominal.Max(Amount.Zero);
    }

    /// <summary>What a group holds of a pool, and how much of it beyond its own quota.</summary>
    public (Amount Used, Amount Borrowed) HeldBy(string group, string pool)
    {
        (Amount used, Amount borrowed) = (Amount.Zero, Amount.Zero);
        foreach (Allocation held in Holders(group, pool))
        {
            used += held.Amount;
            if (held.Borrowed)
                borrowed += held.Amount;
        }
        // Of what began on borrowed quota, only what goes beyond the group's own is borrowed.
        return (used, borrowed.Min((used - (NominalOf(group, pool) ?? Amount.Zero)).Max(Amount.Zero)));
    }

    /// <summary>
    /// What a group's attempts hold of a pool, oldest first. Borrowed is what goes beyond the quota as it is now: when an expansion has ended,
    /// what began on it is borrowed.
    /// </summary>
    public IReadOnlyList<Allocation> Holders(string group, string pool)
    {
        AmountDeclaration? metered = File?.Groups.GetValueOrDefault(group)?.Quotas.GetValueOrDefault(pool)?.Nominal;
        Amount left = NominalOf(group, pool) ?? Amount.Zero;
        List<Allocation> holders = [];
        foreach (Allocation held in Allocations.Where(a => a.Group == group && a.Pool == pool).OrderBy(a => a.Since))
        {
            left -= held.Amount;
            bool beyond = File is not null && ((metered is null && !held.Amount.IsZero) || (metered?.Cpu is not null && held.Amount.MilliCpu > 0 && left.MilliCpu < 0)
                || (metered?.Memory is not null && held.Amount.MemoryBytes > 0 && left.MemoryBytes < 0) || (metered?.Gpu is not null && held.Amount.MilliGpu > 0 && left.MilliGpu < 0));
            holders.Add(held with { Borrowed = beyond });
        }
        return holders;
    }

    private static PoolMachine Declared(string name, NodeDeclaration node) => new(
        "", name, (long)Math.Ceiling(node.Cpu.Value * 1000), (long)Math.Ceiling(node.Memory.Value),
        [.. Enumerable.Range(0, node.Gpus).Select(i => new MachineGpu(i, node.GpuModel ?? "", null))], node.Labels);
}
