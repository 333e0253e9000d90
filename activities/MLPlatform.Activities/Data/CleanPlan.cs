using System.Globalization;
using System.Text.Json;
using MLPlatform.Activities.Tables;

namespace MLPlatform.Activities.Data;

/// <summary>
/// Turns the rules into SQL: one stage per rule, each a query over the one before. A rule that changes values replaces
/// columns; a rule that rejects adds a truth value that later stages carry along.
/// </summary>
internal sealed class CleanPlan
{
    /// <summary>The row number in the source, from 0: what order and "earlier" mean.</summary>
    public const string Row = Ours + "row";

    /// <summary>The reasons of a judged row, between commas; null for a row that is kept.</summary>
    public const string Judgement = Ours + "reasons";

    // What a table's own columns are never called, so that they cannot be taken for ours.
    private const string Ours = "_mlp_";

    private readonly DuckSession _session;
    private readonly List<(string Name, string Type)> _columns;
    private readonly List<(string Reason, string Flag)> _flags = [];
    private string _stage;
    private int _stages;
    private int _rule;

    private CleanPlan(DuckSession session, string source)
    {
        _session = session;
        _columns = [.. session.Columns(source)];
        ReasonsName = FreeName("_reasons", Columns);
        if (Columns.FirstOrDefault(IsOurs) is { } taken)
            throw DataErrors.Bad("DATA-030", $"The table has a column '{taken}'; names that begin with '{Ours}' are kept for cleaning itself. Rename it in a data.sql step.");
        _stage = "stage_0";
        session.Execute($"CREATE TEMP VIEW stage_0 AS SELECT row_number() OVER () - 1 AS {Row}, * FROM {source}");
    }

    /// <summary>The columns after all rules.</summary>
    public IReadOnlyList<string> Columns => [.. _columns.Select(c => c.Name)];

    /// <summary>The column of the rejected rows that holds their reasons: <c>_reasons</c>, or the next free name.</summary>
    public string ReasonsName { get; }

    /// <summary>The last stage: the row number, the columns and one truth value per rejecting rule.</summary>
    public string Stage => _stage;

    /// <summary>The reasons in the order of the rules, each with the condition that is true for rows rejected for it.</summary>
    public IReadOnlyList<(string Reason, string Condition)> Reasons =>
        [.. _flags.GroupBy(f => f.Reason).Select(g => (g.Key, string.Join(" OR ", g.Select(f => f.Flag))))];

    public static CleanPlan Build(DuckSession session, string source, IReadOnlyList<CleanRule> rules)
    {
        CleanPlan plan = new(session, source);
        for (int i = 0; i < rules.Count; i++)
            plan.Add(rules[i], plan._rule = i + 1);
        return plan;
    }

    private void Add(CleanRule rule, int number)
    {
        List<(string Key, Action<string> Apply)> given = [];
        void Given(string key, object? value, Action<string> apply)
        {
            if (value is not null)
                given.Add((key, apply));
        }
        Given("dropDuplicates", rule.DropDuplicates, name => { if (rule.DropDuplicates == true) Duplicates(name, [.. Columns]); });
        Given("dropDuplicatesBy", rule.DropDuplicatesBy, name => Duplicates(name, rule.DropDuplicatesBy!));
        Given("required", rule.Required, name => Required(name, rule.Required!));
        Given("where", rule.Where, name => Condition(rule, number, name, $"(({rule.Where}\n)::BOOLEAN) IS NOT TRUE"));
        Given("reject", rule.Reject, name => Condition(rule, number, name, $"coalesce((({rule.Reject}\n)::BOOLEAN), false)"));
        Given("range", rule.Range, name => Range(name, rule.Range!));
        Given("oneOf", rule.OneOf, name => OneOf(name, rule.OneOf!));
        Given("matches", rule.Matches, name => Matches(name, rule.Matches!));
        Given("trim", rule.Trim, _ => Change(rule.Trim!, c => $"trim({Text(c)}, ' ' || chr(9) || chr(10) || chr(13) || chr(160))"));
        Given("lower", rule.Lower, _ => Change(rule.Lower!, c => $"lower({Text(c)})"));
        Given("upper", rule.Upper, _ => Change(rule.Upper!, c => $"upper({Text(c)})"));
        Given("replace", rule.Replace, _ => Change([rule.Replace!.Column], c => Replaced(Text(c), rule.Replace)));
        Given("fill", rule.Fill, _ => Change([rule.Fill!.Column], c => $"coalesce({Column(c)}, {Literal(rule.Fill.Value, c)})"));
        Given("cast", rule.Cast, name => Cast(name, rule.Cast!));
        Given("rename", rule.Rename, _ => Rename(rule.Rename!));
        if (given.Count != 1)
            throw DataErrors.Bad("DATA-030", given.Count == 0
                ? $"Rule {number} says nothing to do. Give it one key, such as required or where."
                : $"Rule {number} has {given.Count} keys ({string.Join(", ", given.Select(g => g.Key))}). Write one rule for each.");
        if (rule is { DropDuplicatesBy: [] } or { Required: [] } or { Trim: [] } or { Lower: [] } or { Upper: [] })
            throw Senseless($"{given[0].Key} names no column");
        given[0].Apply(rule.Name ?? given[0].Key);
    }

