namespace MLPlatform.Core.Activities;

/// <summary>Where an activity runs.</summary>
public enum ActivityPlacement
{
    /// <summary>Inside the server: cheap control steps only.</summary>
    Inline,

    /// <summary>In a warm worker process.</summary>
    Worker,

    /// <summary>As a process of its own, started by the supervisor from the declared command.</summary>
    Script,
}

/// <summary>What the platform knows about an activity type without running it.</summary>
public sealed record ActivityDescriptor
{
    public required string Type { get; init; }
    public required int Version { get; init; }
    public required ActivityPlacement Placement { get; init; }
    public required bool Cacheable { get; init; }

    /// <summary>Whether an inline step may run before its own start is durable.</summary>
    public bool RunsAhead { get; init; }

    /// <summary>Whether the memory that is declared for it is a part of its cache key.</summary>
    public bool MemoryCounts { get; init; }

    /// <summary>Whether all its attempts of a run find the same folder for checkpoints.</summary>
    public bool Checkpoints { get; init; }

    /// <summary>The class that implements it.</summary>
    public required Type Implementation { get; init; }

    public required Type InputsType { get; init; }

    /// <summary>The outputs record, or null where outputs are known only at run time (scripts, answers of people).</summary>
    public required Type? OutputsType { get; init; }

    /// <summary>One sentence on what it does, from its documentation.</summary>
    public required string Summary { get; init; }
}
