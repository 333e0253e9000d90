using MLPlatform.Activities.Lineage;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Features;
using MLPlatform.Core.Lineage;

namespace MLPlatform.Activities.Features;

/// <summary>Which columns of the rows the columns of a group's table are made of.</summary>
internal static class FeatureColumnLineage
{
    /// <param name="onTop">Whether an earlier table of the group was gone on from.</param>
    public static ColumnLineage? Of(DuckSession session, FeatureGroup group, bool onTop, ActivityContext context)
    {
        IReadOnlyList<PlannedFeature> features = PlannedFeature.AllOf(group);
        // The events that the values are made from: their keys, times, names and one column for each feature.
        if (SqlColumns.Of(session, new GroupSource(session, group, features, null, null).Events, new Dictionary<string, string> { ["rows"] = "table" }, context) is not { } events)
            return null;
        Dictionary<string, IReadOnlyList<ColumnSource>> of = events.Columns.ToDictionary(c => c.Name, c => c.From);
        IEnumerable<ColumnSource> times = SqlUses.As(of["e"].Concat(of["a"]), ColumnUse.Window), replaced = SqlUses.As(of["n"].Concat(of["r"]), ColumnUse.Conditional);
        List<(string Name, IEnumerable<ColumnSource> From)> columns =
        [
            .. group.Entity.Select((key, k) => (key.Name, of[$"k{k}"].AsEnumerable())),
            (FeatureColumns.EventTime, of["e"].Concat(SqlUses.As(of["a"], ColumnUse.Window)).Concat(replaced)),
            (FeatureColumns.ArrivalTime, of["a"].Concat(SqlUses.As(of["e"], ColumnUse.Transformation)).Concat(replaced)),
            .. features.Select((f, i) => (f.Name, SqlUses.As(of[$"f{i}"], f.Op is null or AggregateOp.Last ? ColumnUse.Identity : ColumnUse.Aggregation)
                .Concat(times).Concat(replaced).Concat(SqlUses.As(group.Entity.Select((_, k) => of[$"k{k}"]).SelectMany(k => k), ColumnUse.GroupBy)))),
        ];
        return new ColumnLineage(
            [.. columns.Select(c => new MadeColumn(c.Name, SqlColumns.Sorted(onTop ? c.From.Append(new ColumnSource("previous", c.Name, ColumnUse.Identity)) : c.From)))], events.Rows);
    }
}
