using System.Text.Json;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;

namespace MLPlatform.Activities.Data.Checks;

/// <summary>Expectations that one row alone meets or breaks; all of them are counted in one pass.</summary>
internal static class RowExpectations
{
    /// <summary>The condition that is true for rows that break it, or what makes it senseless for this table.</summary>
    public static (string? Condition, string? Problem) Breaks(Expectation expectation, string name, CheckSubject subject) => expectation switch
    {
        { NotNull: { } columns } => subject.Lacks(columns) is { } lacks ? (null, lacks) : (NotNull(columns, subject), null),
        { Range: { } range } => subject.Lacks([range.Column]) is { } lacks ? (null, lacks) : (Range(range, name, subject), null),
        { OneOf: { } list } => subject.Lacks([list.Column]) is { } lacks ? (null, lacks) : (OneOf(list, name, subject), null),
        { Matches: { } matches } => subject.Lacks([matches.Column]) is { } lacks ? (null, lacks)
            : subject.Columns[matches.Column] != ColumnType.String ? (null, $"The column '{matches.Column}' is {ColumnTypes.Name(subject.Columns[matches.Column])}, not text.")
            : ($"coalesce(NOT regexp_full_match({DuckSession.Name(matches.Column)}, {DuckSession.Quote(matches.Pattern)}), false)", null),
        { Where: { } where } => (Where(where, expectation, subject), null),
        _ => (null, null),
    };

    /// <summary>Counts the rows that break each condition.</summary>
    public static IReadOnlyList<long> Count(IReadOnlyList<string> conditions, CheckSubject subject)
    {
        if (conditions.Count == 0)
            return [];
        string flags = string.Join(", ", conditions.Select((c, i) => $"{c} AS broken_{i}"));
        string counts = string.Join(", ", conditions.Select((_, i) => $"count(*) FILTER (broken_{i})"));
        return subject.Session.Counts($"SELECT {counts} FROM (SELECT {flags} FROM {CheckSubject.Table})");
    }

    public static CheckOutcome Outcome(Expectation expectation, string name, string kind, string condition, long broken, CheckSubject subject)
    {
        double fraction = subject.Rows == 0 ? 0 : (double)broken / subject.Rows;
        bool passed = broken <= expectation.MaxFraction * subject.Rows;
        string allowed = expectation.MaxFraction > 0 ? FormattableString.Invariant($"; {100 * expectation.MaxFraction:0.####} % may") : "";
        return new CheckOutcome(name, kind, expectation.Severity, passed,
            broken == 0 ? "Every row meets it." : FormattableString.Invariant($"{broken:N0} of {subject.Rows:N0} rows break it{allowed}."),
            new Dictionary<string, double> { ["broken"] = broken, ["fraction"] = fraction },
            broken == 0 ? [] : subject.Examples($"SELECT * FROM {CheckSubject.Table} WHERE {condition}"));
    }

    private static string NotNull(IReadOnlyList<string> columns, CheckSubject subject) =>
        $"({string.Join(" OR ", columns.Select(c => subject.Columns[c] == ColumnType.String
            ? $"{DuckSession.Name(c)} IS NULL OR trim({DuckSession.Name(c)}) = ''" : $"{DuckSession.Name(c)} IS NULL"))})";

    private static string Range(CleanRule.RangeRule range, string name, CheckSubject subject)
    {
        if (range.Min is null && range.Max is null)
            throw DataErrors.Bad("DATA-101", $"The range of the expectation '{name}' has neither min nor max.");
        string column = DuckSession.Name(range.Column);
        string[] sides =
        [
            .. range.Min is { } min ? new[] { $"{column} < {Literal(min, range.Column, name, subject)}" } : [],
            .. range.Max is { } max ? new[] { $"{column} > {Literal(max, range.Column, name, subject)}" } : [],
        ];
        return $"coalesce({string.Join(" OR ", sides)}, false)";
    }

    private static string OneOf(CleanRule.OneOfRule list, string name, CheckSubject subject) => list.Values.Count == 0
        ? $"{DuckSession.Name(list.Column)} IS NOT NULL"
        : $"coalesce({DuckSession.Name(list.Column)} NOT IN ({string.Join(", ", list.Values.Select(v => Literal(v, list.Column, name, subject)))}), false)";

    /// <summary>A value to compare a column with. One that is not of its type is a mistake of the pipeline, said before anything is counted.</summary>
    private static string Literal(JsonElement value, string column, string name, CheckSubject subject)
    {
        ColumnType type = subject.Columns[column];
        string? literal = (value.ValueKind, type) switch
        {
            (JsonValueKind.String, _) => $"CAST({DuckSession.Quote(value.GetString()!)} AS {DuckSession.TypeName(type)})",
            (JsonValueKind.Number, ColumnType.String) => DuckSession.Quote(value.GetRawText()),
            (JsonValueKind.Number, ColumnType.Int64 or ColumnType.Double) => value.GetRawText(),
            (JsonValueKind.True or JsonValueKind.False, ColumnType.Bool) => value.GetRawText(),
            _ => null,
        };
        try
        {
            subject.Session.Execute($"SELECT {literal ?? throw Senseless(null)}");
            return literal;
        }
        catch (ActivityException problem) when (problem.Code == "DATA-021")
        {
            throw Senseless(problem);
        }

        ActivityException Senseless(ActivityException? why) => DataErrors.Bad("DATA-101",
            $"The expectation '{name}' compares the column '{column}', which is {ColumnTypes.Name(type)}, with {value.GetRawText()}. {(why is null ? "" : DuckSession.Reason(why))}".TrimEnd(), why);
    }

    private static string Where(string where, Expectation expectation, CheckSubject subject)
    {
        if (expectation.Name is null)
            throw DataErrors.Bad("DATA-101", $"The expectation where '{where}' has no name. Name it: the report shows the name.");
        SqlExpression.Check(subject.Session, where, CheckSubject.Table, "DATA-102", $"The condition of the expectation '{expectation.Name}'");
        return $"((({where}\n)::BOOLEAN) IS NOT TRUE)";
    }
}
