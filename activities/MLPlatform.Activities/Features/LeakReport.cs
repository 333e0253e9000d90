using System.Globalization;
using DuckDB.NET.Data;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Features;

namespace MLPlatform.Activities.Features;

/// <summary>What is known of a feature at the labels' times, and what only afterwards.</summary>
/// <param name="Rows">Rows that were looked at.</param>
/// <param name="Missing">Rows for which nothing was known.</param>
/// <param name="OnlyAfter">Of those, rows whose entity got a value later: joined without regard to time they would have leaked.</param>
/// <param name="Correlation">Of the known value with the label; null where either has one value only, or is no number.</param>
/// <param name="CorrelationAfter">Of the first value that was known after the label's time with the label.</param>
/// <param name="MissingCorrelation">Of "is missing" with the label.</param>
internal sealed record FeatureLeak(
    string Group, int Version, string Feature, long Rows, long Missing, long OnlyAfter, double? Correlation, double? CorrelationAfter, double? MissingCorrelation)
{
    private const double Perfect = 0.98;
    private const long Few = 20;

    /// <summary>What a person should look at, with its code; empty where nothing is.</summary>
    public IEnumerable<string> Warnings()
    {
        long known = Rows - Missing;
        if (OnlyAfter >= Few && OnlyAfter > known)
            yield return Say("FEAT-030", $"has a value only after the label's time in {OnlyAfter} rows and before it in {known}: it may be made from what the label is about. What came later was left out.");
        if (Math.Abs(Correlation ?? 0) >= Perfect)
            yield return Say("FEAT-031", Invariant($"and the label are nearly the same (correlation {Correlation:0.000}): look whether its event and arrival times are right."));
        if (Math.Abs(MissingCorrelation ?? 0) >= Perfect)
            yield return Say("FEAT-031", Invariant($"is there for one label only (correlation {MissingCorrelation:0.000}): look whether its rows exist because of the label."));
        if (Math.Abs(CorrelationAfter ?? 0) >= Perfect && Math.Abs(Correlation ?? 0) < Perfect)
            yield return Say("FEAT-032", Invariant($"turns into the label right after the label's time (correlation {CorrelationAfter:0.000}): it records the label, so an arrival time a little too early would leak it."));
    }

    private string Say(string code, string what) => $"{code} {Group}.{Feature} {what}";

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Compares what was known at the labels' times with what came later, on at most 100,000 rows evenly spread.</summary>
internal sealed class LeakReport(DuckSession session, IReadOnlyList<ResolvedGroup> groups, string? label)
{
    private const long MostRows = 100_000;

    public IReadOnlyList<FeatureLeak> Look(CancellationToken cancel)
    {
        string? type = label is null ? null : session.Columns("labels").FirstOrDefault(c => c.Name == label).Type;
        if (label is not null && type is null)
            throw DataErrors.Bad("DATA-031", $"The labels have no column '{label}'.{DataErrors.DidYouMean(label, session.Columns("labels").Select(c => c.Name))}");
        long every = Math.Max(1, (session.Count("SELECT count(*) FROM spine") + MostRows - 1) / MostRows);
        string y = IsNumber(type) ? DuckSession.Name(label!) + "::DOUBLE" : "NULL::DOUBLE";
        session.Run($"CREATE TEMP TABLE looked AS SELECT s.*, y FROM spine s JOIN (SELECT row_number() OVER () - 1 AS i, {y} AS y FROM labels) l USING (i) WHERE i % {every} = 0", cancel);
        return [.. groups.SelectMany((group, g) => Look(group, g, cancel))];
    }

    private IEnumerable<FeatureLeak> Look(ResolvedGroup group, int g, CancellationToken cancel)
    {
        string keys = string.Join(", ", group.Facts.Group.Entity.Select(k => "v." + DuckSession.Name(k.Name)));
        string keyNames = string.Join(", ", group.Facts.Group.Entity.Select(k => DuckSession.Name(k.Name)));
        // 1. When each entity was last known to have a value. 2. The first version after each row. 3. Both beside what was known.
        session.Run($"""
            CREATE TEMP TABLE last{g} AS SELECT {keys}, {List(group, (f, n) => $"max(v.{FeatureColumns.ArrivalTime}) FILTER (WHERE v.{f} IS NOT NULL) AS l{n}")}
            FROM {group.Relation} v SEMI JOIN looked s ON {JoinPlan.On(group, g)} GROUP BY {keyNames}
            """, cancel);
        session.Run($"""
            CREATE TEMP TABLE beside{g} AS SELECT s.y, s.t, {List(group, (_, n) => $"j.f{n}, a.f{n} AS a{n}, v.l{n}")}
            FROM looked s JOIN joined{g} j USING (i)
            JOIN (SELECT s.i, {List(group, (f, n) => $"v.{f} AS f{n}")} FROM looked s ASOF LEFT JOIN {group.Relation} v ON {JoinPlan.On(group, g)} AND s.t < v.{FeatureColumns.ArrivalTime}) a USING (i)
            LEFT JOIN last{g} v ON {JoinPlan.On(group, g)}
            """, cancel);
        using DuckDBCommand command = session.Connection.CreateCommand();
        command.CommandText = $"SELECT {List(group, (_, n) => Figures(group.Features[n], n))} FROM beside{g}";
        using DuckDBDataReader row = command.ExecuteReader();
        row.Read();
        return [.. group.Features.Select((feature, n) => new FeatureLeak(group.Id, group.Facts.Group.Version, group.Prefix + feature.Name,
            Whole(row, n, 0), Whole(row, n, 1), Whole(row, n, 2), Number(row, n, 3), Number(row, n, 4), Number(row, n, 5)))];
    }

    private static string Figures(PlannedFeature feature, int n)
    {
        bool number = feature.Type is FeatureType.Int64 or FeatureType.Double or FeatureType.Bool;
        return $"""
            count(*), count(*) FILTER (WHERE f{n} IS NULL), count(*) FILTER (WHERE f{n} IS NULL AND l{n} > t),
            {(number ? Correlation($"f{n}::DOUBLE") : "NULL::DOUBLE")}, {(number ? Correlation($"a{n}::DOUBLE") : "NULL::DOUBLE")}, {Correlation($"(f{n} IS NULL)::INT::DOUBLE")}
            """;
    }

    // Fewer rows than these say nothing, and a value that never changes has no correlation.
    private static string Correlation(string x) =>
        $"CASE WHEN count(*) FILTER (WHERE {x} IS NOT NULL AND y IS NOT NULL) >= 20 AND min({x}) FILTER (WHERE y IS NOT NULL) < max({x}) FILTER (WHERE y IS NOT NULL) AND min(y) FILTER (WHERE {x} IS NOT NULL) < max(y) FILTER (WHERE {x} IS NOT NULL) THEN corr({x}, y) END";

    private static string List(ResolvedGroup group, Func<string, int, string> each) =>
        string.Join(", ", group.Features.Select((f, n) => each(DuckSession.Name(f.Name), n)));

    private static bool IsNumber(string? type) => type is "BIGINT" or "DOUBLE" or "BOOLEAN";

    private static long Whole(DuckDBDataReader row, int feature, int figure) => Convert.ToInt64(row.GetValue((6 * feature) + figure), CultureInfo.InvariantCulture);

    private static double? Number(DuckDBDataReader row, int feature, int figure) =>
        row.IsDBNull((6 * feature) + figure) || !double.IsFinite(row.GetDouble((6 * feature) + figure)) ? null : row.GetDouble((6 * feature) + figure);
}
