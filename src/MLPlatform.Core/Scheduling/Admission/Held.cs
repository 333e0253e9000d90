using MLPlatform.Core.Scheduling.Placement;

namespace MLPlatform.Core.Scheduling.Admission;

/// <summary>A reservation as the scheduler knows it: what of it nobody uses is a claim before it begins, and counts as running work after.</summary>
internal sealed class Held(Reservation reservation)
{
    public Reservation Reservation { get; } = reservation;

    /// <summary>The places kept until they are free; null where none are, or they are taken.</summary>
    public Claim? Claim { get; set; }

    /// <summary>Work that was admitted into it and runs.</summary>
    public List<Running> Users { get; } = [];

    /// <summary>Whether what its users leave has changed since it was last placed.</summary>
    public bool IsStale { get; set; }

    /// <summary>Whether more work fits into what is held. A resource that is not reserved is taken from what is free.</summary>
    public bool Takes(Gang gang)
    {
        Amount all = Reservation.Gang.Amount, asks = gang.Amount, then = Used + asks;
        return Both(all.MilliCpu, asks.MilliCpu) | Both(all.MemoryBytes, asks.MemoryBytes) | Both(all.MilliGpu, asks.MilliGpu)
            && Within(all.MilliCpu, asks.MilliCpu, then.MilliCpu) && Within(all.MemoryBytes, asks.MemoryBytes, then.MemoryBytes) && Within(all.MilliGpu, asks.MilliGpu, then.MilliGpu);

        static bool Both(long reserved, long asked) => reserved > 0 && asked > 0;
        static bool Within(long reserved, long asked, long sum) => reserved == 0 || asked == 0 || sum <= reserved;
    }

    /// <summary>What its users leave; null for nothing.</summary>
    public Gang? Rest()
    {
        if (Users.Count == 0)
            return Reservation.Gang;
        List<Role> rest = [.. Reservation.Gang.Roles.SelectMany(r => Enumerable.Repeat(r with { Count = 1 }, r.Count))];
        foreach (NodeAsk used in Users.OrderBy(u => u.Number).SelectMany(u => u.Slots).Select(s => s.Ask))
            Take(rest, used);
        return rest.Count == 0 ? null : new Gang(rest, Reservation.Gang.Together);
    }

    private Amount Used => Users.Aggregate(Amount.Zero, (sum, u) => sum + u.Amount);

    private static void Take(List<Role> rest, NodeAsk used)
    {
        int at = rest.FindIndex(r => r.Ask.MilliCpu >= used.MilliCpu && r.Ask.TotalMilliGpu >= used.TotalMilliGpu);
        if (at < 0)
            at = rest.FindIndex(r => used.Gpus == 0 || r.Ask.Gpus > 0);
        if (at < 0)
            return;
        Role role = rest[at];
        rest.RemoveAt(at);
        int gpu = Math.Max(0, role.Ask.TotalMilliGpu - used.TotalMilliGpu);
        // Whole devices and a part of one are two asks.
        int whole = gpu / NodeKind.Device, part = gpu % NodeKind.Device;
        NodeAsk left = role.Ask with
        {
            MilliCpu = Math.Max(0, role.Ask.MilliCpu - used.MilliCpu),
            MemoryMiB = Math.Max(0, role.Ask.MemoryMiB - used.MemoryMiB),
            Gpus = whole > 0 ? whole : part > 0 ? 1 : 0,
            MilliGpu = whole > 0 ? NodeKind.Device : part,
        };
        if (left.MilliCpu > 0 || left.MemoryMiB > 0 || left.Gpus > 0)
            rest.Insert(at, role with { Ask = left });
        if (whole > 0 && part > 0)
            rest.Add(role with { Ask = new NodeAsk(0, 0, 1, part, role.Ask.Models) });
    }
}
