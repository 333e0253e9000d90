namespace MLPlatform.Core.Features;

/// <summary>One feature with everything that its declaration leaves to defaults.</summary>
/// <param name="Window">How long an event takes part, in microseconds; <see cref="long.MaxValue"/> for ever.</param>
/// <param name="Op">Null for a plain column.</param>
public sealed record PlannedFeature(string Name, FeatureType Type, AggregateOp? Op, string? Column, string? Where, long Window, int K)
{
    /// <summary>A feature as its group means it.</summary>
    public static PlannedFeature Of(FeatureGroup group, GroupFeature feature) => feature.Aggregate is { } aggregate
        ? new(feature.Name, TypeOf(aggregate.Op, feature.Type), aggregate.Op, aggregate.Column, aggregate.Where, Microseconds(aggregate.Window), aggregate.K ?? 3)
        : new(feature.Name, feature.Type!.Value, null, feature.Column ?? feature.Name, null, group.Ttl is { } ttl ? Microseconds(ttl) : long.MaxValue, 0);

    /// <summary>The features of a group in their order.</summary>
    public static IReadOnlyList<PlannedFeature> AllOf(FeatureGroup group) => [.. group.Features.Select(f => Of(group, f))];

    private static FeatureType TypeOf(AggregateOp op, FeatureType? declared) => op switch
    {
        AggregateOp.Count or AggregateOp.Distinct => FeatureType.Int64,
        AggregateOp.Sum or AggregateOp.Mean => FeatureType.Double,
        AggregateOp.TopK => FeatureType.String,
        _ => declared!.Value,
    };

    private static long Microseconds(TimeSpan span) => span.Ticks / TimeSpan.TicksPerMicrosecond;
}
