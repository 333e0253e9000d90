using MLPlatform.Activities.Tables;
using MLPlatform.Core.Drift;

namespace MLPlatform.Activities.Data.Checks;

/// <summary>Compares columns with those of the reference.</summary>
internal static class DriftExpectations
{
    private const int OwnBins = 20;

    public static CheckOutcome Drift(Expectation expectation, string name, CheckSubject subject)
    {
        Expectation.DriftRule rule = expectation.Drift!;
        if (subject.ReferenceColumns is null)
            throw TableExpectations.NeedsReference(name);
        if (rule.MaxPsi is null && rule.MaxKs is null)
            throw DataErrors.Bad("DATA-101", $"The drift of the expectation '{name}' has no limit: give maxPsi or maxKs.");
        if (subject.Lacks(rule.Columns) is { } lacks)
            return TableExpectations.Broken(expectation, name, "drift", lacks);
        List<string> problems = [];
        List<ColumnDrift> drifts = [];
        foreach (string column in rule.Columns)
        {
            if (!subject.ReferenceColumns.TryGetValue(column, out ColumnType type))
                problems.Add($"the reference has no '{column}'");
            else if (type != subject.Columns[column])
                problems.Add($"'{column}' is {ColumnTypes.Name(subject.Columns[column])}, but {ColumnTypes.Name(type)} in the reference");
            else
                drifts.Add(Compare(column, type, rule.Bins, subject));
        }
        foreach (ColumnDrift drift in drifts)
        {
            if (drift.Psi > rule.MaxPsi)
                problems.Add(FormattableString.Invariant($"'{drift.Column}' has a stability index of {drift.Psi:0.####}, above {rule.MaxPsi:0.####}"));
            if (drift.Ks > rule.MaxKs)
                problems.Add(FormattableString.Invariant($"'{drift.Column}' is {drift.Ks:0.####} (KS) away, above {rule.MaxKs:0.####}"));
        }
        Dictionary<string, double> figures = [];
        foreach (ColumnDrift drift in drifts)
        {
            figures[$"psi.{drift.Column}"] = drift.Psi;
            if (drift.Ks is { } ks)
                figures[$"ks.{drift.Column}"] = ks;
        }
        return new CheckOutcome(name, "drift", expectation.Severity, problems.Count == 0,
            problems.Count == 0 ? $"{(drifts.Count == 1 ? "It is" : $"All {drifts.Count} columns are")} distributed as in the reference." : $"Not as in the reference: {string.Join("; ", problems)}.",
            figures, [], drifts);
    }

    private static ColumnDrift Compare(string column, ColumnType type, int bins, CheckSubject subject)
    {
        string has = type is ColumnType.String or ColumnType.Bool ? $"{DuckSession.Name(column)} IS NOT NULL" : CheckColumns.HasNumber(column, type);
        long rows = subject.Session.Count($"SELECT count(*) FROM {CheckSubject.Table} WHERE {has}");
        long reference = subject.Session.Count($"SELECT count(*) FROM {CheckSubject.Reference} WHERE {has}");
        (List<DriftBin> found, double? ks) = type is ColumnType.String or ColumnType.Bool
            ? (Discrete(column, rows, reference, subject), null)
            : Ordered(column, type, has, rows, reference, bins, subject);
        if (rows < subject.Rows || reference < subject.ReferenceRows)
            found.Add(new DriftBin("missing", subject.Rows - rows, subject.ReferenceRows - reference));
        return new ColumnDrift(column, DriftFigures.Psi(found), ks, ks is { } d && rows > 0 && reference > 0 ? DriftFigures.KsPValue(d, rows, reference) : null, found);
    }

    private static (List<DriftBin>, double?) Ordered(string column, ColumnType type, string has, long rows, long reference, int bins, CheckSubject subject)
    {
        OrderedDrift drift = new(rows, reference, bins, v => CheckColumns.Show(v, type));
        string number = CheckColumns.Number(column, type);
        subject.Values.Ordered(Both(number, has), type, (value, own, other) => drift.Add(value.Double, own, other));
        return ([.. drift.Complete()], drift.Ks);
    }

    // The reference's most frequent values have bins of their own; what is new or rare in it shares one.
    private static List<DriftBin> Discrete(string column, long rows, long reference, CheckSubject subject)
    {
        TopValues top = new(OwnBins);
        string name = DuckSession.Name(column);
        subject.Values.Unordered(Both($"{name}::VARCHAR", $"{name} IS NOT NULL"), (text, own, other) =>
        {
            if (other > 0)
                top.Add(text, other, own);
        });
        List<DriftBin> bins = [.. top.Values.Select(v => new DriftBin(v.Value, v.Other, v.Count))];
        DriftBin others = new("others", rows - bins.Sum(b => b.Rows), reference - bins.Sum(b => b.ReferenceRows));
        if (others.Rows > 0 || others.ReferenceRows > 0)
            bins.Add(others);
        return bins;
    }

    private static string[] Both(string value, string has) =>
    [
        $"SELECT {value} AS v, 1 AS own, 0 AS other FROM {CheckSubject.Table} WHERE {has}",
        $"SELECT {value} AS v, 0 AS own, 1 AS other FROM {CheckSubject.Reference} WHERE {has}",
    ];
}
