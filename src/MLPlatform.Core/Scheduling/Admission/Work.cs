namespace MLPlatform.Core.Scheduling.Admission;

/// <summary>What waits to be admitted, or runs.</summary>
public sealed record Work
{
    public required WorkId Id { get; init; }

    /// <summary>What it needs at once.</summary>
    public required Gang Gang { get; init; }

    /// <summary>As in <c>basic.group</c>; a group that is not declared counts as none.</summary>
    public string Group { get; init; } = "";

    /// <summary>As in <c>basic.owner</c>.</summary>
    public string Person { get; init; } = "";

    public string Pool { get; init; } = Scheduler.DefaultPool;

    /// <summary>Pools that will do when the first has no room, in this order.</summary>
    public IReadOnlyList<string> Overflow { get; init; } = [];

    /// <summary>Higher goes first within its group, and may take the place of lower.</summary>
    public int Priority { get; init; }

    /// <summary>When it began to wait.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>Of equal priority within a group, higher goes first, then who waits longer. Default: 0 for all, which is by age.</summary>
    public double Order { get; init; }

    /// <summary>How long it runs at most, declared or estimated; null: nobody knows, and it is never expected to end.</summary>
    public TimeSpan? RunTime { get; init; }

    /// <summary>Whether it may be stopped in favour of others. Default: yes.</summary>
    public bool Preemptible { get; init; } = true;

    /// <summary>The person's reservation that it uses up; null for none.</summary>
    public Guid? Reservation { get; init; }
}

/// <summary>Where one member runs.</summary>
/// <param name="Node">The node's name; the pool's where the pool places by itself.</param>
/// <param name="Devices">Numbers of its devices on that node, ascending; empty for none, or where the pool places by itself.</param>
public sealed record MemberPlace(string Node, IReadOnlyList<int> Devices);

/// <summary>What runs already, when the scheduler begins or begins anew.</summary>
/// <param name="Pool">The pool that it runs in.</param>
/// <param name="Places">A place for each member, role after role.</param>
/// <param name="Since">When it was admitted.</param>
public sealed record Holding(Work Work, string Pool, IReadOnlyList<MemberPlace> Places, DateTimeOffset Since);
