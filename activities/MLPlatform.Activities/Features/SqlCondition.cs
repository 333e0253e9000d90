using System.Text.Json;
using DuckDB.NET.Data;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;

namespace MLPlatform.Activities.Features;

/// <summary>
/// Conditions that features put on their rows. They may look at one row and nothing else: a subquery or a window function
/// would see rows that nobody knew at the time.
/// </summary>
internal static class SqlCondition
{
    private static readonly string[] Reaching = ["SUBQUERY", "WINDOW"];

    public static void Require(DuckSession session, string feature, string condition)
    {
        string sql = $"SELECT (\n{condition}\n)::BOOLEAN AS c FROM rows";
        using (DuckDBCommand command = session.Connection.CreateCommand())
        {
            command.CommandText = $"SELECT json_serialize_sql({DuckSession.Quote(sql)})";
            using JsonDocument parsed = JsonDocument.Parse((string)command.ExecuteScalar()!);
            JsonElement root = parsed.RootElement;
            if (root.GetProperty("error").GetBoolean())
                throw Bad(feature, root.TryGetProperty("error_message", out JsonElement why) ? why.GetString()! : "it cannot be read");
            JsonElement statements = root.GetProperty("statements");
            if (statements.GetArrayLength() != 1 || !IsOurs(statements[0].GetProperty("node")))
                throw Bad(feature, "it is more than one condition");
            if (Classes(root).FirstOrDefault(Reaching.Contains) is { } reaching)
                throw Bad(feature, $"it has a {(reaching == "WINDOW" ? "window function" : "subquery")}, which looks at other rows than the one it is about");
        }
        try
        {
            DuckQuery.Prepare(session, sql).Dispose();
        }
        catch (ActivityException problem)
        {
            throw Bad(feature, problem.Message);
        }
    }

    // One column, our table, nothing after it: the text did not close our parenthesis and go on.
    private static bool IsOurs(JsonElement node) =>
        node.GetProperty("type").GetString() == "SELECT_NODE" && node.GetProperty("select_list").GetArrayLength() == 1
        && node.GetProperty("select_list")[0].GetProperty("alias").GetString() == "c"
        && node.GetProperty("where_clause").ValueKind == JsonValueKind.Null
        && node.GetProperty("from_table").GetProperty("type").GetString() == "BASE_TABLE";

    private static IEnumerable<string> Classes(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(p => p.Name == "class" && p.Value.ValueKind == JsonValueKind.String
            ? [p.Value.GetString()!] : Classes(p.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Classes),
        _ => [],
    };

    private static ActivityException Bad(string feature, string why) =>
        DataErrors.Bad("FEAT-012", $"The condition of the feature '{feature}' cannot be used: {why}");
}
