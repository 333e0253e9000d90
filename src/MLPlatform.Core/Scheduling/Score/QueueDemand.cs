namespace MLPlatform.Core.Scheduling.Score;

/// <summary>What the order of waiting work looks at.</summary>
/// <param name="Seconds">How long it runs at most, declared or estimated.</param>
/// <param name="Size">What it holds meanwhile, in units that are the same for all work of a pool: devices, or its part of what is scarcest.</param>
/// <param name="WholeNodes">Whether it fills a node or more, so that room for it has to be gathered.</param>
/// <param name="Standing">The mean score of what its owner ran like it before, from 0 to 100; 50 where nothing is known.</param>
public readonly record struct QueueDemand(double Seconds, double Size, bool WholeNodes, double Standing = QueueDemand.Neutral)
{
    public const double Neutral = 50;

    /// <summary>What it holds of what headroom is kept of: devices, or cores in a pool that has none. Its size, unless said otherwise.</summary>
    public double Units { get; init; } = Size;
}
