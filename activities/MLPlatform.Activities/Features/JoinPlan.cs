using MLPlatform.Activities.Tables;
using MLPlatform.Core.Features;

namespace MLPlatform.Activities.Features;

/// <summary>
/// The SQL of a join as known at each row's time. Every version of an entity says since when it was known, so that one
/// search for the newest version at or before the row's time (ASOF) gives what was known then.
/// </summary>
internal sealed class JoinPlan
{
    private readonly string _time;

    public JoinPlan(DuckSession session, string time, IReadOnlyList<ResolvedGroup> groups)
    {
        (_time, Groups) = (time, groups);
        IReadOnlyList<(string Name, string Type)> labels = session.Columns("labels");
        string type = labels.FirstOrDefault(c => c.Name == time).Type
            ?? throw DataErrors.Bad("DATA-031", $"The labels have no column '{time}'.{DataErrors.DidYouMean(time, labels.Select(c => c.Name))} They have {DataErrors.Some(labels.Select(c => c.Name))}.");
        if (type != "TIMESTAMP")
            throw DataErrors.Bad("FEAT-021", $"The column '{time}' of the labels is {type}; the time of a label is a timestamp.");
        HashSet<string> taken = new(labels.Select(c => c.Name), StringComparer.OrdinalIgnoreCase);
        foreach (ResolvedGroup group in groups)
        {
            foreach (PlannedFeature feature in group.Features.Where(f => !taken.Add(group.Prefix + f.Name)))
                throw DataErrors.Bad("FEAT-022", $"There is a column '{group.Prefix}{feature.Name}' already. Give the group '{group.Id}' another 'prefix', or leave the feature out with 'select'.");
        }
    }

    public IReadOnlyList<ResolvedGroup> Groups { get; }

    /// <summary>Statements that leave for each group a table <c>joined0</c>, <c>joined1</c>… with what was known, by the number i of the row.</summary>
    public IEnumerable<string> Steps =>
    [
        $"CREATE TEMP TABLE spine AS SELECT row_number() OVER () - 1 AS i, {DuckSession.Name(_time)} AS t, {Keys} FROM labels",
        .. Groups.Select((group, g) => $"""
            CREATE TEMP TABLE joined{g} AS SELECT s.i, {string.Join(", ", group.Features.Select((f, n) => $"v.{DuckSession.Name(f.Name)} AS f{n}"))}
            FROM spine s ASOF LEFT JOIN {group.Relation} v ON {On(group, g)} AND s.t >= v.{FeatureColumns.ArrivalTime}
            """),
    ];

    /// <summary>The labels in their order with the features.</summary>
    public string Result => $"""
        SELECT l.* EXCLUDE (_mlp_row){string.Concat(Groups.SelectMany((group, g) => group.Features.Select((f, n) => $", j{g}.f{n} AS {group.ColumnOf(f)}")))}
        FROM (SELECT row_number() OVER () - 1 AS _mlp_row, * FROM labels) l {string.Join(" ", Groups.Select((_, g) => $"JOIN joined{g} j{g} ON j{g}.i = l._mlp_row"))}
        ORDER BY l._mlp_row
        """;

    /// <summary>Whether a row of the spine (s) is about the entity of a group's row (v).</summary>
    public static string On(ResolvedGroup group, int g) =>
        string.Join(" AND ", group.Facts.Group.Entity.Select((key, k) => $"s.g{g}k{k} = v.{DuckSession.Name(key.Name)}"));

    private string Keys => string.Join(", ", Groups.SelectMany((group, g) => group.LabelKeys.Select((column, k) => $"{DuckSession.Name(column)} AS g{g}k{k}")));
}
