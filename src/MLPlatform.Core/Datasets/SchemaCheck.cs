namespace MLPlatform.Core.Datasets;

/// <summary>Decides whether a table fits what is declared about its dataset and what the version before it had.</summary>
public static class SchemaCheck
{
    /// <summary>All that does not fit, in words; empty where the table fits.</summary>
    /// <param name="before">The columns of the version before, or null for the first.</param>
    public static IReadOnlyList<string> Problems(DatasetSettings settings, TableFacts facts, IReadOnlyList<DatasetColumn>? before, bool allowBreaking)
    {
        List<string> problems = [];
        Dictionary<string, DatasetColumn> columns = facts.Columns.ToDictionary(c => c.Name, StringComparer.Ordinal);
        foreach (DatasetColumn declared in settings.Columns ?? [])
        {
            if (!columns.TryGetValue(declared.Name, out DatasetColumn? found))
                problems.Add($"the declared column '{declared.Name}' ({declared.Type}) is not there");
            else if (found.Type != declared.Type)
                problems.Add($"'{declared.Name}' is {found.Type}, declared as {declared.Type}");
            else if (declared.Required && facts.Missing.Contains(declared.Name))
                problems.Add($"'{declared.Name}' is declared as required and has missing values");
        }
        foreach (string key in settings.Keys ?? [])
        {
            if (!columns.ContainsKey(key))
                problems.Add($"the key column '{key}' is not there");
        }
        if (before is not null && !allowBreaking)
            problems.AddRange(Breaks(settings.Compatibility ?? Compatibility.Additive, before, columns, settings.Columns ?? []));
        return problems;
    }

    /// <summary>The columns of two versions side by side.</summary>
    public static IReadOnlyList<ColumnChange> Diff(IReadOnlyList<DatasetColumn> from, IReadOnlyList<DatasetColumn> to)
    {
        Dictionary<string, DatasetColumn> old = from.ToDictionary(c => c.Name, StringComparer.Ordinal), now = to.ToDictionary(c => c.Name, StringComparer.Ordinal);
        return
        [
            .. from.Where(c => !now.ContainsKey(c.Name)).Select(c => new ColumnChange(c.Name, c.Type, null)),
            .. to.Where(c => !old.ContainsKey(c.Name)).Select(c => new ColumnChange(c.Name, null, c.Type)),
            .. to.Where(c => old.TryGetValue(c.Name, out DatasetColumn? was) && was.Type != c.Type).Select(c => new ColumnChange(c.Name, old[c.Name].Type, c.Type)),
        ];
    }

    private static IEnumerable<string> Breaks(
        Compatibility rule, IReadOnlyList<DatasetColumn> before, Dictionary<string, DatasetColumn> now, IReadOnlyList<DatasetColumn> declared)
    {
        if (rule == Compatibility.Any)
            yield break;
        foreach (DatasetColumn was in before)
        {
            if (!now.TryGetValue(was.Name, out DatasetColumn? found))
                yield return $"'{was.Name}' was removed";
            else if (found.Type != was.Type)
                yield return $"'{was.Name}' was {was.Type} and is {found.Type}";
        }
        HashSet<string> known = [.. before.Select(c => c.Name)];
        foreach (DatasetColumn added in now.Values.Where(c => !known.Contains(c.Name)))
        {
            if (rule == Compatibility.Exact)
                yield return $"'{added.Name}' was added";
            else if (declared.Any(c => c.Name == added.Name && c.Required))
                yield return $"'{added.Name}' was added as a required column, which earlier versions lack";
        }
    }
}

/// <summary>How a column changed: null where it is not there.</summary>
public sealed record ColumnChange(string Name, string? From, string? To);
