using System.Globalization;
using MLPlatform.Activities.Tables;

namespace MLPlatform.Activities.Labels;

/// <summary>The SQL of the label join. Rows are told apart by their number in their table, so nothing is lost or multiplied.</summary>
internal sealed class LabelJoin
{
    private readonly LabelImpressions.Inputs _inputs;
    private readonly IReadOnlyList<(string Name, string Type)> _impressions;
    private readonly IReadOnlyList<(string Name, string Type)> _feedback;

    public LabelJoin(DuckSession session, LabelImpressions.Inputs inputs)
    {
        _inputs = inputs;
        _impressions = session.Columns("impressions");
        _feedback = session.Columns("feedback");
        Check();
        if (!Timed)
            RequireUniqueKeys(session);
    }

    /// <summary>
    /// Statements that leave the tables <c>events</c> (every feedback event with its fate) and <c>labels</c> (at most
    /// one row per impression).
    /// </summary>
    public IReadOnlyList<string> Steps =>
    [
        $"CREATE TEMP TABLE keyed AS SELECT row_number() OVER () - 1 AS i, {Keys(_inputs.Key)}{Time(_inputs.ImpressionTime)} FROM impressions",
        $"""
        CREATE TEMP TABLE numbered AS SELECT *, row_number() OVER (PARTITION BY {SameEvent} ORDER BY f) > 1 AS duplicate
        FROM (SELECT row_number() OVER () - 1 AS f, {Keys(FeedbackKey)}{Time(_inputs.FeedbackTime)}{Value}, COLUMNS(*) AS "_mlp_\0" FROM feedback)
        """,
        // Of impressions with the same key and time the first one stands for all, so that the choice is always the same.
        $"CREATE TEMP TABLE candidates AS SELECT {KeyNames}{(Timed ? ", t" : "")}, min(i) AS i FROM keyed WHERE {Complete} GROUP BY ALL",
        // A condition on the events alone must not stand in the ON of a left join: it would be run as a nested loop.
        $"""
        CREATE TEMP TABLE events AS SELECT n.f, n.duplicate, {(_inputs.Value is null ? "NULL" : "n.v")} AS v, {(Timed ? "n.t" : "NULL")} AS t, c.i AS i,
          CASE WHEN n.duplicate THEN 'duplicate' WHEN c.i IS NOT NULL{InWindow} THEN 'matched' WHEN k.known{(Timed ? " AND n.t IS NOT NULL" : "")} THEN 'outside' ELSE 'unmatched' END AS fate
        FROM numbered n
        {(Timed ? "ASOF " : "")}LEFT JOIN candidates c ON {On("n", "c")}{(Timed ? " AND n.t >= c.t" : "")}
        LEFT JOIN (SELECT DISTINCT {KeyNames}, true AS known FROM candidates) k ON {On("n", "k")}
        """,
        // The first event by time, then by position, gives the value.
        "CREATE TEMP TABLE labels AS SELECT i, arg_min(v, (t, f)) AS v FROM events WHERE fate = 'matched' GROUP BY i",
    ];

    public const string Counts = """
        SELECT (SELECT count(*) FROM keyed), (SELECT count(*) FROM labels), count(*), count(*) FILTER (WHERE fate = 'matched'),
          count(*) FILTER (WHERE fate = 'duplicate'), count(*) FILTER (WHERE fate = 'outside'), count(*) FILTER (WHERE fate = 'unmatched') FROM events
        """;

    public string Labeled => $"""
        SELECT s.* EXCLUDE (_mlp_row), CASE WHEN l.i IS NULL THEN 0 ELSE 1 END::BIGINT AS {DuckSession.Name(_inputs.Label)}
        {(_inputs.Value is { } value ? $", l.v AS {DuckSession.Name(value)}" : "")}
        FROM (SELECT row_number() OVER () - 1 AS _mlp_row, * FROM impressions) s LEFT JOIN labels l ON s._mlp_row = l.i ORDER BY s._mlp_row
        """;

