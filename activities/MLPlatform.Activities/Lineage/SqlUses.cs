using System.Text.Json;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Lineage;

namespace MLPlatform.Activities.Lineage;

/// <summary>Finds the columns that an expression uses, and what for.</summary>
internal sealed class SqlUses(DuckSession session, Func<JsonElement, SqlScope?, SqlNames, Traced> query)
{
    private HashSet<string>? _aggregates;

    /// <summary>Sources of something that is itself used so.</summary>
    public static IEnumerable<ColumnSource> As(IEnumerable<ColumnSource> sources, ColumnUse use) => sources.Select(s => s with { Use = Combine(s.Use, use) });

    public HashSet<ColumnSource> Of(IEnumerable<JsonElement> expressions, SqlScope scope, SqlNames names)
    {
        HashSet<ColumnSource> found = [];
        foreach (JsonElement expression in expressions)
            Add(expression, scope, names, expression.Text("class") == "COLUMN_REF" ? ColumnUse.Identity : ColumnUse.Transformation, found);
        return found;
    }

    public void Add(JsonElement e, SqlScope scope, SqlNames names, ColumnUse use, HashSet<ColumnSource> into)
    {
        switch (e.Text("class"))
        {
            case "COLUMN_REF":
                into.UnionWith(As(scope.Find(e.Texts("column_names")), use));
                break;
            case "LAMBDA":
                SqlScope inner = scope.Within(Parameters(e.GetProperty("lhs")));
                Add(e.GetProperty("expr"), inner, names, use, into);
                break;
            case "FUNCTION":
                Part(e, "children", scope, names, IsAggregate(e) ? Combine(ColumnUse.Aggregation, use) : use, into);
                Part(e, "filter", scope, names, ColumnUse.Conditional, into);
                Part(e, "order_bys", scope, names, ColumnUse.Sort, into);
                break;
            case "WINDOW":
                Part(e, "children", scope, names, e.Text("type") == "WINDOW_AGGREGATE" ? Combine(ColumnUse.Aggregation, use) : use, into);
                Part(e, "filter_expr", scope, names, ColumnUse.Conditional, into);
                foreach (string part in (string[])["partitions", "orders", "arg_orders", "start_expr", "end_expr"])
                    Part(e, part, scope, names, ColumnUse.Window, into);
                break;
            case "CASE":
                foreach (JsonElement check in e.Items("case_checks"))
                {
                    Part(check, "when_expr", scope, names, ColumnUse.Conditional, into);
                    Part(check, "then_expr", scope, names, use, into);
                }
                Part(e, "else_expr", scope, names, use, into);
                break;
            case "SUBQUERY":
                Traced inside = query(e.GetProperty("subquery").GetProperty("node"), scope, names);
                bool exists = e.Text("subquery_type") is "EXISTS" or "NOT_EXISTS";
                into.UnionWith(inside.Columns.SelectMany(c => As(c.From, exists ? ColumnUse.Conditional : Combine(ColumnUse.Transformation, use))));
                into.UnionWith(As(inside.Rows, ColumnUse.Conditional));
                Part(e, "child", scope, names, use, into);
                break;
            case "STAR" or "POSITIONAL_REFERENCE":
                throw new NotTraceableException("it has * or #n inside an expression");
            default:
                foreach (JsonElement child in Children(e))
                    Add(child, scope, names, use, into);
                break;
        }
    }

    /// <summary>Whether many rows make one value of it.</summary>
    public bool Aggregates(JsonElement e) => (e.Text("class") == "FUNCTION" && IsAggregate(e))
        || (e.Text("class") is not ("SUBQUERY" or "WINDOW") && Children(e).Any(Aggregates));

    private static ColumnUse Combine(ColumnUse inner, ColumnUse outer) =>
        inner > ColumnUse.Aggregation ? inner : outer > ColumnUse.Aggregation ? outer : (ColumnUse)Math.Max((int)inner, (int)outer);

    private bool IsAggregate(JsonElement function)
    {
        _aggregates ??= [.. session.Read("SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'aggregate'", row => row.GetString(0))];
        return _aggregates.Contains(function.Text("function_name")?.ToLowerInvariant() ?? "");
    }

    private void Part(JsonElement e, string part, SqlScope scope, SqlNames names, ColumnUse use, HashSet<ColumnSource> into)
    {
        if (!e.TryGetProperty(part, out JsonElement value))
            return;
        foreach (JsonElement child in value.Text("class") is not null ? [value] : Children(value))
            Add(child, scope, names, use, into);
    }

    private static IEnumerable<string> Parameters(JsonElement left) =>
        left.Text("class") == "COLUMN_REF" ? left.Texts("column_names") : Children(left).SelectMany(Parameters);

    /// <summary>The expressions right below something, whatever the parser calls the places they stand in.</summary>
    private static IEnumerable<JsonElement> Children(JsonElement of) => (of.ValueKind switch
    {
        JsonValueKind.Object => of.EnumerateObject().Select(p => p.Value),
        JsonValueKind.Array => of.EnumerateArray(),
        _ => [],
    }).SelectMany(v => v.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? v.Text("class") is not null ? [v] : Children(v) : []);
}

/// <summary>Parts of a parsed query.</summary>
internal static class SqlJson
{
    public static string? Text(this JsonElement of, string name) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public static IEnumerable<JsonElement> Items(this JsonElement of, params ReadOnlySpan<string> path)
    {
        foreach (string name in path)
        {
            if (of.ValueKind != JsonValueKind.Object || !of.TryGetProperty(name, out of))
                return [];
        }
        return of.ValueKind == JsonValueKind.Array ? of.EnumerateArray() : [];
    }

    public static IReadOnlyList<string> Texts(this JsonElement of, string name) => [.. of.Items(name).Where(i => i.ValueKind == JsonValueKind.String).Select(i => i.GetString()!)];
}
