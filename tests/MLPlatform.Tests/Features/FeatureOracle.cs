using MLPlatform.Core.Features;

namespace MLPlatform.Tests.Features;

/// <summary>One row of a made-up source: who, when it happened, when it arrived, under which name, and its columns.</summary>
internal sealed record HistoryRow(string User, long EventTime, long Arrival, string Id, double? Amount, string? Kind, long? Level);

/// <summary>
/// What is known at an instant, worked out in the plainest way from the whole history: the truth that the product is
/// compared with. It knows nothing of versions, windows that slide, or SQL.
/// </summary>
internal static class FeatureOracle
{
    public static FeatureValue[]? At(IReadOnlyList<HistoryRow> history, FeatureGroup group, string user, long at)
    {
        // Rows that had arrived, in their place; of those under one name only the one that arrived last counts.
        List<(HistoryRow Row, int Place)> arrived = [.. history.Select((row, place) => (row, place)).Where(r => r.row.User == user && r.row.Arrival <= at)];
        if (group.EventId is not null)
            arrived = [.. arrived.GroupBy(r => r.Row.Id).Select(same => same.MaxBy(r => (r.Row.Arrival, r.Place)))];
        List<HistoryRow> known = [.. arrived.Where(r => r.Row.EventTime <= at).OrderBy(r => (r.Row.EventTime, r.Row.Arrival, r.Place)).Select(r => r.Row)];
        // Somebody is known from the first instant at which any row of theirs counted.
        List<(HistoryRow Row, int Place)> all = [.. history.Select((row, place) => (row, place)).Where(r => r.row.User == user)];
        bool everKnown = all.Any(r => Math.Max(r.Row.EventTime, r.Row.Arrival) is var from && from <= at && !(group.EventId is not null
            && all.Any(o => o.Row.Id == r.Row.Id && o.Row.Arrival <= from && (o.Row.Arrival, o.Place).CompareTo((r.Row.Arrival, r.Place)) > 0)));
        return everKnown ? [.. group.Features.Select(f => Value(f, group, known, at))] : null;
    }

    private static FeatureValue Value(GroupFeature feature, FeatureGroup group, List<HistoryRow> known, long at)
    {
        TimeSpan? length = feature.Aggregate?.Window ?? group.Ttl;
        List<HistoryRow> rows = [.. known.Where(r => length is not { } l || r.EventTime > at - (l.Ticks / 10))];
        if (feature.Aggregate?.Where is not null) // The only condition that the tests use.
            rows = [.. rows.Where(r => r.Kind == "buy")];
        if (feature.Aggregate is { Op: AggregateOp.Count, Column: null })
            return FeatureValue.Of((long)rows.Count);
        List<FeatureValue> values = [.. rows.Select(r => Column(r, feature.Aggregate?.Column ?? feature.Column ?? feature.Name))];
        if (feature.Aggregate is null)
            return values.Count == 0 ? FeatureValue.Missing : values[^1];
        List<FeatureValue> there = [.. values.Where(v => v.IsPresent)];
        return feature.Aggregate.Op switch
        {
            AggregateOp.Count => FeatureValue.Of((long)there.Count),
            AggregateOp.Sum => FeatureValue.Of(Sum(there)),
            AggregateOp.Mean => there.Count == 0 ? FeatureValue.Missing : FeatureValue.Of(Sum(there) / there.Count),
            AggregateOp.Distinct => FeatureValue.Of((long)there.Distinct().Count()),
            AggregateOp.Last => there.Count == 0 ? FeatureValue.Missing : there[^1],
            _ => FeatureValue.Of("[" + string.Join(",", there.GroupBy(v => v.Text!).OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal)
                .Take(feature.Aggregate.K ?? 3).Select(g => $"\"{g.Key}\"")) + "]"),
        };
    }

    // The amounts of the tests are eighths, which whole numbers count exactly.
    private static double Sum(List<FeatureValue> values) => values.Sum(v => (long)(v.Number * 8)) / 8d;

    private static FeatureValue Column(HistoryRow row, string column) => column switch
    {
        "amount" => row.Amount is { } amount ? FeatureValue.Of(amount) : FeatureValue.Missing,
        "kind" => row.Kind is { } kind ? FeatureValue.Of(kind) : FeatureValue.Missing,
        "level" => row.Level is { } level ? FeatureValue.Of(level) : FeatureValue.Missing,
        _ => throw new ArgumentOutOfRangeException(nameof(column), column, "no such column"),
    };
}
