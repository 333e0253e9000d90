using System.Text.Json;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Lineage;

namespace MLPlatform.Activities.Lineage;

/// <summary>Follows columns through parsed queries: one method for each kind of query, relation and item. Expressions: <see cref="SqlUses"/>.</summary>
internal sealed class SqlTrace
{
    private readonly DuckSession _session;
    private readonly IReadOnlyDictionary<string, string> _inputs;
    private readonly Dictionary<string, Traced> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly SqlUses _uses;
    private readonly SqlItems _items;

    public SqlTrace(DuckSession session, IReadOnlyDictionary<string, string> inputs)
    {
        (_session, _inputs) = (session, inputs);
        _uses = new SqlUses(session, Node);
        _items = new SqlItems(_uses);
    }

    /// <summary>The columns of a query over relations of the session.</summary>
    public Traced Query(string sql)
    {
        string parsed = _session.Read($"SELECT json_serialize_sql({DuckSession.Quote(sql)}, skip_null := true, skip_empty := true, skip_default := true)::VARCHAR", row => row.GetString(0))[0];
        using JsonDocument document = JsonDocument.Parse(parsed, new JsonDocumentOptions { MaxDepth = 2000 });
        return !document.RootElement.TryGetProperty("statements", out JsonElement statements) || statements.GetArrayLength() != 1
            ? throw new NotTraceableException(document.RootElement.Text("error_message") ?? "it is not one query")
            : Node(statements[0].GetProperty("node"), null, new SqlNames(null));
    }

    private Traced Node(JsonElement node, SqlScope? around, SqlNames outer)
    {
        SqlNames names = new(outer);
        foreach (JsonElement cte in node.Items("cte_map", "map"))
        {
            JsonElement value = cte.GetProperty("value");
            names.Add(cte.Text("key")!, Node(value.GetProperty("query").GetProperty("node"), around, names).Renamed(value.Texts("aliases")));
        }
        return node.Text("type") switch
        {
            "SELECT_NODE" => Select(node, around, names),
            "SET_OPERATION_NODE" => Set(node, around, names),
            "RECURSIVE_CTE_NODE" => Recursive(node, around, names),
            var type => throw new NotTraceableException($"queries of the kind {type} are not followed"),
        };
    }

    private Traced Select(JsonElement node, SqlScope? around, SqlNames names)
    {
        SqlScope scope = new(around);
        HashSet<ColumnSource> rows = [];
        if (node.TryGetProperty("from_table", out JsonElement from))
            From(from, scope, names, rows);
        List<TracedColumn> columns = [];
        List<JsonElement> plain = [.. node.Items("select_list")];
        foreach (JsonElement item in plain)
        {
            foreach (TracedColumn column in _items.Of(item, scope, names))
            {
                columns.Add(column);
                scope.Name(column);
            }
        }
        foreach ((string part, ColumnUse use) in (ReadOnlySpan<(string, ColumnUse)>)[("where_clause", ColumnUse.Filter), ("having", ColumnUse.Filter), ("qualify", ColumnUse.Filter)])
        {
            if (node.TryGetProperty(part, out JsonElement condition))
                _uses.Add(condition, scope, names, use, rows);
        }
        foreach (JsonElement key in node.Items("group_expressions"))
            Position(key, columns, scope, names, ColumnUse.GroupBy, rows);
        if (node.Text("aggregate_handling") == "FORCE_AGGREGATES") // GROUP BY ALL
            rows.UnionWith(plain.Where(i => !_uses.Aggregates(i)).SelectMany(i => _items.Of(i, scope, names)).SelectMany(c => SqlUses.As(c.From, ColumnUse.GroupBy)));
        Modifiers(node, columns, scope, names, rows);
        return new Traced(columns, rows);
    }

    private void Modifiers(JsonElement node, List<TracedColumn> columns, SqlScope scope, SqlNames names, HashSet<ColumnSource> rows)
    {
        List<JsonElement> modifiers = [.. node.Items("modifiers")];
        bool limited = modifiers.Any(m => m.Text("type") is "LIMIT_MODIFIER" or "LIMIT_PERCENT_MODIFIER" || m.TryGetProperty("distinct_on_targets", out _));
        foreach (JsonElement modifier in modifiers)
        {
            if (modifier.Text("type") == "DISTINCT_MODIFIER")
            {
                foreach (JsonElement target in modifier.Items("distinct_on_targets"))
                    Position(target, columns, scope, names, ColumnUse.GroupBy, rows);
                if (!modifier.TryGetProperty("distinct_on_targets", out _))
                    rows.UnionWith(columns.SelectMany(c => SqlUses.As(c.From, ColumnUse.GroupBy)));
            }
            else if (modifier.Text("type") == "ORDER_MODIFIER" && limited) // An order alone leaves no row out.
            {
                foreach (JsonElement order in modifier.Items("orders").Select(o => o.GetProperty("expression")).Where(e => e.Text("class") != "STAR"))
                    Position(order, columns, scope, names, ColumnUse.Sort, rows);
            }
        }
    }

