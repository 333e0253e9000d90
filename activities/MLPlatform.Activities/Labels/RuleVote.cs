using System.Globalization;
using MLPlatform.Activities.Tables;

namespace MLPlatform.Activities.Labels;

/// <summary>The SQL of a vote of rules. Weights are added in the order of the rules, so the same rows give the same bytes.</summary>
internal sealed class RuleVote
{
    private readonly LabelByRules.Inputs _inputs;
    private readonly List<string> _labels;

    public RuleVote(DuckSession session, LabelByRules.Inputs inputs)
    {
        _inputs = inputs;
        _labels = [.. inputs.Rules.Select(r => r.Label).Distinct(StringComparer.Ordinal)];
        List<string> columns = [.. session.Columns("rows").Select(c => c.Name)];
        if (inputs.Rules.Select(r => r.Name).Distinct(StringComparer.Ordinal).Count() < inputs.Rules.Count)
            throw DataErrors.Bad("LABEL-030", "Two rules have the same name. Name each rule differently.");
        foreach (string added in new[] { inputs.Label, "confidence", "votes" })
        {
            if (columns.Contains(added, StringComparer.OrdinalIgnoreCase))
                throw DataErrors.Bad("DATA-043", $"The rows already have a column '{added}'. Leave it out of them, or name the label otherwise.");
        }
        if (inputs.Truth is { } truth && !columns.Contains(truth, StringComparer.Ordinal))
            throw DataErrors.Bad("DATA-031", $"The table has no column '{truth}'.{DataErrors.DidYouMean(truth, columns)} It has {DataErrors.Some(columns)}.");
        foreach (LabelByRules.Rule rule in inputs.Rules)
        {
            try
            {
                DuckQuery.Prepare(session, $"SELECT COALESCE((\n{rule.When}\n)::BOOLEAN, false) AS fired FROM rows").Dispose();
            }
            catch (Core.Activities.ActivityException problem) when (problem.Code is "DATA-020" or "DATA-021")
            {
                throw DataErrors.Bad("LABEL-031", $"The condition of the rule '{rule.Name}' cannot be used: {problem.Message}", problem);
            }
        }
    }

    /// <summary>Leaves the table <c>votes</c>: a row's number, whether each rule fired (r0, r1, …), each label's weight (s0, s1, …) and its truth.</summary>
    public string Votes => $"""
        CREATE TEMP TABLE votes AS SELECT *, {Join(_labels, (label, l) => $"{Weights(label)} AS s{l}")} FROM (
          SELECT row_number() OVER () - 1 AS _mlp_row, {(_inputs.Truth is { } truth ? DuckSession.Name(truth) + "::VARCHAR" : "NULL::VARCHAR")} AS truth,
            {Join(_inputs.Rules, (rule, r) => $"COALESCE((\n{rule.When}\n)::BOOLEAN, false) AS r{r}")} FROM rows)
        """;

    public string Labeled => $"""
        SELECT s.* EXCLUDE (_mlp_row), v.label AS {DuckSession.Name(_inputs.Label)}, v.confidence, v.votes
        FROM (SELECT row_number() OVER () - 1 AS _mlp_row, * FROM rows) s JOIN ({Decided}) v USING (_mlp_row) ORDER BY s._mlp_row
        """;

    public string Report => string.Join(" UNION ALL ", _inputs.Rules.Select((rule, r) => $"""
        SELECT {r}::BIGINT AS number, {DuckSession.Quote(rule.Name)} AS rule, {DuckSession.Quote(rule.Label)} AS votes_for, count(*) FILTER (WHERE r{r}) AS fired,
          count(*) FILTER (WHERE r{r})::DOUBLE / greatest(count(*), 1) AS coverage, count(*) FILTER (WHERE r{r} AND {Fired} > 1) AS overlapping,
          count(*) FILTER (WHERE r{r} AND ({Others(rule.Label)})) AS conflicting, count(*) FILTER (WHERE r{r} AND truth IS NOT NULL) AS judged,
          count(*) FILTER (WHERE r{r} AND truth = {DuckSession.Quote(rule.Label)}) AS correct FROM votes
        """)) + " ORDER BY number";

    public string Counts => $"""
        SELECT count(*), count(label), count(*) FILTER (WHERE label IS NULL AND votes > 0), count(*) FILTER (WHERE labels > 1),
          count(*) FILTER (WHERE label IS NOT NULL AND truth IS NOT NULL), count(*) FILTER (WHERE label = truth) FROM ({Decided})
        """;

    private string Decided => $"""
        SELECT _mlp_row, truth, labels, votes, CASE WHEN best > 0 AND winners = 1 THEN {Winner} END AS label, CASE WHEN best > 0 THEN best / total END AS confidence
        FROM (SELECT *, {string.Join(" + ", _labels.Select((_, l) => $"(s{l} = best)::BIGINT"))} AS winners
          FROM (SELECT *, greatest({Join(_labels, (_, l) => $"s{l}")}) AS best, {string.Join(" + ", _labels.Select((_, l) => $"s{l}"))} AS total,
            {string.Join(" + ", _labels.Select((_, l) => $"(s{l} > 0)::BIGINT"))} AS labels, ({Fired}) AS votes FROM votes))
        """;

    private string Winner => "CASE " + string.Join(" ", _labels.Select((label, l) => $"WHEN s{l} = best THEN {DuckSession.Quote(label)}")) + " END";

    private string Fired => "(" + string.Join(" + ", _inputs.Rules.Select((_, r) => $"r{r}::BIGINT")) + ")";

    private string Others(string label) => string.Join(" OR ", _labels.Select((other, l) => (other, l)).Where(o => o.other != label).Select(o => $"s{o.l} > 0").DefaultIfEmpty("false"));

    private string Weights(string label) => string.Join(" + ", _inputs.Rules.Select((rule, r) => (rule, r)).Where(x => x.rule.Label == label)
        .Select(x => string.Create(CultureInfo.InvariantCulture, $"(CASE WHEN r{x.r} THEN {x.rule.Weight:R}::DOUBLE ELSE 0::DOUBLE END)")));

    private static string Join<T>(IEnumerable<T> items, Func<T, int, string> text) => string.Join(", ", items.Select(text));
}
