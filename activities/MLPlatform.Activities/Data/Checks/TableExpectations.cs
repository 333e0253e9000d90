using System.Globalization;
using MLPlatform.Activities.Tables;

namespace MLPlatform.Activities.Data.Checks;

/// <summary>Expectations about a table as a whole: its columns, keys, age and size.</summary>
internal static class TableExpectations
{
    public static CheckOutcome Schema(Expectation expectation, string name, CheckSubject subject)
    {
        Expectation.SchemaRule rule = expectation.Schema!;
        if (rule.Columns is null && subject.ReferenceColumns is null)
            throw NeedsReference(name);
        List<(string Name, ColumnType? Type)> wanted = rule.Columns is { } columns
            ? [.. columns.Select(c => (c.Name, c.Type))] : [.. subject.ReferenceColumns!.Select(c => (c.Key, (ColumnType?)c.Value))];
        List<string> problems = [];
        problems.AddRange(wanted.Where(w => !subject.Columns.ContainsKey(w.Name)).Select(w => $"'{w.Name}' is missing"));
        problems.AddRange(wanted.Where(w => w.Type is { } type && subject.Columns.TryGetValue(w.Name, out ColumnType found) && found != type)
            .Select(w => $"'{w.Name}' is {ColumnTypes.Name(subject.Columns[w.Name])} instead of {ColumnTypes.Name(w.Type!.Value)}"));
        if (rule.Exact)
            problems.AddRange(subject.Columns.Keys.Except(wanted.Select(w => w.Name)).Select(c => $"'{c}' is not expected"));
        return new CheckOutcome(name, "schema", expectation.Severity, problems.Count == 0,
            problems.Count == 0 ? $"All {wanted.Count} columns are there with their types." : $"The columns differ: {string.Join("; ", problems)}.",
            new Dictionary<string, double> { ["differences"] = problems.Count }, []);
    }

    public static CheckOutcome Unique(Expectation expectation, string name, CheckSubject subject)
    {
        IReadOnlyList<string> columns = expectation.Unique!;
        string keys = string.Join(", ", columns.Select(DuckSession.Name)), key = KeyText(columns, subject);
        (long repeats, long repeated) = (0, 0);
        TopValues worst = new(CheckSubject.MostExamples);
        subject.Values.Unordered([$"SELECT {key} AS v, 1 AS own, 0 AS other FROM {CheckSubject.Table}"], (text, rows, _) =>
        {
            if (rows == 1)
                return;
            (repeats, repeated) = (repeats + rows - 1, repeated + 1);
            worst.Add(text, rows);
        });
        string examples = $"SELECT {keys}, count(*) AS _rows FROM {CheckSubject.Table} WHERE {key} IN ({string.Join(", ", worst.Values.Select(v => DuckSession.Quote(v.Value)))}) GROUP BY {keys} ORDER BY _rows DESC, {keys}";
        return new CheckOutcome(name, "unique", expectation.Severity, repeats <= expectation.MaxFraction * subject.Rows,
            repeats == 0 ? "No two rows are equal in it." : FormattableString.Invariant($"{repeats:N0} of {subject.Rows:N0} rows repeat an earlier one; {repeated:N0} keys occur more than once."),
            new Dictionary<string, double> { ["broken"] = repeats, ["fraction"] = subject.Rows == 0 ? 0 : (double)repeats / subject.Rows, ["keys"] = repeated },
            repeats == 0 ? [] : subject.Examples(examples));
    }

    // One text for all columns, equal where they are: the lengths keep ('a', 'bc') apart from ('ab', 'c'), and missing from empty.
    private static string KeyText(IReadOnlyList<string> columns, CheckSubject subject) => string.Join(" || ", columns.Select(c =>
    {
        string text = $"({DuckSession.Name(c)}{(subject.Columns[c] == ColumnType.Double ? " + 0.0" : "")})::VARCHAR";
        return $"coalesce(length({text}) || ':' || {text}, '-')";
    }));

    /// <param name="other">The name that the other table is attached by.</param>
    public static CheckOutcome References(Expectation expectation, string name, string other, CheckSubject subject)
    {
        Expectation.ReferencesRule rule = expectation.References!;
        IReadOnlyList<string> theirs = rule.TableColumns ?? rule.Columns;
        List<string> known = [.. subject.Session.Columns(other).Select(c => c.Name)];
        if (theirs.Count != rule.Columns.Count)
            throw DataErrors.Bad("DATA-101", $"The expectation '{name}' names {rule.Columns.Count} columns and {theirs.Count} tableColumns.");
        if (theirs.FirstOrDefault(c => !known.Contains(c)) is { } absent)
            throw DataErrors.Bad("DATA-101", $"The table that '{name}' refers to has no column '{absent}'.{DataErrors.DidYouMean(absent, known)}");
        string match = string.Join(" AND ", rule.Columns.Zip(theirs, (own, their) => $"o.{DuckSession.Name(their)} = s.{DuckSession.Name(own)}"));
        string present = string.Join(" AND ", rule.Columns.Select(c => $"s.{DuckSession.Name(c)} IS NOT NULL"));
        string orphans = $"FROM {CheckSubject.Table} s WHERE {present} AND NOT EXISTS (SELECT 1 FROM {DuckSession.Name(other)} o WHERE {match})";
        long broken = subject.Session.Count($"SELECT count(*) {orphans}");
        string own = string.Join(", ", rule.Columns.Select(c => $"s.{DuckSession.Name(c)}"));
        return new CheckOutcome(name, "references", expectation.Severity, broken <= expectation.MaxFraction * subject.Rows,
            broken == 0 ? "Every value is known." : FormattableString.Invariant($"{broken:N0} of {subject.Rows:N0} rows refer to something unknown."),
            new Dictionary<string, double> { ["broken"] = broken, ["fraction"] = subject.Rows == 0 ? 0 : (double)broken / subject.Rows },
            broken == 0 ? [] : subject.Examples($"SELECT {own}, count(*) AS _rows {orphans} GROUP BY {own} ORDER BY _rows DESC, {own}"));
    }