    private void Duplicates(string name, IReadOnlyList<string> columns) =>
        Flag(name, $"row_number() OVER (PARTITION BY {string.Join(", ", columns.Select(Column))} ORDER BY {Row}) > 1");

    private void Required(string name, IReadOnlyList<string> columns) =>
        Flag(name, string.Join(" OR ", columns.Select(c => TypeOf(c) == "VARCHAR"
            ? $"({Column(c)} IS NULL OR trim({Column(c)}) = '')" : $"{Column(c)} IS NULL")));

    private void Condition(CleanRule rule, int number, string name, string condition)
    {
        if (rule.Name is null)
            throw DataErrors.Bad("DATA-030", $"Rule {number} is a condition and has no name. Name it: the name is the reason that rejected rows get.");
        try
        {
            // Prepared alone first, so that a condition that is no condition is told apart from our own SQL.
            DuckQuery.Prepare(_session, $"SELECT {condition} FROM {_stage}").Dispose();
        }
        catch (Core.Activities.ActivityException problem)
        {
            throw DataErrors.Bad("DATA-032", $"The condition of rule '{name}' is no SQL condition over the columns: {problem.Message}", problem);
        }
        Flag(name, condition);
    }

    private void Range(string name, CleanRule.RangeRule rule)
    {
        if (rule.Min is null && rule.Max is null)
            throw Senseless($"the range of '{rule.Column}' has neither min nor max");
        string column = Column(rule.Column);
        if (TypeOf(rule.Column) == "VARCHAR" && (IsNumber(rule.Min) || IsNumber(rule.Max)))
            throw DataErrors.Bad("DATA-033", $"Rule {_rule}: the column '{rule.Column}' is text, and text has no order of numbers: '10' comes before '9'. Cast it to int64 or double first.");
        Flag(name, $"coalesce({string.Join(" OR ", new[]
        {
            rule.Min is { } min ? $"{column} < {Literal(min, rule.Column)}" : null,
            rule.Max is { } max ? $"{column} > {Literal(max, rule.Column)}" : null,
        }.Where(c => c is not null))}, false)");
    }

    private void OneOf(string name, CleanRule.OneOfRule rule)
    {
        if (rule.Values.Count == 0)
            throw Senseless("oneOf lists no value, so every row would be rejected");
        Flag(name, $"coalesce({Column(rule.Column)} NOT IN ({string.Join(", ", rule.Values.Select(v => Literal(v, rule.Column)))}), false)");
    }

    private void Matches(string name, CleanRule.MatchesRule rule)
    {
        string column = Text(rule.Column), pattern = DuckSession.Quote(rule.Pattern);
        Try($"regexp_full_match('', {pattern})", $"'{rule.Pattern}' is no regular expression (RE2)");
        Flag(name, $"coalesce(NOT regexp_full_match({column}, {pattern}), false)");
    }

    private void Cast(string name, CleanRule.CastRule rule)
    {
        string column = Column(rule.Column), from = TypeOf(rule.Column), to = DuckSession.TypeName(rule.Type);
        if (rule.Format is { } written && rule.Type == ColumnType.Timestamp)
            Try($"try_strptime('', {DuckSession.Quote(written)})", $"'{written}' is no format in strptime's notation");
        string cast = rule.Format is { } format && rule.Type == ColumnType.Timestamp
            ? $"try_strptime({Text(rule.Column)}, {DuckSession.Quote(format)})"
            : $"TRY_CAST({column} AS {to})";
        string misfit = $"({column} IS NOT NULL AND {cast} IS NULL)";
        // The database rounds 1.5 to 2 on the way to a whole number; here that is a misfit.
        if (rule.Type == ColumnType.Int64 && from is "VARCHAR" or "DOUBLE")
            misfit += $" OR (TRY_CAST({column} AS DOUBLE) <> TRY_CAST({column} AS BIGINT)::DOUBLE)";
        Flag(name, $"coalesce({misfit}, false)");
        Change([rule.Column], _ => cast);
        int at = _columns.FindIndex(c => c.Name == rule.Column);
        _columns[at] = (rule.Column, to);
    }

    private void Rename(IReadOnlyDictionary<string, string> names)
    {
        foreach (string old in names.Keys)
            Column(old);
        string list = string.Join(", ", _columns.Select(c => names.TryGetValue(c.Name, out string? to)
            ? $"{DuckSession.Name(c.Name)} AS {DuckSession.Name(to)}" : DuckSession.Name(c.Name)));
        for (int i = 0; i < _columns.Count; i++)
            _columns[i] = (names.GetValueOrDefault(_columns[i].Name, _columns[i].Name), _columns[i].Type);
        if (_columns.GroupBy(c => c.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw Senseless($"after renaming two columns are called '{twice.Key}'");
        if (names.Values.FirstOrDefault(IsOurs) is { } taken)
            throw Senseless($"names that begin with '{Ours}', such as '{taken}', are kept for cleaning itself");
        Next($"SELECT {Row}, {list}{string.Concat(_flags.Select(f => ", " + f.Flag))} FROM {_stage}");
    }

    private void Change(IReadOnlyList<string> columns, Func<string, string> change)
    {
        string list = string.Join(", ", columns.Select(c => $"{change(c)} AS {Column(c)}"));
        Next($"SELECT * REPLACE ({list}) FROM {_stage}");
    }

    private void Flag(string reason, string condition)
    {
        string flag = string.Create(CultureInfo.InvariantCulture, $"_mlp_reason_{_flags.Count}");
        Next($"SELECT *, {condition} AS {flag} FROM {_stage}");
        _flags.Add((reason, flag));
    }

    private void Next(string query)
    {
        string stage = string.Create(CultureInfo.InvariantCulture, $"stage_{++_stages}");
        _session.Execute($"CREATE TEMP VIEW {stage} AS {query}");
        _stage = stage;
    }

    private static string Replaced(string column, CleanRule.ReplaceRule rule)
    {
        if (rule.Map.Count == 0)
            return column;
        IEnumerable<string> cases = rule.Map.Select(m => $"WHEN {DuckSession.Quote(m.Key)} THEN {(m.Value is null ? "NULL" : DuckSession.Quote(m.Value))}");
        return $"CASE {column} {string.Join(" ", cases)} ELSE {column} END";
    }

    private string Column(string name)
    {
        TypeOf(name);
        return DuckSession.Name(name);
    }

    private string Text(string name) => TypeOf(name) == "VARCHAR"
        ? DuckSession.Name(name)
        : throw DataErrors.Bad("DATA-033", $"The column '{name}' is no text but {TypeOf(name)}; this rule works on text. Cast it to string first.");

    private string TypeOf(string name)
    {
        int at = _columns.FindIndex(c => c.Name == name);
        return at >= 0 ? _columns[at].Type
            : throw DataErrors.Bad("DATA-031", $"The table has no column '{name}'.{DataErrors.DidYouMean(name, Columns)} It has {DataErrors.Some(Columns)}.");
    }

    /// <summary>A value of the pipeline file as SQL, of the column's type.</summary>
    private string Literal(JsonElement value, string column)
    {
        string type = TypeOf(column), words = $"{value.GetRawText()} is no value of the column '{column}', which is {type}";
        return (value.ValueKind, type) switch
        {
            (JsonValueKind.String, _) => Try($"CAST({DuckSession.Quote(value.GetString()!)} AS {type})", words),
            (JsonValueKind.Number, "VARCHAR") => DuckSession.Quote(value.GetRawText()),
            (JsonValueKind.Number, "BIGINT" or "DOUBLE") => value.GetRawText(),
            (JsonValueKind.True, "BOOLEAN") => "true",
            (JsonValueKind.False, "BOOLEAN") => "false",
            _ => throw Senseless(words),
        };
    }

    /// <summary>Evaluates a constant by itself, so that a wrong one is told of before any row is read.</summary>
    private string Try(string constant, string otherwise)
    {
        try
        {
            _session.Execute($"SELECT {constant}");
            return constant;
        }
        catch (Core.Activities.ActivityException problem) when (problem.Code == "DATA-021")
        {
            throw Senseless(otherwise, problem);
        }
    }

    private static bool IsNumber(JsonElement? value) => value is { ValueKind: JsonValueKind.Number };

    private static bool IsOurs(string column) => column.StartsWith(Ours, StringComparison.OrdinalIgnoreCase);

    private static string FreeName(string name, IReadOnlyList<string> taken)
    {
        string free = name;
        for (int i = 2; taken.Contains(free, StringComparer.OrdinalIgnoreCase); i++)
            free = string.Create(CultureInfo.InvariantCulture, $"{name}_{i}");
        return free;
    }

    private Core.Activities.ActivityException Senseless(string what, Exception? inner = null) =>
        DataErrors.Bad("DATA-030", $"Rule {_rule}: {what}.", inner);
}
