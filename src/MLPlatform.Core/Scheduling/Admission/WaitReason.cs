namespace MLPlatform.Core.Scheduling.Admission;

/// <summary>The one thing that keeps work from starting.</summary>
/// <param name="Cause">Which kind of thing.</param>
/// <param name="What">In a person's words: what is missing, and where.</param>
/// <param name="Release">What would let it start.</param>
/// <param name="Earliest">When that is expected by the run times that are known; null where nobody knows.</param>
public sealed record WaitReason(WaitCause Cause, string What, string Release, DateTimeOffset? Earliest)
{
    /// <summary>Other work that <see cref="What"/> names by its id; null for none.</summary>
    public WorkId? Behind { get; init; }
}

/// <summary>What keeps work from starting.</summary>
public enum WaitCause
{
    /// <summary>It fits no node of its pools, even if nothing ran on them.</summary>
    TooLarge,

    /// <summary>Its group's quota, and what the group may borrow, are used.</summary>
    Quota,

    /// <summary>Its person's ceiling in the group is reached.</summary>
    Ceiling,

    /// <summary>No node has enough free.</summary>
    NoNode,

    /// <summary>There is room, or quota, which is promised to other work.</summary>
    Promised,

    /// <summary>There is room, which the pool keeps for shorter work.</summary>
    Headroom,

    /// <summary>Its place is found, and what runs there is stopping.</summary>
    Stopping,

    /// <summary>Nothing does: others go first, and it is decided in the same look.</summary>
    Turn,
}
