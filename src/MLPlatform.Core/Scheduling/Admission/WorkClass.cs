using MLPlatform.Core.Scheduling.Quotas;

namespace MLPlatform.Core.Scheduling.Admission;

/// <summary>Work that waits.</summary>
internal sealed class Waiter(Work work, WorkClass @class, long number)
{
    public Work Work { get; set; } = work;
    public WorkClass Class { get; } = @class;

    /// <summary>How many came before it.</summary>
    public long Number { get; } = number;

    public long RunTicks => Work.RunTime is { Ticks: >= 0 } known ? known.Ticks : long.MaxValue;

    /// <summary>Priority, then order, then age.</summary>
    public static int Compare(Waiter a, Waiter b)
    {
        if (a.Work.Priority != b.Work.Priority)
            return b.Work.Priority.CompareTo(a.Work.Priority);
        if (a.Work.Order != b.Work.Order)
            return b.Work.Order.CompareTo(a.Work.Order);
        return a.Work.Since != b.Work.Since ? a.Work.Since.CompareTo(b.Work.Since) : a.Number.CompareTo(b.Number);
    }
}

/// <summary>What makes work alike for quotas and nodes.</summary>
internal readonly record struct ClassKey(string Group, string? Person, string Pool, string Overflow, Gang Gang);

/// <summary>
/// Work that is alike: of one group, one shape and the same pools. If the first of them finds no place, none of the others does,
/// but by ending sooner.
/// </summary>
internal sealed class WorkClass(ClassKey key, IReadOnlyList<string> overflow) : IHeaped
{
    private static readonly Comparer<Waiter> Order = Comparer<Waiter>.Create(Waiter.Compare);

    private long? _soonest = long.MaxValue;
    private ((double, double, double) Share, int Version, Amount Pool) _share = (default, -1, default);

    public ClassKey Key { get; } = key;
    public IReadOnlyList<string> Overflow { get; } = overflow;
    public Gang Gang => Key.Gang;
    public Amount Amount => Key.Gang.Amount;
    public SortedSet<Waiter> Waiters { get; } = new(Order);
    public Waiter? First { get; private set; }
    public Contest Contest { get; set; } = null!;
    public PersonUse? Person { get; set; }
    public int Place { get; set; } = -1;

    /// <summary>Why none of them starts at the moment; null while that is open.</summary>
    public Block? Block { get; set; }

    /// <summary>When it is to be looked at again though nothing happens, in ticks.</summary>
    public long DueAt { get; set; } = long.MaxValue;

    /// <summary>For which first, and from when on, it is worth to look again for who could stop for it; in ticks.</summary>
    public (Waiter? For, long From) Reclaim { get; set; }

    /// <summary>For which first, and from when on, it is worth to look again for when it could start; in ticks.</summary>
    public (Waiter? For, long From) Foresight { get; set; }

    /// <summary>Among which others it waits for a change; null while it is open.</summary>
    public HashSet<WorkClass>? Parking { get; set; }

    /// <summary>What its group would use with one more of them, as its turn among the group's siblings goes by.</summary>
    public (double Beyond, double Within, double Past) ShareIn(Amount pool)
    {
        if (_share.Version != Contest.Quota.Version || _share.Pool != pool)
            _share = (Contest.Quota.ShareWith(Amount, pool, out _), Contest.Quota.Version, pool);
        return _share.Share;
    }

    /// <summary>The shortest time that one of them runs, in ticks.</summary>
    public long SoonestRun => _soonest ??= Waiters.Count == 0 ? long.MaxValue : Waiters.Min(w => w.RunTicks);

    public void Add(Waiter waiter)
    {
        if (_soonest is { } soonest)
            _soonest = Math.Min(soonest, waiter.RunTicks);
        Waiters.Add(waiter);
        if (First is null || Waiter.Compare(waiter, First) < 0)
            First = waiter;
    }

    public void Remove(Waiter waiter)
    {
        Waiters.Remove(waiter);
        // Looked for again when it is asked for.
        if (waiter.RunTicks < long.MaxValue && waiter.RunTicks <= _soonest)
            _soonest = null;
        if (ReferenceEquals(First, waiter))
            First = Waiters.Min;
    }
}

/// <summary>Why the first of a class does not start.</summary>
/// <param name="At">The node of the quota tree that refuses; null for other causes.</param>
/// <param name="Bound">Of what something is kept for who goes first; null for other causes.</param>
internal sealed record Block(WaitCause Cause, QuotaNode? At = null, IBound? Bound = null);
