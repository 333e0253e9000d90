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
        $"CREATE TEMP TABLE keyed AS SELECT row_number() OVER () - 1 AS i, {Attribution.KeyColumns(_inputs.Key)}{Attribution.As(_inputs.ImpressionTime, "t")} FROM impressions",
        $"CREATE TEMP TABLE numbered AS {Attribution.Numbered("feedback", FeedbackKey, _inputs.FeedbackTime, _inputs.Value, _inputs.DeduplicateBy ?? [.. _feedback.Select(c => c.Name)])}",
        $"CREATE TEMP TABLE candidates AS {Attribute.Candidates("keyed")}",
        $"CREATE TEMP TABLE events AS {Attribute.Fates("numbered", "candidates", _inputs.Value is not null)}",
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

    private Attribution Attribute => new(_inputs.Key.Count, Timed, _inputs.Window);

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
        long repeated = session.Count(
            $"SELECT count(*) FROM (SELECT 1 FROM (SELECT {Attribution.KeyColumns(_inputs.Key)} FROM impressions) WHERE {Attribute.Complete} GROUP BY {Attribute.KeyNames} HAVING count(*) > 1)");
        if (repeated > 0)
            throw DataErrors.Bad("DATA-042", $"{repeated} keys occur in more than one impression, so an event could belong to any of them. Add columns to key, or give impressionTime and feedbackTime.");
    }

    private static string TypeOf(string table, IReadOnlyList<(string Name, string Type)> columns, string column) =>
        columns.FirstOrDefault(c => c.Name == column).Type
        ?? throw DataErrors.Bad("DATA-031", $"The table {table} has no column '{column}'.{DataErrors.DidYouMean(column, columns.Select(c => c.Name))} It has {DataErrors.Some(columns.Select(c => c.Name))}.");
}
