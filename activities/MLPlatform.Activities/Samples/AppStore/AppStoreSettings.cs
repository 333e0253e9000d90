namespace MLPlatform.Activities.Samples.AppStore;

/// <summary>The size of the simulated store and how often its logs go wrong. All rates are fractions of the events.</summary>
public sealed record AppStoreSettings
{
    public long Seed { get; init; } = 1;

    /// <summary>The first day, in UTC. Default: 2026-01-01.</summary>
    public DateOnly Start { get; init; } = new(2026, 1, 1);

    public int Days { get; init; } = 7;
    public int Users { get; init; } = 1000;
    public int Apps { get; init; } = 200;
    public int ImpressionsPerDay { get; init; } = 30_000;

    /// <summary>A later click no longer belongs to its impression. Default: 1 hour.</summary>
    public TimeSpan AttributionWindow { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Events that are delivered twice, byte for byte. Default: 0.01.</summary>
    public double DuplicateRate { get; init; } = 0.01;

    /// <summary>Events that arrive with the next day's file. Default: 0.02.</summary>
    public double LateRate { get; init; } = 0.02;

    /// <summary>Events of which only a line that is not JSON is left. Default: 0.004.</summary>
    public double BrokenRate { get; init; } = 0.004;

    /// <summary>Events with a field of a wrong type. Default: 0.003.</summary>
    public double WrongTypeRate { get; init; } = 0.003;

    /// <summary>Events without a field that they need. Default: 0.003.</summary>
    public double MissingFieldRate { get; init; } = 0.003;

    /// <summary>Clicks that come after the attribution window. Default: 0.02.</summary>
    public double AfterWindowRate { get; init; } = 0.02;

    /// <summary>Clicks on requests that no impression log knows, per click. Default: 0.01.</summary>
    public double OrphanRate { get; init; } = 0.01;
}
