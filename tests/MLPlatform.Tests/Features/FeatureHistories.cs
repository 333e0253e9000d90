using CsCheck;
using MLPlatform.Core.Features;

namespace MLPlatform.Tests.Features;

/// <summary>Random histories on a small scale, so that ties, late arrivals, corrections, duplicates and missing values are frequent.</summary>
internal static class FeatureHistories
{
    public const long Second = 1_000_000;

    private static readonly Gen<HistoryRow> Row =
        from user in Gen.Int[0, 2]
        from happened in Gen.Long[0, 60]
        from late in Gen.Frequency((5, Gen.Const(0L)), (3, Gen.Long[1, 30]), (1, Gen.Long[-5, -1]))
        from id in Gen.Int[0, 12]
        from amount in Gen.Int[-8, 8]
        from kind in Gen.Int[0, 3]
        from level in Gen.Long[0, 5]
        select new HistoryRow($"u{user}", happened * Second, (happened + late) * Second, $"e{id}",
            amount == 0 ? null : amount / 8d, kind == 3 ? null : kind == 0 ? "buy" : $"k{kind}", level == 5 ? null : level);

    public static readonly Gen<List<HistoryRow>> Any =
        from rows in Row.List[0, 40]
        from again in Gen.Int[0, 3]
        select (List<HistoryRow>)[.. rows, .. rows.Take(again)]; // Some are delivered twice.

    /// <summary>A group with every kind of feature.</summary>
    public static FeatureGroup Group(bool replaces, bool expires) => new()
    {
        Id = "activity",
        Version = 1,
        Owner = "tests",
        Entity = [new EntityKey { Name = "user" }],
        EventTime = "happened",
        ArrivalTime = "arrived",
        EventId = replaces ? "id" : null,
        Ttl = expires ? TimeSpan.FromSeconds(20) : null,
        Features =
        [
            new GroupFeature { Name = "level", Type = FeatureType.Int64 },
            new GroupFeature { Name = "newest", Type = FeatureType.String, Column = "kind" },
            Aggregate("events", AggregateOp.Count, null, 10),
            Aggregate("buys", AggregateOp.Count, null, 25, "kind = 'buy'"),
            Aggregate("amounts", AggregateOp.Count, "amount", 25),
            Aggregate("spent", AggregateOp.Sum, "amount", 15),
            Aggregate("average", AggregateOp.Mean, "amount", 40),
            Aggregate("kinds", AggregateOp.Distinct, "kind", 30),
            Aggregate("lastBuy", AggregateOp.Last, "amount", 30, "kind = 'buy'") with { Type = FeatureType.Double },
            Aggregate("top", AggregateOp.TopK, "kind", 30, k: 2),
        ],
    };

    private static GroupFeature Aggregate(string name, AggregateOp op, string? column, int seconds, string? where = null, int? k = null) => new()
    {
        Name = name,
        Aggregate = new FeatureAggregate { Op = op, Column = column, Window = TimeSpan.FromSeconds(seconds), Where = where, K = k },
    };
}
