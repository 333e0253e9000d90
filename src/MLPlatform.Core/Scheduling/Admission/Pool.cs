using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Core.Scheduling.Admission;

/// <summary>A pool: its machines, its quotas, and the work that waits for it.</summary>
internal sealed class Pool(string name)
{
    private readonly Dictionary<QuotaNode, Contest> _contests = [];
    private bool _knowsCapacity = true;

    public string Name { get; } = name;
    public Machines Machines { get; } = new();

    /// <summary>The one machine that stands for all, where the pool places by itself.</summary>
    public Machine? Whole { get; private set; }

    public PoolQuota Quota { get; private set; } = new(QuotaTree.None, name, null);
    public Contest Root { get; private set; } = null!;

    /// <summary>Classes that wait for room, by shape.</summary>
    public Dictionary<Gang, HashSet<WorkClass>> Parked { get; } = [];

    /// <summary>Classes of other pools that would take what is left here.</summary>
    public HashSet<WorkClass> Overflowing { get; } = [];

    /// <summary>Classes that would take what is kept for shorter work.</summary>
    public HashSet<WorkClass> HeldBack { get; } = [];

    /// <summary>What is promised to blocked work, in the order of promising.</summary>
    public List<Claim> Promises { get; } = [];

    /// <summary>What is reserved for persons and has not begun.</summary>
    public List<Claim> Reserved { get; } = [];

    /// <summary>What runs and is expected to end, the soonest first.</summary>
    public SortedSet<Running> Ends { get; } = new(Comparer<Running>.Create((a, b) => a.End != b.End ? a.End.CompareTo(b.End) : a.Number.CompareTo(b.Number)));

    /// <summary>What was told to stop and has not ended.</summary>
    public HashSet<Running> Stopping { get; } = [];

    /// <summary>Whether a shape would fit if nothing ran, as far as it was asked.</summary>
    public Dictionary<Gang, bool> Ever { get; } = [];

    /// <summary>Whether a promise was kept or given up, so that another can be made.</summary>
    public bool HasPromise { get; set; }

    /// <summary>Whether something came free since the last look.</summary>
    public bool IsFreed { get; set; }

    /// <summary>Whether machines came or went since the last look.</summary>
    public bool IsResized { get; set; }

    /// <summary>When to look again though nothing happens, in ticks.</summary>
    public long LookAt { get; set; } = long.MaxValue;

    /// <summary>When those who wait within their quota look again for who has to stop; never, while nothing changed that could be taken back.</summary>
    public long ReclaimAt { get; set; } = long.MaxValue;

    /// <summary>From when on it may be looked ahead again, in ticks.</summary>
    public long ForesightFrom { get; set; }

    /// <summary>When the first of those without a promise is looked ahead for, in ticks.</summary>
    public long PromiseAt { get; set; } = long.MaxValue;

    /// <summary>What shares of the pool are measured by.</summary>
    public Amount Size { get; private set; }

    public Contest Contest(QuotaNode node) => _contests[node];

    /// <summary>Begins anew with other quotas; what is used and who waits has to be entered again.</summary>
    public void SetTree(QuotaTree tree)
    {
        Quota = new PoolQuota(tree, Name, _knowsCapacity ? Machines.Capacity : null);
        _contests.Clear();
        Root = Enter(Quota.Root, null);
        Parked.Clear();
        Overflowing.Clear();
        HeldBack.Clear();
        Measure();
        IsFreed = true;
    }

    /// <summary>Lets the pool place by itself.</summary>
    /// <param name="capacity">Null: nobody knows.</param>
    public void Delegate(Amount? capacity)
    {
        _knowsCapacity = capacity is not null;
        Amount most = new(QuotaTree.Unbounded, QuotaTree.Unbounded, QuotaTree.Unbounded);
        Machine whole = new(Name, capacity ?? most);
        if (Whole is { } before)
            Machines.Remove(before);
        Machines.Add(Whole = whole);
        CapacityChanged();
    }

    /// <summary>For looking into <see cref="Ends"/>: after all that end by then.</summary>
    public static Running EndOf(long ticks) => new() { End = ticks, Number = long.MaxValue, Work = null!, Pool = null!, Slots = [], Since = 0 };

    public static Running Latest { get; } = EndOf(long.MaxValue);

    public void CapacityChanged()
    {
        Ever.Clear();
        Quota.SetCapacity(_knowsCapacity ? Machines.Capacity : null);
        Measure();
        IsFreed = IsResized = true;
    }

    public HashSet<WorkClass> ParkedWith(Gang gang)
    {
        if (!Parked.TryGetValue(gang, out HashSet<WorkClass>? parked))
            Parked.Add(gang, parked = []);
        return parked;
    }

    private Contest Enter(QuotaNode node, Contest? parent)
    {
        Contest contest = new(node, parent, _contests.Count);
        _contests.Add(node, contest);
        foreach (QuotaNode child in node.Children)
            contest.Parts.Add(Enter(child, contest));
        return contest;
    }

    private void Measure() => Size = _knowsCapacity ? Machines.Capacity : Quota.Root.Nominal;
}
