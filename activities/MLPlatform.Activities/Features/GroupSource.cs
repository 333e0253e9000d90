using System.Globalization;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Features;

namespace MLPlatform.Activities.Features;

/// <summary>The SQL that brings the rows of a group's source into the order that timelines want, and what must be so before.</summary>
internal sealed class GroupSource
{
    private readonly FeatureGroup _group;
    private readonly IReadOnlyList<PlannedFeature> _features;
    private readonly IReadOnlyList<(string Name, string Type)> _columns;
    private readonly string _arrived;
    private readonly long? _after;

    /// <param name="after">Rows that arrived by then are in the table <c>state</c>, as far as they matter; null for no state.</param>
    /// <param name="until">Rows that arrived then or later are left out; null for none. Both in microseconds.</param>
    public GroupSource(DuckSession session, FeatureGroup group, IReadOnlyList<PlannedFeature> features, long? after, long? until)
    {
        (_group, _features, _columns, _after) = (group, features, session.Columns("rows"), after);
        _arrived = (after is { } begin ? string.Create(CultureInfo.InvariantCulture, $" AND a > {begin}") : "")
            + (until is { } end ? string.Create(CultureInfo.InvariantCulture, $" AND a < {end}") : "");
        foreach (EntityKey key in group.Entity)
            Require(key.Name, DuckType(key.Type));
        Require(group.EventTime, "TIMESTAMP");
        Require(ArrivalColumn, "TIMESTAMP");
        if (group.EventId is { } id)
            TypeOf(id);
        foreach (PlannedFeature feature in features.Where(f => f.Where is not null))
            SqlCondition.Require(session, feature.Name, feature.Where!);
    }

    private string ArrivalColumn => _group.ArrivalTime ?? _group.EventTime;

    private string Keys => string.Join(", ", _group.Entity.Select((_, k) => $"k{k}"));

    private string Usable => string.Join(" AND ", _group.Entity.Select((_, k) => $"k{k} IS NOT NULL")) + " AND e IS NOT NULL AND a IS NOT NULL";

    private string Inputs => string.Join(", ", _features.Select((_, i) => $"f{i}"));

    // The rows of the state came before all others; in both the place in the table decides ties.
    private string Rows => $"""
        SELECT {Keys}, e, a, n, r0, {Inputs}, 1 AS part, p FROM (
          SELECT row_number() OVER () AS p, {string.Join(", ", _group.Entity.Select((k, i) => $"{DuckSession.Name(k.Name)} AS k{i}"))},
            epoch_us({DuckSession.Name(_group.EventTime)}) AS e, epoch_us({DuckSession.Name(ArrivalColumn)}) AS a,
            {(_group.EventId is { } id ? $"{DuckSession.Name(id)}::VARCHAR" : "NULL::VARCHAR")} AS n, NULL::BIGINT AS r0, {string.Join(", ", _features.Select((f, i) => $"{Input(f)} AS f{i}"))}
          FROM rows) WHERE {Usable}{_arrived}
        {(_after is null ? "" : $"UNION ALL SELECT {Keys}, e, a, n, r, {Inputs}, 0, row_number() OVER () FROM state")}
        """;

    /// <summary>All rows; those without a key or a time; the new ones and their latest arrival; those that had arrived before.</summary>
    public string Counts => $"""
        SELECT count(*), count(*) FILTER (WHERE NOT ({Usable})), count(*) FILTER (WHERE {Usable}{_arrived}), max(a) FILTER (WHERE {Usable}{_arrived}),
          count(*) FILTER (WHERE {Usable} AND a <= {(_after ?? long.MinValue + 1).ToString(CultureInfo.InvariantCulture)})
        FROM (SELECT {string.Join(", ", _group.Entity.Select((k, i) => $"{DuckSession.Name(k.Name)} AS k{i}"))},
          epoch_us({DuckSession.Name(_group.EventTime)}) AS e, epoch_us({DuckSession.Name(ArrivalColumn)}) AS a FROM rows)
        """;

    /// <summary>Columns: the keys, event time, arrival, name, when it was replaced (or null), the inputs of the features.</summary>
    public string Events => $"""
        SELECT {Keys}, e, a, n, {Replaced} AS r, {Inputs} FROM ({Rows}) ORDER BY {Keys}, greatest(e, a), e, a, part, p
        """;

    private string Replaced => _group.EventId is null ? "r0"
        : $"least(r0, CASE WHEN n IS NOT NULL THEN lead(a) OVER (PARTITION BY {Keys}, n ORDER BY a, part, p) END)";

    private string Input(PlannedFeature feature)
    {
        string value = feature switch
        {
            { Op: AggregateOp.Count, Column: null } => "true",
            { Op: AggregateOp.Count } => $"CASE WHEN {Column(feature.Column!)} IS NOT NULL THEN true END",
            { Op: AggregateOp.Sum or AggregateOp.Mean } => Numbers(feature),
            { Op: AggregateOp.Distinct or AggregateOp.TopK } => Column(feature.Column!),
            { Type: FeatureType.Double } => Numbers(feature),
            _ => Typed(feature),
        };
        return feature.Where is null ? value : $"CASE WHEN (\n{feature.Where}\n) THEN {value} END";
    }

    private string Column(string name)
    {
        TypeOf(name);
        return DuckSession.Name(name);
    }

    private string Numbers(PlannedFeature feature) => TypeOf(feature.Column!) is "BIGINT" or "DOUBLE"
        ? DuckSession.Name(feature.Column!) + "::DOUBLE"
        : throw DataErrors.Bad("FEAT-013", $"The feature '{feature.Name}' wants numbers; the column '{feature.Column}' is {TypeOf(feature.Column!)}.");

    private string Typed(PlannedFeature feature)
    {
        Require(feature.Column!, DuckType(feature.Type));
        return DuckSession.Name(feature.Column!);
    }

    private void Require(string column, string type)
    {
        if (TypeOf(column) is var actual && actual != type)
            throw DataErrors.Bad("FEAT-013", $"The column '{column}' is {actual}; the group '{_group.Id}' declares it as {type}. Declare it as it is, or cast it with data.sql.");
    }

    private string TypeOf(string column) => _columns.FirstOrDefault(c => c.Name == column).Type
        ?? throw DataErrors.Bad("DATA-031", $"The table has no column '{column}', which the group '{_group.Id}' names.{DataErrors.DidYouMean(column, _columns.Select(c => c.Name))} It has {DataErrors.Some(_columns.Select(c => c.Name))}.");

    public static string DuckType(FeatureType type) => DuckSession.TypeName(TableType(type));

    public static ColumnType TableType(FeatureType type) => type switch
    {
        FeatureType.String => ColumnType.String,
        FeatureType.Int64 => ColumnType.Int64,
        FeatureType.Double => ColumnType.Double,
        FeatureType.Bool => ColumnType.Bool,
        FeatureType.Timestamp => ColumnType.Timestamp,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "no such type"),
    };
}
