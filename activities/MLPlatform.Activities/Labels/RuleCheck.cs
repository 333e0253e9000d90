using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;

namespace MLPlatform.Activities.Labels;

/// <summary>Whether rules fit together and fit their table.</summary>
internal static class RuleCheck
{
    public static void Check(DuckSession session, LabelByRules.Inputs inputs)
    {
        List<string> columns = [.. session.Columns("rows").Select(c => c.Name)];
        if (inputs.Rules.Select(r => r.Name).Distinct(StringComparer.Ordinal).Count() < inputs.Rules.Count)
            throw DataErrors.Bad("LABEL-030", "Two rules have the same name. Name each rule differently.");
        foreach (string added in new[] { inputs.Label, "confidence", "votes" })
        {
            if (columns.Contains(added, StringComparer.OrdinalIgnoreCase))
                throw DataErrors.Bad("DATA-043", $"The rows already have a column '{added}'. Leave it out of them, or name the label otherwise.");
        }
        foreach (string column in inputs.Rules.Select(r => r.Column).Prepend(inputs.Truth).OfType<string>())
        {
            if (!columns.Contains(column, StringComparer.Ordinal))
                throw DataErrors.Bad("DATA-031", $"The table has no column '{column}'.{DataErrors.DidYouMean(column, columns)} It has {DataErrors.Some(columns)}.");
        }
        foreach (LabelByRules.Rule rule in inputs.Rules)
            Check(session, rule);
    }

    private static void Check(DuckSession session, LabelByRules.Rule rule)
    {
        if (rule.Column is null ? rule.Label is null || rule.When is null : rule.Label is not null || rule.When is not null)
            throw DataErrors.Bad("LABEL-033", $"The rule '{rule.Name}' must have either label and when, or column.");
        try
        {
            DuckQuery.Prepare(session, $"SELECT {RuleVote.VoteOf(rule)} AS vote FROM rows").Dispose();
        }
        catch (ActivityException problem) when (problem.Code is "DATA-020" or "DATA-021")
        {
            throw DataErrors.Bad("LABEL-031", $"The condition of the rule '{rule.Name}' cannot be used: {problem.Message}", problem);
        }
    }
}