    /// <summary>An expression, or the number of an item of SELECT.</summary>
    private void Position(JsonElement expression, List<TracedColumn> columns, SqlScope scope, SqlNames names, ColumnUse use, HashSet<ColumnSource> rows)
    {
        if (expression.Text("class") == "CONSTANT" && expression.TryGetProperty("value", out JsonElement value) && value.TryGetProperty("value", out JsonElement at)
            && at.ValueKind == JsonValueKind.Number && at.TryGetInt32(out int number) && number >= 1 && number <= columns.Count)
            rows.UnionWith(SqlUses.As(columns[number - 1].From, use));
        else
            _uses.Add(expression, scope, names, use, rows);
    }

    private Traced Set(JsonElement node, SqlScope? around, SqlNames names)
    {
        List<Traced> parts = [.. (node.TryGetProperty("left", out JsonElement left) ? [left, node.GetProperty("right")] : node.Items("children").ToArray()).Select(p => Node(p, around, names))];
        bool byName = node.Text("setop_type") == "UNION_BY_NAME", union = byName || node.Text("setop_type") == "UNION";
        List<TracedColumn> columns = [.. parts[0].Columns.Select(c => c with { From = [.. c.From] })];
        HashSet<ColumnSource> rows = [.. parts.SelectMany(p => p.Rows)];
        foreach (Traced part in parts.Skip(1))
        {
            foreach ((int i, TracedColumn column) in part.Columns.Index())
            {
                int at = byName ? columns.FindIndex(c => string.Equals(c.Name, column.Name, StringComparison.OrdinalIgnoreCase)) : i;
                if (!union)
                    rows.UnionWith(SqlUses.As(column.From, ColumnUse.Filter));
                else if (at >= 0 && at < columns.Count)
                    columns[at].From.UnionWith(column.From);
                else
                    columns.Add(column);
            }
        }
        if (node.TryGetProperty("setop_all", out JsonElement all) && !all.GetBoolean()) // What is not said is ALL.
            rows.UnionWith(columns.SelectMany(c => SqlUses.As(c.From, ColumnUse.GroupBy)));
        return new Traced(columns, rows);
    }

    // What a round adds may be made of what the rounds before added, so it is followed until nothing is new.
    private Traced Recursive(JsonElement node, SqlScope? around, SqlNames outer)
    {
        Traced known = Node(node.GetProperty("left"), around, outer).Renamed(node.Texts("aliases"));
        for (int before = -1; ;)
        {
            SqlNames names = new(outer);
            names.Add(node.Text("cte_name") ?? throw new NotTraceableException("a recursive query has no name"), known);
            Traced next = Node(node.GetProperty("right"), around, names);
            known = new Traced([.. known.Columns.Zip(next.Columns, (a, b) => a with { From = [.. a.From, .. b.From] })], [.. known.Rows, .. next.Rows]);
            int size = known.Rows.Count + known.Columns.Sum(c => c.From.Count);
            if (size == before)
                return known;
            before = size;
        }
    }

    private void From(JsonElement from, SqlScope scope, SqlNames names, HashSet<ColumnSource> rows)
    {
        string alias = from.Text("alias") ?? "";
        switch (from.Text("type"))
        {
            case "EMPTY" or "EMPTY_FROM":
                return;
            case "BASE_TABLE":
                string table = from.Text("table_name")!;
                Add(alias.Length > 0 ? alias : table, names.Find(table) ?? Relation(table), from, scope, rows);
                return;
            case "SUBQUERY":
                Add(alias, Node(from.GetProperty("subquery").GetProperty("node"), scope, names), from, scope, rows);
                return;
            case "EXPRESSION_LIST":
                List<JsonElement[]> lines = [.. from.Items("values").Select(v => v.ValueKind == JsonValueKind.Array ? v.EnumerateArray().ToArray() : [.. v.Items("children")])];
                Add(alias, new Traced([.. Enumerable.Range(0, lines.Count == 0 ? 0 : lines[0].Length).Select(i => new TracedColumn($"col{i}", _uses.Of(lines.Select(l => l[i]), scope, names)))], []), from, scope, rows);
                return;
            case "TABLE_FUNCTION":
                JsonElement function = from.GetProperty("function");
                string name = function.Text("function_name") ?? "";
                if (from.Texts("column_name_alias").Count == 0 && name is not ("range" or "generate_series" or "unnest"))
                    throw new NotTraceableException($"the columns of the table function {name} are not known");
                HashSet<ColumnSource> made = _uses.Of(function.Items("children"), scope, names);
                Add(alias.Length > 0 ? alias : name, new Traced([.. (from.Texts("column_name_alias") is { Count: > 0 } given ? given : [alias.Length > 0 && name != "range" ? alias : name]).Select(c => new TracedColumn(c, made))], []), from, scope, rows);
                return;
            case "JOIN":
                Join(from, scope, names, rows);
                return;
            default:
                throw new NotTraceableException($"relations of the kind {from.Text("type")} are not followed");
        }
    }