    public static CheckOutcome Fresh(Expectation expectation, string name, CheckSubject subject)
    {
        Expectation.FreshRule rule = expectation.Fresh!;
        if (subject.AsOf is not { } asOf)
            throw DataErrors.Bad("DATA-103", $"The expectation '{name}' about age needs asOf. Write for example \"asOf\": \"${{{{ trigger.logicalDate }}}}\".");
        if (subject.Columns[rule.Column] != ColumnType.Timestamp)
            return Broken(expectation, name, "fresh", $"The column '{rule.Column}' is {ColumnTypes.Name(subject.Columns[rule.Column])}, not a timestamp.");
        string column = DuckSession.Name(rule.Column);
        if (subject.Session.Count($"SELECT count({column}) FROM {CheckSubject.Table}") == 0)
            return Broken(expectation, name, "fresh", $"No row has a '{rule.Column}'.");
        long latest = subject.Session.Count($"SELECT epoch_us(max({column})::TIMESTAMP) FROM {CheckSubject.Table}");
        double age = (asOf.UtcDateTime - DateTime.UnixEpoch.AddMicroseconds(latest)).TotalSeconds;
        return new CheckOutcome(name, "fresh", expectation.Severity, age <= rule.MaxAge.TotalSeconds,
            $"The latest is {CheckColumns.Instant(latest)}, {Span(Math.Abs(age))} {(age < 0 ? "after" : "before")} {asOf.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.FFFFFFZ", CultureInfo.InvariantCulture)}; at most {Span(rule.MaxAge.TotalSeconds)} is allowed.",
            new Dictionary<string, double> { ["ageSeconds"] = age }, []);
    }

    public static CheckOutcome Volume(Expectation expectation, string name, CheckSubject subject)
    {
        Expectation.VolumeRule rule = expectation.Volume!;
        if (rule is { Min: null, Max: null, MinRatio: null, MaxRatio: null })
            throw DataErrors.Bad("DATA-101", $"The volume of the expectation '{name}' has no limit: give min, max, minRatio or maxRatio.");
        Dictionary<string, double> figures = new() { ["rows"] = subject.Rows };
        List<string> limits = [];
        void Limit(bool broken, FormattableString text)
        {
            if (broken)
                limits.Add(FormattableString.Invariant(text));
        }
        Limit(subject.Rows < rule.Min, $"at least {rule.Min:N0}");
        Limit(subject.Rows > rule.Max, $"at most {rule.Max:N0}");
        if (rule.MinRatio is not null || rule.MaxRatio is not null)
        {
            if (subject.ReferenceColumns is null)
                throw NeedsReference(name);
            double ratio = subject.ReferenceRows == 0 ? subject.Rows == 0 ? 1 : double.MaxValue : (double)subject.Rows / subject.ReferenceRows;
            (figures["referenceRows"], figures["ratio"]) = (subject.ReferenceRows, ratio);
            Limit(ratio < rule.MinRatio, $"at least {rule.MinRatio:0.####} times the reference's {subject.ReferenceRows:N0}");
            Limit(ratio > rule.MaxRatio, $"at most {rule.MaxRatio:0.####} times the reference's {subject.ReferenceRows:N0}");
        }
        return new CheckOutcome(name, "volume", expectation.Severity, limits.Count == 0,
            FormattableString.Invariant($"{subject.Rows:N0} rows") + (limits.Count == 0 ? "." : $"; expected are {string.Join(" and ", limits)}."), figures, []);
    }

    public static CheckOutcome Broken(Expectation expectation, string name, string kind, string message) =>
        new(name, kind, expectation.Severity, false, message, new Dictionary<string, double>(), []);

    public static Core.Activities.ActivityException NeedsReference(string name) =>
        DataErrors.Bad("DATA-103", $"The expectation '{name}' compares with a reference table, but 'reference' is not given.");

    private static string Span(double seconds) => seconds switch
    {
        >= 172_800 => FormattableString.Invariant($"{seconds / 86_400:0.#} days"),
        >= 7_200 => FormattableString.Invariant($"{seconds / 3_600:0.#} hours"),
        >= 120 => FormattableString.Invariant($"{seconds / 60:0.#} minutes"),
        _ => FormattableString.Invariant($"{seconds:0.###} seconds"),
    };
}
