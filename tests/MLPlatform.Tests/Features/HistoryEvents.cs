using MLPlatform.Core.Features;

namespace MLPlatform.Tests.Features;

/// <summary>Gives a timeline the events of one entity as the product's SQL does.</summary>
internal static class HistoryEvents
{
    public static IEnumerable<FeatureEvent> Of(FeatureGroup group, IReadOnlyList<HistoryRow> history, string user)
    {
        List<(HistoryRow Row, int Place)> rows = [.. history.Select((row, place) => (row, place)).Where(r => r.row.User == user)];
        return rows.Select(r => (r.Place, Event: new FeatureEvent(r.Row.EventTime, r.Row.Arrival, Replaced(group, rows, r), [.. group.Features.Select(f => Input(f, r.Row))])))
            .OrderBy(e => (e.Event.KnownFrom, e.Event.EventTime, e.Event.Arrival, e.Place)).Select(e => e.Event);
    }

    private static long Replaced(FeatureGroup group, List<(HistoryRow Row, int Place)> rows, (HistoryRow Row, int Place) row) =>
        group.EventId is null ? long.MaxValue
        : rows.Where(r => r.Row.Id == row.Row.Id && (r.Row.Arrival, r.Place).CompareTo((row.Row.Arrival, row.Place)) > 0)
            .Select(r => r.Row.Arrival).DefaultIfEmpty(long.MaxValue).Min();

    private static FeatureValue Input(GroupFeature feature, HistoryRow row)
    {
        if (feature.Aggregate?.Where is not null && row.Kind != "buy")
            return FeatureValue.Missing;
        return (feature.Aggregate is { } aggregate ? aggregate.Column : feature.Column ?? feature.Name) switch
        {
            "amount" => row.Amount is { } amount ? FeatureValue.Of(amount) : FeatureValue.Missing,
            "kind" => row.Kind is { } kind ? FeatureValue.Of(kind) : FeatureValue.Missing,
            "level" => row.Level is { } level ? FeatureValue.Of(level) : FeatureValue.Missing,
            _ => FeatureValue.Of(1L),
        };
    }
}
