using System.Globalization;
using System.Text;
using MLPlatform.Activities.Tables;

namespace MLPlatform.Activities.Data.Aggregates;

/// <summary>
/// Compiles an aggregation to one query. Names are quoted and expressions checked alone, so nothing a pipeline says can
/// change the query's shape. Distinct values, quantiles and most frequent values are found by grouping and sorting, which
/// spill, instead of by aggregates that keep every value of a group in memory.
/// </summary>
internal sealed class AggregateQuery
{
    private readonly AggregateData.Inputs _inputs;
    private readonly DuckSession _session;
    private readonly Dictionary<string, string> _types;
    private readonly List<(string Name, string Source)> _keys = [];
    private readonly List<string> _simple = [];
    private readonly List<(string Name, string From, string Value)> _joined = [];

    private AggregateQuery(DuckSession session, AggregateData.Inputs inputs)
    {
        (_session, _inputs) = (session, inputs);
        _types = session.Columns("source").ToDictionary(c => c.Name, c => c.Type, StringComparer.Ordinal);
    }

    /// <summary>The groups, in order.</summary>
    public string Sql { get; private set; } = "";

    /// <summary>How many rows of the table are in a group.</summary>
    public string CountSql { get; private set; } = "";

    /// <summary>Whether the result depends on the order in which rows are added up.</summary>
    public bool AddsDoubles { get; private set; }

    public static AggregateQuery Build(DuckSession session, AggregateData.Inputs inputs)
    {
        AggregateQuery query = new(session, inputs);
        query.Prepare();
        foreach (string column in inputs.GroupBy)
        {
            query.TypeOf(column);
            query._keys.Add((column, DuckSession.Name(column)));
        }
        foreach (Measure measure in inputs.Measures)
            query.Add(measure);
        query.CheckNames();
        query.Compose();
        return query;
    }

    // The rows to group, as the view 'chosen': derived columns added, the condition applied, windows assigned.
    private void Prepare()
    {
        StringBuilder derived = new();
        foreach ((string name, string expression) in _inputs.Derive.OrderBy(d => d.Key, StringComparer.Ordinal))
        {
            if (_types.ContainsKey(name))
                throw DataErrors.Bad("DATA-110", $"The derived column '{name}' is a column of the table already. Name it otherwise.");
            string type = SqlExpression.Check(_session, expression, "source", "DATA-113", $"The derived column '{name}'");
            derived.Append(CultureInfo.InvariantCulture, $", ({expression}\n) AS {DuckSession.Name(name)}");
            _types[name] = type;
        }
        _session.Execute($"CREATE TEMP VIEW derived AS SELECT *{derived} FROM source");
        string condition = "true";
        if (_inputs.Where is { } where)
        {
            SqlExpression.Check(_session, where, "derived", "DATA-113", "The condition where");
            condition = $"(({where}\n)::BOOLEAN)";
        }
        if (_inputs.Window is not { } window)
        {
            _session.Execute($"CREATE TEMP VIEW chosen AS SELECT * FROM derived WHERE {condition}");
            CountSql = "SELECT count(*) FROM chosen";
            return;
        }
        if (!TypeOf(window.Column).StartsWith("TIMESTAMP", StringComparison.Ordinal) && TypeOf(window.Column) != "DATE")
            throw DataErrors.Bad("DATA-112", $"The column '{window.Column}' of the window is {TypeOf(window.Column)}, not a timestamp. Cast it first.");
        string column = DuckSession.Name(window.Column);
        _session.Execute($"CREATE TEMP VIEW placed AS SELECT * FROM derived WHERE {condition} AND {column} IS NOT NULL");
        _session.Execute($"CREATE TEMP VIEW chosen AS SELECT p.*, {WindowSql.Start(window, $"p.{column}")} AS _mlp_window FROM placed p{WindowSql.Copies(window)}");
        CountSql = "SELECT count(*) FROM placed";
        _keys.Add((window.Name, "_mlp_window"));
    }

