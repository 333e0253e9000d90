using MLPlatform.Core.Scheduling.Budgets;

namespace MLPlatform.Core.Scheduling.Quotas;

/// <summary>
/// A group's part of one pool, and what is used of it. Use beyond what a node keeps for itself counts at its parent too, so
/// that the pool's root knows what is left of all that is lent. Work belongs to leaves; a group that has both parts and work of
/// its own has a leaf of the same name under it.
/// </summary>
internal sealed class QuotaNode
{
    private Amount _local, _own;

    public QuotaNode(string name, QuotaNode? parent, Quota quota, double weight)
    {
        (Name, Parent, Quota, Weight) = (name, parent, quota, weight);
        parent?.Children.Add(this);
    }

    public string Name { get; }
    public QuotaNode? Parent { get; }
    public Quota Quota { get; }
    public double Weight { get; }
    public List<QuotaNode> Children { get; } = [];

    /// <summary>What it and its parts may use without borrowing.</summary>
    public Amount Nominal { get; private set; }

    /// <summary>What it uses, its parts' borrowing from it included.</summary>
    public Amount Used { get; private set; }

    /// <summary>What it and its parts held lately on the mean.</summary>
    public ResourceTime Past { get; private set; }

    /// <summary>Grows with each change of what shares are made of.</summary>
    public int Version { get; private set; }

    /// <summary>What is used beyond the nominal quota.</summary>
    public Amount Borrowed => (Used - Nominal).Max(Amount.Zero);

    /// <summary>Adds what the parts lend; parts first. What is used must be added again.</summary>
    public void Settle(Amount own)
    {
        _own = own;
        Version++;
        Used = Amount.Zero;
        Amount nominal = own;
        foreach (QuotaNode child in Children)
            nominal += child.Nominal - child._local;
        Nominal = nominal;
        _local = Parent is null ? Amount.Zero : Unlent(Nominal, (Nominal - Quota.Lending).Max(Amount.Zero));
    }

    /// <summary>Counts what was held lately here and above.</summary>
    public void Remember(ResourceTime past)
    {
        for (QuotaNode? at = this; at is not null; at = at.Parent)
        {
            at.Past += past;
            at.Version++;
        }
    }

    /// <summary>Changes what the root has beyond what the groups lend it.</summary>
    public void SetOwn(Amount own)
    {
        Version++;
        Nominal += own - _own;
        _own = own;
    }

    /// <summary>How much more may be used here, borrowing included; the least of all bounds up to the root.</summary>
    public Amount Available() => Parent is null ? Left : OwnLeft + Parent.Available().Min(Most);

    /// <summary>How much more may be used before this node itself refuses; less than nothing where too much is.</summary>
    public Amount Left => Parent is null ? Nominal - Used : OwnLeft + Most;

    private Amount OwnLeft => (_local - Used).Max(Amount.Zero);

    // How much more may come from above. Of what it has lent, its own use beyond what it keeps is taken back first.
    private Amount Most => Nominal - _local - (Used - _local).Max(Amount.Zero) + Quota.Borrowing;

    /// <summary>The lowest node at which so much more cannot be used; null where it can.</summary>
    public QuotaNode? Refuses(Amount more)
    {
        if (Parent is null)
            return More(more, Left) ? this : null;
        Amount up = Above(more);
        return More(up, Most) ? this : up.IsZero ? null : Parent.Refuses(up);
    }

    public void Use(Amount more)
    {
        Amount up = Above(more);
        Used += more;
        Version++;
        if (Parent is not null && !up.IsZero)
            Parent.Use(up);
    }

    public void Free(Amount less)
    {
        Amount up = (Used - _local).Max(Amount.Zero).Min(less);
        Used -= less;
        Version++;
        if (Parent is not null && !up.IsZero)
            Parent.Free(up);
    }

    /// <summary>Whether so much more would still be within the nominal quota, in all that is asked for.</summary>
    public bool IsWithin(Amount more) => !More(more, Nominal - Used);

    /// <summary>Whether something that is asked for is used beyond the nominal quota.</summary>
    public bool IsOver(Amount asked) => OverIn(asked.MilliCpu, Used.MilliCpu, Nominal.MilliCpu)
        || OverIn(asked.MemoryBytes, Used.MemoryBytes, Nominal.MemoryBytes) || OverIn(asked.MilliGpu, Used.MilliGpu, Nominal.MilliGpu);

    /// <summary>
    /// How much of the pool is used beyond the nominal quota, by the resource of which that is most, and by weight; as it would be
    /// with so much more. Then how much of the quota is used, and then how much of the pool was held lately.
    /// </summary>
    /// <param name="up">What of it the parent would have to give.</param>
    public (double Beyond, double Within, double Past) ShareWith(Amount more, Amount pool, out Amount up)
    {
        up = Above(more);
        Amount used = Used + more;
        double beyond = Math.Max(Part(used.MilliCpu - Nominal.MilliCpu, pool.MilliCpu), Math.Max(
            Part(used.MemoryBytes - Nominal.MemoryBytes, pool.MemoryBytes), Part(used.MilliGpu - Nominal.MilliGpu, pool.MilliGpu)));
        double within = Math.Max(Part(used.MilliCpu, Nominal.MilliCpu), Math.Max(
            Part(used.MemoryBytes, Nominal.MemoryBytes), Part(used.MilliGpu, Nominal.MilliGpu)));
        return (beyond / Weight, within, Lately(pool) / Weight);
    }

    private double Lately(Amount pool) => Math.Max(Of(Past.CpuSeconds * 1000, pool.MilliCpu), Math.Max(Of(Past.MemoryByteSeconds, pool.MemoryBytes), Of(Past.GpuSeconds * 1000, pool.MilliGpu)));

    private static double Of(double held, long of) => of is <= 0 or >= QuotaTree.Unbounded ? 0 : held / of;

    /// <summary>What the parent would have to give of so much more: what is beyond that which this node keeps for itself.</summary>
    public Amount Above(Amount more) => (more - OwnLeft).Max(Amount.Zero);

    private static Amount Unlent(Amount nominal, Amount local) => new(
        nominal.MilliCpu >= QuotaTree.Unbounded ? QuotaTree.Unbounded : local.MilliCpu,
        nominal.MemoryBytes >= QuotaTree.Unbounded ? QuotaTree.Unbounded : local.MemoryBytes,
        nominal.MilliGpu >= QuotaTree.Unbounded ? QuotaTree.Unbounded : local.MilliGpu);

    private static double Part(long used, long of) => used <= 0 || of is <= 0 or >= QuotaTree.Unbounded ? 0 : (double)used / of;

    private static bool OverIn(long asked, long used, long nominal) => asked > 0 && used > nominal;

    // What is not asked for bounds nothing, even where more is used than there is.
    private static bool More(Amount asked, Amount left) => (asked.MilliCpu > 0 && asked.MilliCpu > left.MilliCpu)
        || (asked.MemoryBytes > 0 && asked.MemoryBytes > left.MemoryBytes) || (asked.MilliGpu > 0 && asked.MilliGpu > left.MilliGpu);
}
