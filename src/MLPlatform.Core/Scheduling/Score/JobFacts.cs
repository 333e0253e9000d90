using MLPlatform.Core.Plans;
using MLPlatform.Core.Usage;

namespace MLPlatform.Core.Scheduling.Score;

/// <summary>What is known of an attempt that has ended; null is unknown.</summary>
public sealed record JobFacts
{
    /// <summary>What it asked for.</summary>
    public required ResourceRequest Asked { get; init; }

    /// <summary>How long it was said to run at most (<c>advanced.timeout</c>); null where nothing was said.</summary>
    public TimeSpan? Declared { get; init; }

    /// <summary>From its start to its end.</summary>
    public TimeSpan? Ran { get; init; }

    /// <summary>From being ready to its start.</summary>
    public TimeSpan? Waited { get; init; }

    /// <summary>What its processes used.</summary>
    public AttemptUsage? Usage { get; init; }

    /// <summary>What one machine of its pool has, the largest.</summary>
    public Amount? Machine { get; init; }

    /// <summary>What its pool has in all.</summary>
    public Amount? Pool { get; init; }
}
