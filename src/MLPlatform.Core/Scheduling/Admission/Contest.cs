using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Core.Scheduling.Admission;

/// <summary>A node of the quota tree while places are given out: whose turn it is below it.</summary>
internal sealed class Contest(QuotaNode quota, Contest? parent, int number) : IHeaped, IBound
{
    private readonly Heap<Contest> _parts = new(Compare);
    private readonly int _number = number;
    private (double Beyond, double Within, double Past) _share;
    private Amount _up; // What the parent would have to give to whose turn it is.

    public QuotaNode Quota { get; } = quota;
    public Contest? Parent { get; } = parent;

    /// <summary>The nodes below it.</summary>
    public List<Contest> Parts { get; } = [];
    public int Depth { get; } = parent is null ? 0 : parent.Depth + 1;
    public int Place { get; set; } = -1;

    /// <summary>At a leaf: its classes that may find a place.</summary>
    public Heap<WorkClass> Open { get; } = new((a, b) => Waiter.Compare(a.First!, b.First!));

    public HashSet<WorkClass> Parked { get; } = [];
    public Amount Left => Quota.Left;
    public KeptQuota? Kept { get; set; }

    /// <summary>At a leaf: from when on it may be looked ahead again for when its quota comes free, in ticks.</summary>
    public long ForesightFrom { get; set; }

    /// <summary>At a leaf: what runs on its quota.</summary>
    public HashSet<Running> Runs { get; } = [];

    /// <summary>The class whose turn it is; null: none is open.</summary>
    public WorkClass? Best => Open.First ?? _parts.First?.Best;

    /// <summary>Finds the node's place among its siblings again, and its ancestors' among theirs.</summary>
    public void Refresh(Amount pool)
    {
        for (Contest node = this; node.Parent is { } above; node = above)
        {
            if (node.Open.First is { } first)
                node._share = node.Quota.ShareWith(first.Amount, pool, out node._up);
            else if (node._parts.First is { } part)
                node._share = node.Quota.ShareWith(part._up, pool, out node._up);
            else
            {
                above._parts.Remove(node);
                continue;
            }
            above._parts.Set(node);
        }
    }

    /// <summary>Whether a waiter goes before another, each as the first of its class.</summary>
    public static bool Precedes(Waiter a, Waiter b, Amount pool)
    {
        Contest left = a.Class.Contest, right = b.Class.Contest;
        if (left == right)
            return Waiter.Compare(a, b) < 0;
        if (left.Parent == right.Parent)
        {
            int siblings = a.Class.ShareIn(pool).CompareTo(b.Class.ShareIn(pool));
            return siblings != 0 ? siblings < 0 : Waiter.Compare(a, b) < 0;
        }
        Amount leftUp = a.Class.Amount, rightUp = b.Class.Amount;
        (double, double, double) leftShare = default, rightShare = default;
        while (left != right)
        {
            int depth = Math.Max(left.Depth, right.Depth);
            bool climbs = right.Depth == depth;
            if (left.Depth == depth)
            {
                leftShare = left.Quota.ShareWith(leftUp, pool, out leftUp);
                left = left.Parent!;
            }
            if (climbs)
            {
                rightShare = right.Quota.ShareWith(rightUp, pool, out rightUp);
                right = right.Parent!;
            }
        }
        int shares = leftShare.CompareTo(rightShare);
        return shares != 0 ? shares < 0 : Waiter.Compare(a, b) < 0;
    }

    private static int Compare(Contest a, Contest b)
    {
        int shares = a._share.CompareTo(b._share);
        if (shares != 0)
            return shares;
        // Groups that are level: by whose work is first.
        int works = Waiter.Compare(a.Best!.First!, b.Best!.First!);
        return works != 0 ? works : a._number.CompareTo(b._number);
    }
}