    private void Add(Measure measure)
    {
        List<(string Key, Action Add)> given = [];
        void Given(string key, object? value, Action add)
        {
            if (value is not null)
                given.Add((key, add));
        }
        string? condition = null;
        if (measure.Where is { } where)
        {
            SqlExpression.Check(_session, where, "derived", "DATA-113", $"The condition of the measure '{measure.Name}'");
            condition = $"(({where}\n)::BOOLEAN)";
        }
        string filter = condition is null ? "" : $" FILTER (WHERE {condition})";
        Given("count", measure.Count, () => Simple(measure, $"count(*){filter}"));
        Given("countOf", measure.CountOf, () => Simple(measure, $"count({Column(measure.CountOf!)}){filter}"));
        Given("sum", measure.Sum, () => Simple(measure, Total("sum", measure.Sum!, measure, filter)));
        Given("mean", measure.Mean, () => Simple(measure, Total("avg", measure.Mean!, measure, filter)));
        Given("min", measure.Min, () => Simple(measure, $"min({Column(measure.Min!)}){filter}"));
        Given("max", measure.Max, () => Simple(measure, $"max({Column(measure.Max!)}){filter}"));
        Given("distinct", measure.Distinct, () => Counted(measure, Column(measure.Distinct!), condition, counts => $"SELECT {KeyList()}count(*) AS value FROM ({counts}) {GroupByKeys()}", "coalesce(value, 0)"));
        Given("quantile", measure.Quantile, () => Quantile(measure, measure.Quantile!, condition));
        Given("top", measure.Top, () => Top(measure, measure.Top!, condition));
        if (given.Count != 1 || measure.Count == false)
            throw DataErrors.Bad("DATA-110", given.Count > 1
                ? $"The measure '{measure.Name}' has {given.Count} keys ({string.Join(", ", given.Select(g => g.Key))}). Write one measure for each."
                : $"The measure '{measure.Name}' measures nothing. Give it one key, such as sum, or \"count\": true.");
        given[0].Add();
    }

    private void Simple(Measure measure, string sql) => _simple.Add($"{sql} AS {DuckSession.Name(measure.Name)}");

    private string Total(string function, string column, Measure measure, string filter)
    {
        string type = TypeOf(column);
        if (type is "VARCHAR" or "BOOLEAN" or "DATE" || type.StartsWith("TIMESTAMP", StringComparison.Ordinal))
            throw DataErrors.Bad("DATA-111", $"The measure '{measure.Name}' adds '{column}', which is {type}. Cast it to a number, with derive for example.");
        bool inexact = type is "DOUBLE" or "FLOAT";
        AddsDoubles |= inexact;
        // Kahan's summation: the result is as good as the order allows.
        string name = (function, inexact) switch { ("sum", true) => "fsum", ("avg", true) => "favg", _ => function };
        return $"{name}({DuckSession.Name(column)}){filter}";
    }

    private void Quantile(Measure measure, Measure.QuantileMeasure quantile, string? condition)
    {
        if (TypeOf(quantile.Column) is "VARCHAR" or "BOOLEAN")
            throw DataErrors.Bad("DATA-111", $"The measure '{measure.Name}' takes a quantile of '{quantile.Column}', which is {TypeOf(quantile.Column)}. Numbers and timestamps have quantiles.");
        string partition = _keys.Count == 0 ? "" : $"PARTITION BY {string.Join(", ", KeyAliases())}";
        string share = quantile.Share.ToString("R", CultureInfo.InvariantCulture);
        Counted(measure, Column(quantile.Column), condition, counts => $"""
            SELECT {KeyList()}min(v) AS value FROM (
              SELECT *, sum(c) OVER ({partition} ORDER BY v) AS upto, sum(c) OVER ({partition}) AS n FROM ({counts}))
            WHERE upto >= greatest(1, ceil({share}::DECIMAL(18,15) * n)) {GroupByKeys()}
            """, "value");
    }

