using System.Globalization;
using MLPlatform.Activities.Tables;

namespace MLPlatform.Activities.Labels;

/// <summary>The SQL of a vote of rules. Weights are added in the order of the rules, so the same rows give the same bytes.</summary>
internal sealed class RuleVote
{
    /// <summary>Most labels that columns of votes may hold: more is a column of something else.</summary>
    private const int MostLabels = 1000;

    private readonly LabelByRules.Inputs _inputs;
    private readonly List<string> _labels;

    public RuleVote(DuckSession session, LabelByRules.Inputs inputs)
    {
        _inputs = inputs;
        RuleCheck.Check(session, inputs);
        _labels = [.. inputs.Rules.Select(r => r.Label).OfType<string>().Concat(LabelsOf(session)).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Leaves the table <c>votes</c>: a row's number, the label that each rule votes for (v0, v1, …), each label's weight (s0, s1, …) and its truth.</summary>
    public string Votes => $"""
        CREATE TEMP TABLE votes AS SELECT *{string.Concat(_labels.Select((label, l) => $", {Weights(label)} AS s{l}"))} FROM (
          SELECT row_number() OVER () - 1 AS _mlp_row, {(_inputs.Truth is { } truth ? DuckSession.Name(truth) + "::VARCHAR" : "NULL::VARCHAR")} AS truth,
            {Join(_inputs.Rules, (rule, r) => $"{VoteOf(rule)} AS v{r}")} FROM rows)
        """;

    public string Labeled => $"""
        SELECT s.* EXCLUDE (_mlp_row), v.label AS {DuckSession.Name(_inputs.Label)}, v.confidence, v.votes
        FROM (SELECT row_number() OVER () - 1 AS _mlp_row, * FROM rows) s JOIN ({Decided}) v USING (_mlp_row) ORDER BY s._mlp_row
        """;

    // The rule's own label has weight, so where labels differ another one has too.
    public string Report => string.Join(" UNION ALL ", _inputs.Rules.Select((rule, r) => $"""
        SELECT {r}::BIGINT AS number, {DuckSession.Quote(rule.Name)} AS rule, {(rule.Label is { } label ? DuckSession.Quote(label) : "NULL::VARCHAR")} AS votes_for, count(v{r}) AS fired,
          count(v{r})::DOUBLE / greatest(count(*), 1) AS coverage, count(v{r}) FILTER (WHERE {Fired} > 1) AS overlapping, count(v{r}) FILTER (WHERE {Differing} > 1) AS conflicting,
          count(v{r}) FILTER (WHERE truth IS NOT NULL) AS judged, count(v{r}) FILTER (WHERE truth = v{r}) AS correct FROM votes
        """)) + " ORDER BY number";

    public string Counts => $"""
        SELECT count(*), count(label), count(*) FILTER (WHERE label IS NULL AND votes > 0), count(*) FILTER (WHERE labels > 1),
          count(*) FILTER (WHERE label IS NOT NULL AND truth IS NOT NULL), count(*) FILTER (WHERE label = truth) FROM ({Decided})
        """;

    private string Decided => $"""
        SELECT _mlp_row, truth, labels, votes, CASE WHEN best > 0 AND winners = 1 THEN {Winner} END AS label, CASE WHEN best > 0 THEN best / total END AS confidence
        FROM (SELECT *, {Sum(_labels, (_, l) => $"(s{l} = best)::BIGINT")} AS winners
          FROM (SELECT *, greatest({string.Join(", ", _labels.Select((_, l) => $"s{l}").DefaultIfEmpty("0"))}) AS best, {Sum(_labels, (_, l) => $"s{l}")} AS total, {Differing} AS labels, {Fired} AS votes FROM votes))
        """;

    private string Winner => _labels.Count == 0 ? "NULL::VARCHAR" : "CASE " + string.Join(" ", _labels.Select((label, l) => $"WHEN s{l} = best THEN {DuckSession.Quote(label)}")) + " END";

    private string Fired => "(" + Sum(_inputs.Rules, (_, r) => $"(v{r} IS NOT NULL)::BIGINT") + ")";

    private string Differing => "(" + Sum(_labels, (_, l) => $"(s{l} > 0)::BIGINT") + ")";

    /// <summary>A rule's vote: a label, or NULL for none.</summary>
    public static string VoteOf(LabelByRules.Rule rule) => rule.Column is { } column
        ? $"{DuckSession.Name(column)}::VARCHAR" : $"CASE WHEN COALESCE((\n{rule.When}\n)::BOOLEAN, false) THEN {DuckSession.Quote(rule.Label!)} END";

    private string Weights(string label) => Sum(_inputs.Rules.Select((rule, r) => (rule, r)).Where(x => (x.rule.Label ?? label) == label),
        (x, _) => string.Create(CultureInfo.InvariantCulture, $"(CASE WHEN v{x.r} = {DuckSession.Quote(label)} THEN {x.rule.Weight:R}::DOUBLE ELSE 0::DOUBLE END)"));

    private List<string> LabelsOf(DuckSession session)
    {
        string[] columns = [.. _inputs.Rules.Select(r => r.Column).OfType<string>().Distinct(StringComparer.Ordinal)];
        if (columns.Length == 0)
            return [];
        List<string> labels = session.Read($"SELECT DISTINCT label FROM ({string.Join(" UNION ALL ", columns.Select(c => $"SELECT {DuckSession.Name(c)}::VARCHAR AS label FROM rows"))}) WHERE label IS NOT NULL ORDER BY label LIMIT {MostLabels + 1}", row => row.GetString(0));
        return labels.Count <= MostLabels ? labels
            : throw DataErrors.Bad("LABEL-032", $"The columns {DataErrors.Some(columns)} hold more than {MostLabels} different values. Name columns that hold the votes of a labeling function.");
    }

    private static string Join<T>(IEnumerable<T> items, Func<T, int, string> text) => string.Join(", ", items.Select(text));

    private static string Sum<T>(IEnumerable<T> items, Func<T, int, string> text) => string.Join(" + ", items.Select(text).DefaultIfEmpty("0"));
}
