using MLPlatform.Activities.Tables;

namespace MLPlatform.Activities.Labels;

/// <summary>Whether the inputs of a chain of feedback fit together and fit their tables.</summary>
internal static class FunnelCheck
{
    public static void Check(DuckSession session, LabelFunnel.Inputs inputs)
    {
        IReadOnlyList<(string Name, string Type)> impressions = session.Columns("impressions");
        Timestamp("the impressions", impressions, inputs.Time);
        List<string> keys = [.. inputs.Key.Select(k => TypeOf("the impressions", impressions, k))];
        for (int n = 0; n < inputs.Steps.Count; n++)
            Check(inputs, keys, inputs.Steps[n], session.Columns($"step{n + 1}"));
        if (inputs.Negatives?.Step is { } step && inputs.Steps.All(s => s.Name != step))
            throw DataErrors.Bad("LABEL-051", $"negatives names the step '{step}', which is none.{DataErrors.DidYouMean(step, inputs.Steps.Select(s => s.Name))}");
        foreach (string column in inputs.Negatives?.By ?? [])
            TypeOf("the impressions", impressions, column);
        Free(impressions, [.. inputs.Steps.SelectMany(FunnelSql.Added), .. inputs.Negatives is null ? Array.Empty<string>() : [inputs.Weight]]);
    }

    private static void Check(LabelFunnel.Inputs inputs, List<string> keys, FunnelStep step, IReadOnlyList<(string Name, string Type)> columns)
    {
        string where = $"the events of '{step.Name}'";
        if (step.Window < TimeSpan.Zero)
            throw DataErrors.Bad("LABEL-050", $"The window of '{step.Name}' is negative: a step comes after the one before.");
        IReadOnlyList<string> own = step.Key ?? inputs.Key;
        if (own.Count != keys.Count)
            throw DataErrors.Bad("LABEL-050", $"key has {keys.Count} columns and that of '{step.Name}' {own.Count}; they are compared one by one.");
        for (int k = 0; k < keys.Count; k++)
        {
            if (TypeOf(where, columns, own[k]) is var type && type != keys[k])
                throw DataErrors.Bad("DATA-041", $"The key '{inputs.Key[k]}' is {keys[k]} in the impressions and '{own[k]}' is {type} in {where}. Declare or cast them alike.");
        }
        Timestamp(where, columns, step.Time);
        if (step.ArrivalTime is { } arrival)
            Timestamp(where, columns, arrival);
        foreach (string column in (step.DeduplicateBy ?? []).Append(step.Value!).Where(c => c is not null))
            TypeOf(where, columns, column);
    }

    private static void Free(IReadOnlyList<(string Name, string Type)> impressions, List<string> added)
    {
        if (added.GroupBy(c => c, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw DataErrors.Bad("LABEL-051", $"Two of the added columns are called '{twice.Key}'. Name steps, values and the weight differently.");
        if (added.FirstOrDefault(a => impressions.Any(c => c.Name.Equals(a, StringComparison.OrdinalIgnoreCase))) is { } taken)
            throw DataErrors.Bad("DATA-043", $"The impressions already have a column '{taken}'. Leave it out of them, or name the step otherwise.");
    }

    private static void Timestamp(string table, IReadOnlyList<(string Name, string Type)> columns, string column)
    {
        if (!TypeOf(table, columns, column).StartsWith("TIMESTAMP", StringComparison.Ordinal))
            throw DataErrors.Bad("DATA-041", $"The column '{column}' of {table} is no timestamp.");
    }

    private static string TypeOf(string table, IReadOnlyList<(string Name, string Type)> columns, string column) =>
        columns.FirstOrDefault(c => c.Name == column).Type
        ?? throw DataErrors.Bad("DATA-031", $"In {table} there is no column '{column}'.{DataErrors.DidYouMean(column, columns.Select(c => c.Name))} There is {DataErrors.Some(columns.Select(c => c.Name))}.");
}