    private void Top(Measure measure, Measure.TopMeasure top, string? condition)
    {
        string partition = _keys.Count == 0 ? "" : $"PARTITION BY {string.Join(", ", KeyAliases())} ";
        Counted(measure, Column(top.Column), condition, counts => $$"""
            SELECT {{KeyList()}}to_json(list({'value': v, 'count': c::BIGINT} ORDER BY place))::VARCHAR AS value FROM (
              SELECT *, row_number() OVER ({{partition}}ORDER BY c DESC, v) AS place FROM ({{counts}}))
            WHERE place <= {{top.Most}} {{GroupByKeys()}}
            """, "coalesce(value, '[]')");
    }

    /// <summary>A measure over the distinct values of a column in each group, with their counts.</summary>
    private void Counted(Measure measure, string column, string? condition, Func<string, string> from, string value)
    {
        string keys = string.Concat(_keys.Select((k, i) => $"{k.Source} AS _mlp_k{i}, "));
        string counts = $"SELECT {keys}{column} AS v, count(*) AS c FROM chosen WHERE {column} IS NOT NULL{(condition is null ? "" : $" AND {condition}")} GROUP BY ALL";
        _joined.Add((measure.Name, from(counts), value));
    }

    private void CheckNames()
    {
        string? twice = _keys.Select(k => k.Name).Concat(_inputs.Measures.Select(m => m.Name))
            .GroupBy(n => n, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1)?.Key;
        if (twice is not null)
            throw DataErrors.Bad("DATA-110", $"The result would have two columns called '{twice}'. Name the measures and the window otherwise.");
    }

    private void Compose()
    {
        string keys = string.Concat(_keys.Select((k, i) => $"{k.Source} AS _mlp_k{i}, "));
        string simple = string.Join(", ", [.. _simple, "count(*) AS _mlp_rows"]);
        StringBuilder sql = new($"WITH groups AS (SELECT {keys}{simple} FROM chosen{(_keys.Count == 0 ? "" : " GROUP BY ALL")}) SELECT ");
        IEnumerable<string> columns = _keys.Select((k, i) => $"g._mlp_k{i} AS {DuckSession.Name(k.Name)}").Concat(_inputs.Measures.Select(m =>
        {
            int at = _joined.FindIndex(j => j.Name == m.Name);
            return at < 0 ? $"g.{DuckSession.Name(m.Name)}" : $"{_joined[at].Value.Replace("value", $"j{at}.value")} AS {DuckSession.Name(m.Name)}";
        }));
        sql.AppendJoin(", ", columns).Append(" FROM groups g");
        for (int i = 0; i < _joined.Count; i++)
        {
            // Groups whose key is missing are groups too, so keys are compared as distinct values are.
            string match = _keys.Count == 0 ? "true" : string.Join(" AND ", _keys.Select((_, k) => $"g._mlp_k{k} IS NOT DISTINCT FROM j{i}._mlp_k{k}"));
            sql.Append(CultureInfo.InvariantCulture, $" LEFT JOIN ({_joined[i].From}) j{i} ON {match}");
        }
        if (_keys.Count > 0)
            sql.Append(" ORDER BY ").AppendJoin(", ", _keys.Select((_, i) => $"g._mlp_k{i} NULLS FIRST"));
        Sql = sql.ToString();
    }

    private IEnumerable<string> KeyAliases() => _keys.Select((_, i) => $"_mlp_k{i}");

    private string KeyList() => string.Concat(KeyAliases().Select(k => k + ", "));

    private string GroupByKeys() => _keys.Count == 0 ? "" : $"GROUP BY {string.Join(", ", KeyAliases())}";

    private string Column(string name)
    {
        TypeOf(name);
        return DuckSession.Name(name);
    }

    private string TypeOf(string name) => _types.TryGetValue(name, out string? type) ? type
        : throw DataErrors.Bad("DATA-031", $"The table has no column '{name}'.{DataErrors.DidYouMean(name, _types.Keys)} It has {DataErrors.Some(_types.Keys)}.");
}
