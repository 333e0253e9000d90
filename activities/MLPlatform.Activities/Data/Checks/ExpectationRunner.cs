using MLPlatform.Activities.Tables;

namespace MLPlatform.Activities.Data.Checks;

/// <summary>Judges a table by all expectations, in their order.</summary>
internal static class ExpectationRunner
{
    /// <summary>The name that the table of a references expectation is attached by.</summary>
    public static string OtherTable(int expectation) => FormattableString.Invariant($"other_{expectation}");

    public static IReadOnlyList<CheckOutcome> Run(IReadOnlyList<Expectation> expectations, CheckSubject subject)
    {
        CheckOutcome?[] outcomes = new CheckOutcome?[expectations.Count];
        List<(int Index, string Condition)> rows = [];
        for (int i = 0; i < expectations.Count; i++)
        {
            (string kind, IReadOnlyList<string> columns) = KindOf(expectations[i], i + 1);
            string name = NameOf(expectations[i], kind, columns);
            (string? condition, string? problem) = RowExpectations.Breaks(expectations[i], name, subject);
            if (condition is not null)
                rows.Add((i, condition));
            else
                outcomes[i] = (problem is not null ? TableExpectations.Broken(expectations[i], name, kind, problem) : Judge(expectations[i], name, kind, columns, i, subject)) with { Columns = columns };
        }
        IReadOnlyList<long> broken = RowExpectations.Count([.. rows.Select(r => r.Condition)], subject);
        for (int i = 0; i < rows.Count; i++)
        {
            (int at, string condition) = rows[i];
            (string kind, IReadOnlyList<string> columns) = KindOf(expectations[at], at + 1);
            outcomes[at] = RowExpectations.Outcome(expectations[at], NameOf(expectations[at], kind, columns), kind, condition, broken[i], subject) with { Columns = columns };
        }
        return outcomes!;
    }

    private static CheckOutcome Judge(Expectation expectation, string name, string kind, IReadOnlyList<string> columns, int index, CheckSubject subject)
    {
        if (kind is "unique" or "references" or "fresh" && subject.Lacks(columns) is { } lacks)
            return TableExpectations.Broken(expectation, name, kind, lacks);
        return kind switch
        {
            "schema" => TableExpectations.Schema(expectation, name, subject),
            "unique" => TableExpectations.Unique(expectation, name, subject),
            "references" => TableExpectations.References(expectation, name, OtherTable(index), subject),
            "fresh" => TableExpectations.Fresh(expectation, name, subject),
            "volume" => TableExpectations.Volume(expectation, name, subject),
            "drift" => DriftExpectations.Drift(expectation, name, subject),
            _ => throw new InvalidOperationException($"'{kind}' is an expectation about rows"),
        };
    }

    private static string NameOf(Expectation expectation, string kind, IReadOnlyList<string> columns) =>
        expectation.Name ?? (columns.Count == 0 ? kind : $"{kind}({string.Join(", ", columns)})");

    private static (string Kind, IReadOnlyList<string> Columns) KindOf(Expectation e, int number)
    {
        (string, IReadOnlyList<string>)[] given =
        [
            .. Given("schema", e.Schema, _ => []), .. Given("notNull", e.NotNull, c => c), .. Given("range", e.Range, r => [r.Column]),
            .. Given("oneOf", e.OneOf, r => [r.Column]), .. Given("matches", e.Matches, r => [r.Column]), .. Given("where", e.Where, _ => []),
            .. Given("unique", e.Unique, c => c), .. Given("references", e.References, r => r.Columns), .. Given("fresh", e.Fresh, r => [r.Column]),
            .. Given("volume", e.Volume, _ => []), .. Given("drift", e.Drift, r => r.Columns),
        ];
        if (given.Length != 1)
            throw DataErrors.Bad("DATA-101", given.Length == 0
                ? $"Expectation {number} says nothing. Give it one key, such as notNull or unique."
                : $"Expectation {number} has {given.Length} keys ({string.Join(", ", given.Select(g => g.Item1))}). Write one expectation for each.");
        if (e is { NotNull.Count: 0 } or { Unique.Count: 0 })
            throw DataErrors.Bad("DATA-101", $"Expectation {number} ({given[0].Item1}) names no column.");
        return given[0];
    }

    private static IEnumerable<(string, IReadOnlyList<string>)> Given<T>(string key, T? value, Func<T, IReadOnlyList<string>> columns)
        where T : class => value is null ? [] : [(key, columns(value))];
}
