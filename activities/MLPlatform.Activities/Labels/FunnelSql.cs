using System.Globalization;
using MLPlatform.Activities.Tables;

namespace MLPlatform.Activities.Labels;

/// <summary>
/// The SQL of a chain of feedback. Step n is attributed to the matched events of step n-1 as feedback is to impressions, so an
/// event belongs to one impression at most. Tables: <c>impressions</c>, and <c>step1</c>, <c>step2</c>, … as attached.
/// </summary>
internal sealed class FunnelSql(LabelFunnel.Inputs inputs, IReadOnlyList<IReadOnlyList<string>> eventColumns, long asOf)
{
    private static readonly string[] Fates = ["matched", "duplicate", "outside", "unmatched"];

    /// <summary>The latest time that any table tells of, in microseconds, and whether there is one.</summary>
    public static string LatestTime(LabelFunnel.Inputs inputs) =>
        "SELECT epoch_us(max(t)), count(t) FROM (" + string.Join(" UNION ALL ", inputs.Steps
            .SelectMany((s, n) => new[] { Latest(s.Time, $"step{n + 1}"), s.ArrivalTime is { } arrival ? Latest(arrival, $"step{n + 1}") : null })
            .Prepend(Latest(inputs.Time, "impressions")).OfType<string>()) + ")";

    /// <summary>Statements that leave <c>events1</c>, … (every known event with its fate) and <c>labels1</c>, … (the impressions that got so far).</summary>
    public IEnumerable<string> Statements => inputs.Steps.SelectMany((step, index) =>
    {
        int n = index + 1;
        Attribution attribution = new(inputs.Key.Count, Timed: true, step.Window);
        return new[]
        {
            $"CREATE TEMP TABLE candidates{n} AS {attribution.Candidates($"stage{n - 1}")}",
            $"CREATE TEMP TABLE numbered{n} AS {Attribution.Numbered($"step{n}", step.Key ?? inputs.Key, step.Time, step.Value, step.DeduplicateBy ?? eventColumns[index], Known(step))}",
            $"CREATE TEMP TABLE events{n} AS {attribution.Fates($"numbered{n}", $"candidates{n}", step.Value is not null)}",
            $"CREATE TEMP TABLE stage{n} AS SELECT i, {attribution.KeyNames}, t FROM events{n} WHERE fate = 'matched'",
            // The first event by time, then by position, gives the time and the value; the last one opens the longest window.
            $"CREATE TEMP TABLE labels{n} AS SELECT i, min(t) AS first, max(t) AS last, arg_min(v, (t, f)) AS v FROM events{n} WHERE fate = 'matched' GROUP BY i",
        };
    }).Prepend($"CREATE TEMP TABLE stage0 AS SELECT row_number() OVER () - 1 AS i, {Attribution.KeyColumns(inputs.Key)}, {DuckSession.Name(inputs.Time)} AS t FROM impressions")
      .Append($"CREATE TEMP TABLE funnel AS {Funnel}");

    /// <summary>Impressions, those kept, and those with a provisional label; then for each step what <see cref="FunnelStepOutcome"/> counts.</summary>
    public string Counts => $"SELECT count(*), count(*) FILTER (WHERE {Kept}), count(*) FILTER (WHERE NOT ({AllFinal})), {string.Join(", ", inputs.Steps.Select((_, index) => CountsOf(index + 1)))} FROM funnel";

    public string Labeled => $"""
        SELECT s.* EXCLUDE (_mlp_row), {string.Join(", ", inputs.Steps.Select((s, index) => ColumnsOf(s, index + 1)))}{Weight}
        FROM (SELECT row_number() OVER () - 1 AS _mlp_row, * FROM impressions) s JOIN funnel l ON s._mlp_row = l.i WHERE {Kept} ORDER BY s._mlp_row
        """;

    /// <summary>The columns that a step adds.</summary>
    public static IEnumerable<string> Added(FunnelStep step) => new[] { step.Name, step.Name + "_at", step.Name + "_final", step.Value! }.Where(c => c is not null);

    /// <summary>Every impression with, for each step, whether it got there, when, and whether that is final.</summary>
    private string Funnel
    {
        get
        {
            string columns = "s.i, s.sampled", joins = "", closed = "true", last = "s.t";
            for (int n = 1; n <= inputs.Steps.Count; n++)
            {
                // A step can still happen while the step before can, or while the window of the last one that did is open.
                closed = string.Create(CultureInfo.InvariantCulture, $"({closed} AND COALESCE(epoch_us({last}) + {(long)inputs.Steps[n - 1].Window.TotalMicroseconds} < {asOf}, true))");
                columns += $", (l{n}.i IS NOT NULL) AS reached{n}, l{n}.first AS at{n}, l{n}.v AS v{n}, (l{n}.i IS NOT NULL OR {closed}) AS final{n}";
                joins += $" LEFT JOIN labels{n} l{n} ON s.i = l{n}.i";
                last = $"l{n}.last";
            }
            return $"SELECT {columns} FROM (SELECT i, t, {Sampled} AS sampled FROM (SELECT row_number() OVER () - 1 AS i, {DuckSession.Name(inputs.Time)} AS t, COLUMNS(*) AS \"_mlp_\\0\" FROM impressions)) s{joins}";
        }
    }

    private string Sampled => inputs.Negatives is { } negatives
        ? KeyHash.Below(negatives.Seed, (negatives.By ?? [.. inputs.Key, inputs.Time]).Select(c => "_mlp_" + c), negatives.Keep) : "true";

    private string Target => $"reached{1 + (inputs.Negatives?.Step is { } step ? inputs.Steps.TakeWhile(s => s.Name != step).Count() : 0)}";

    private string AllFinal => string.Join(" AND ", inputs.Steps.Select((_, index) => $"final{index + 1}"));

    private string Kept => $"(({Target} OR sampled){(inputs.Provisional == ProvisionalRows.Drop ? $" AND {AllFinal}" : "")})";

    private string Weight => inputs.Negatives is { } negatives
        ? string.Create(CultureInfo.InvariantCulture, $", CASE WHEN {Target} THEN 1 ELSE {1 / negatives.Keep:R} END::DOUBLE AS {DuckSession.Name(inputs.Weight)}") : "";

    private string Known(FunnelStep step) => string.Create(CultureInfo.InvariantCulture,
        $"COALESCE(epoch_us({DuckSession.Name(step.Time)}) <= {asOf}, true){(step.ArrivalTime is { } arrival ? $" AND COALESCE(epoch_us({DuckSession.Name(arrival)}) <= {asOf}, true)" : "")}");

    private static string CountsOf(int n) => $"""
        count(*) FILTER (WHERE reached{n}), count(*) FILTER (WHERE NOT final{n}), (SELECT count(*) FROM step{n}), {string.Join(", ", Fates.Select(fate => $"(SELECT count(*) FROM events{n} WHERE fate = '{fate}')"))}, (SELECT count(*) FROM step{n}) - (SELECT count(*) FROM events{n})
        """;

    private static string ColumnsOf(FunnelStep step, int n) =>
        $"l.reached{n}::BIGINT AS {DuckSession.Name(step.Name)}, l.at{n} AS {DuckSession.Name(step.Name + "_at")}, l.final{n} AS {DuckSession.Name(step.Name + "_final")}"
        + (step.Value is { } value ? $", l.v{n} AS {DuckSession.Name(value)}" : "");

    private static string Latest(string column, string table) => $"SELECT max({DuckSession.Name(column)}) AS t FROM {table}";
}