    private bool Timed => _inputs.ImpressionTime is not null;

    private IReadOnlyList<string> FeedbackKey => _inputs.FeedbackKey ?? _inputs.Key;

    private string KeyNames => string.Join(", ", _inputs.Key.Select((_, k) => $"k{k}"));

    private string Complete => string.Join(" AND ", _inputs.Key.Select((_, k) => $"k{k} IS NOT NULL")) + (Timed ? " AND t IS NOT NULL" : "");

    private string Value => _inputs.Value is { } value ? $", {DuckSession.Name(value)} AS v" : "";

    private string SameEvent => string.Join(", ", (_inputs.DeduplicateBy ?? [.. _feedback.Select(c => c.Name)]).Select(c => DuckSession.Name("_mlp_" + c)));

    private string InWindow => _inputs.Window is { } window
        ? string.Create(CultureInfo.InvariantCulture, $" AND epoch_us(n.t) - epoch_us(c.t) <= {(long)window.TotalMicroseconds}") : "";

    private string On(string left, string right) => string.Join(" AND ", _inputs.Key.Select((_, k) => $"{left}.k{k} = {right}.k{k}"));

    private static string Keys(IReadOnlyList<string> columns) =>
        string.Join(", ", columns.Select((c, k) => $"{DuckSession.Name(c)} AS k{k}"));

    private static string Time(string? column) => column is null ? "" : $", {DuckSession.Name(column)} AS t";

    private void Check()
    {
        for (int k = 0; k < _inputs.Key.Count; k++)
        {
            string left = TypeOf("impressions", _impressions, _inputs.Key[k]), right = TypeOf("feedback", _feedback, FeedbackKey[k]);
            if (left != right)
                throw DataErrors.Bad("DATA-041", $"The key '{_inputs.Key[k]}' is {left} in impressions and '{FeedbackKey[k]}' is {right} in feedback. Declare or cast them alike.");
        }
        foreach (string column in (_inputs.DeduplicateBy ?? []).Append(_inputs.Value!).Where(c => c is not null))
            TypeOf("feedback", _feedback, column);
        if (_inputs.ImpressionTime is { } impression && !TypeOf("impressions", _impressions, impression).StartsWith("TIMESTAMP", StringComparison.Ordinal))
            throw DataErrors.Bad("DATA-041", $"The column '{impression}' of impressions is no timestamp.");
        if (_inputs.FeedbackTime is { } feedback && !TypeOf("feedback", _feedback, feedback).StartsWith("TIMESTAMP", StringComparison.Ordinal))
            throw DataErrors.Bad("DATA-041", $"The column '{feedback}' of feedback is no timestamp.");
        foreach (string added in new[] { _inputs.Label, _inputs.Value ?? _inputs.Label }.Distinct())
        {
            if (_impressions.Any(c => string.Equals(c.Name, added, StringComparison.OrdinalIgnoreCase)))
                throw DataErrors.Bad("DATA-043", $"The impressions already have a column '{added}'. Leave it out of them, or name the label otherwise.");
        }
    }

    private void RequireUniqueKeys(DuckSession session)
    {
        long repeated = session.Count($"SELECT count(*) FROM (SELECT 1 FROM (SELECT {Keys(_inputs.Key)} FROM impressions) WHERE {Complete} GROUP BY {KeyNames} HAVING count(*) > 1)");
        if (repeated > 0)
            throw DataErrors.Bad("DATA-042", $"{repeated} keys occur in more than one impression, so an event could belong to any of them. Add columns to key, or give impressionTime and feedbackTime.");
    }

    private static string TypeOf(string table, IReadOnlyList<(string Name, string Type)> columns, string column) =>
        columns.FirstOrDefault(c => c.Name == column).Type
        ?? throw DataErrors.Bad("DATA-031", $"The table {table} has no column '{column}'.{DataErrors.DidYouMean(column, columns.Select(c => c.Name))} It has {DataErrors.Some(columns.Select(c => c.Name))}.");
}
