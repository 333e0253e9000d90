using MLPlatform.Core.Scheduling;
using MLPlatform.Core.Scheduling.Quotas;
using MLPlatform.Server.Quotas;

namespace MLPlatform.Server.Pools;

/// <summary>A pool.</summary>
/// <param name="Used">What attempts hold; counted where a resources file was applied.</param>
internal sealed record PoolView(string Name, string? Description, string Executor, int Machines, AmountView Total, AmountView Used, IReadOnlyList<string> Overflow)
{
    public static PoolView From(QuotaBook book, string pool)
    {
        PoolDeclaration declared = book.Pools.Declared(pool);
        IReadOnlyList<PoolMachine> machines = book.MachinesOf(pool);
        return new PoolView(pool, declared.Description, declared.Executor, machines.Count, AmountView.From(Sum(machines.Select(m => m.Amount))),
            AmountView.From(Sum(book.Allocations.Where(a => a.Pool == pool).Select(a => a.Amount))), declared.Overflow);
    }

    private static Amount Sum(IEnumerable<Amount> amounts) => amounts.Aggregate(Amount.Zero, (a, b) => a + b);
}

/// <summary>A machine of a pool.</summary>
/// <param name="Server">The server that found it; null where it was declared.</param>
internal sealed record MachineView(string Name, string? Server, AmountView Total, AmountView Used, IReadOnlyList<MachineGpu> Gpus, IReadOnlyDictionary<string, string> Labels);

/// <summary>A pool with its machines.</summary>
internal sealed record PoolDetail(PoolView Pool, IReadOnlyDictionary<string, string> Selector, IReadOnlyList<MachineView> Machines, IReadOnlyList<HolderView> Holders)
{
    public static PoolDetail From(QuotaBook book, string pool)
    {
        IReadOnlyList<Allocation> held = [.. book.Allocations.Where(a => a.Pool == pool).Select(a => a.Group).Distinct().SelectMany(g => book.Holders(g, pool))];
        return new PoolDetail(PoolView.From(book, pool), book.Pools.Declared(pool).Selector,
            [.. book.MachinesOf(pool).Select(m => new MachineView(m.Name, m.Replica.Length > 0 ? m.Replica : null, AmountView.From(m.Amount),
                AmountView.From(held.Where(a => a.Machine == m.Name).Aggregate(Amount.Zero, (sum, a) => sum + a.Amount)), m.Gpus, m.Labels))],
            [.. held.Select(HolderView.From)]);
    }
}