    private static void Add(string alias, Traced traced, JsonElement from, SqlScope scope, HashSet<ColumnSource> rows)
    {
        rows.UnionWith(traced.Rows);
        scope.Add(alias, traced.Renamed(from.Texts("column_name_alias")).Columns);
    }

    private void Join(JsonElement join, SqlScope scope, SqlNames names, HashSet<ColumnSource> rows)
    {
        int start = scope.Count;
        HashSet<ColumnSource> left = [], right = [], on = [];
        From(join.GetProperty("left"), scope, names, left);
        int middle = scope.Count;
        From(join.GetProperty("right"), scope, names, right);
        IReadOnlyList<string> both = join.Text("ref_type") == "NATURAL" ? scope.Common(start, middle) : join.Texts("using_columns");
        foreach (string column in both)
            on.UnionWith(SqlUses.As(scope.Find([column]), ColumnUse.Join));
        if (join.TryGetProperty("condition", out JsonElement condition))
            _uses.Add(condition, scope, names, ColumnUse.Join, on);
        scope.Hide(middle, both);
        string type = join.Text("join_type") ?? "INNER";
        // Of a side whose rows may be missing, what decides it has a say in the values, not in which rows there are.
        if (type is "LEFT" or "OUTER" or "FULL")
            scope.Influence(middle, scope.Count, SqlUses.As(right, ColumnUse.Join).Concat(on));
        if (type is "RIGHT" or "OUTER" or "FULL")
            scope.Influence(start, middle, SqlUses.As(left, ColumnUse.Join).Concat(on));
        if (type is "SEMI" or "ANTI")
            scope.RemoveFrom(middle);
        if (type is not ("INNER" or "LEFT" or "RIGHT" or "OUTER" or "FULL" or "SEMI" or "ANTI"))
            throw new NotTraceableException($"joins of the kind {type} are not followed");
        rows.UnionWith(type == "RIGHT" ? [] : left);
        rows.UnionWith(type == "LEFT" ? [] : right);
        if (!(type == "LEFT" && join.Text("ref_type") == "ASOF")) // That one neither drops nor doubles a row.
            rows.UnionWith(on);
    }

    private Traced Relation(string name)
    {
        if (_known.TryGetValue(name, out Traced? known))
            return known;
        IReadOnlyList<(string Name, string Type)> columns = _session.Columns(name);
        Traced traced;
        if (_session.IsAttached(name))
        {
            string input = _inputs.GetValueOrDefault(name) ?? throw new NotTraceableException($"the table {name} is no input");
            traced = new Traced([.. columns.Select(c => new TracedColumn(c.Name, [new ColumnSource(input, c.Name, ColumnUse.Identity)]))], []);
        }
        else
        {
            traced = Query(_session.DefinitionOf(name) ?? throw new NotTraceableException($"nothing is known about {name}"));
            traced = traced.Columns.Count == columns.Count ? traced.Renamed([.. columns.Select(c => c.Name)])
                : throw new NotTraceableException($"{name} has {columns.Count} columns and {traced.Columns.Count} were found");
        }
        return _known[name] = traced;
    }
}

/// <summary>Common table expressions by their names, inner ones before outer ones.</summary>
internal sealed class SqlNames(SqlNames? outer)
{
    private readonly Dictionary<string, Traced> _named = new(StringComparer.OrdinalIgnoreCase);

    public void Add(string name, Traced traced) => _named[name] = traced;

    public Traced? Find(string name) => _named.GetValueOrDefault(name) ?? outer?.Find(name);
}
