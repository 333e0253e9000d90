namespace MLPlatform.Core.Features;

/// <summary>One row of a group's source. Times are microseconds since 1970 UTC.</summary>
/// <param name="EventTime">When it happened.</param>
/// <param name="Arrival">When its row arrived.</param>
/// <param name="Replaced">When a row under the same name arrived and replaced it; <see cref="long.MaxValue"/> for never.</param>
/// <param name="Inputs">For each feature the value it is made from; missing where the row takes no part in it.</param>
public sealed record FeatureEvent(long EventTime, long Arrival, long Replaced, FeatureValue[] Inputs)
{
    /// <summary>When it could be known: it has happened, and its row has arrived.</summary>
    public long KnownFrom => Math.Max(EventTime, Arrival);

    /// <summary>When it stops to take part in a feature whose window is so long.</summary>
    public long EndsAt(long window) => Math.Min(Replaced, window > long.MaxValue - Math.Max(0, EventTime) ? long.MaxValue : EventTime + window);
}

/// <summary>What was known about an entity from an instant on, until its next version.</summary>
/// <param name="KnownFrom">The first instant at which exactly this was known.</param>
/// <param name="EventTime">When the newest event known by then happened.</param>
public sealed record FeatureVersion(long KnownFrom, long EventTime, FeatureValue[] Values);
