using DuckDB.NET.Data;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Datasets;

namespace MLPlatform.Activities.Datasets;

/// <summary>Compares the rows of the attached tables <c>old</c> and <c>new</c> by key.</summary>
internal static class KeyComparison
{
    public static KeyDiff Of(DuckSession session, IReadOnlyList<string> keys, IReadOnlyList<string> others)
    {
        string list = string.Join(", ", keys.Select(DuckSession.Name));
        // One row for each key; of rows with the same key the sum of their hashes stands for all.
        string rest = others.Count == 0 ? "0" : $"sum(hash({string.Join(", ", others.Select(DuckSession.Name))})::HUGEINT)";
        string One(string table) => $"(SELECT {list}, {rest} AS _mlp_rest, count(*) AS _mlp_rows FROM {DuckSession.Name(table)} GROUP BY ALL)";
        session.Execute($"""
            CREATE TEMP TABLE _mlp_diff AS
            SELECT {string.Join(", ", keys.Select(k => $"coalesce(n.{DuckSession.Name(k)}, o.{DuckSession.Name(k)}) AS {DuckSession.Name(k)}"))},
              CASE WHEN o._mlp_rows IS NULL THEN 'added' WHEN n._mlp_rows IS NULL THEN 'removed' WHEN o._mlp_rest <> n._mlp_rest OR o._mlp_rows <> n._mlp_rows THEN 'changed' ELSE 'same' END AS _mlp_kind,
              coalesce(o._mlp_rows, 0) > 1 OR coalesce(n._mlp_rows, 0) > 1 AS _mlp_repeated
            FROM {One("old")} o FULL JOIN {One("new")} n ON {string.Join(" AND ", keys.Select(k => $"o.{DuckSession.Name(k)} IS NOT DISTINCT FROM n.{DuckSession.Name(k)}"))}
            """);
        long[] counts = session.Counts("""
            SELECT count(*) FILTER (_mlp_kind = 'added'), count(*) FILTER (_mlp_kind = 'removed'), count(*) FILTER (_mlp_kind = 'changed'), count(*) FILTER (_mlp_repeated) FROM _mlp_diff
            """);
        return new KeyDiff(counts[0], counts[1], counts[2], counts[3],
            new KeyExamples(SomeKeys(session, keys, "added"), SomeKeys(session, keys, "removed"), SomeKeys(session, keys, "changed")));
    }

    private static List<string> SomeKeys(DuckSession session, IReadOnlyList<string> keys, string kind)
    {
        using DuckDBCommand command = session.Connection.CreateCommand();
        string list = string.Join(", ", keys.Select(DuckSession.Name));
        command.CommandText = $"SELECT {string.Join(", ", keys.Select(k => $"{DuckSession.Name(k)}::VARCHAR"))} FROM _mlp_diff WHERE _mlp_kind = '{kind}' ORDER BY {list} LIMIT 5";
        using DuckDBDataReader rows = command.ExecuteReader();
        List<string> found = [];
        while (rows.Read())
            found.Add(string.Join(" / ", keys.Select((_, i) => rows.IsDBNull(i) ? "" : rows.GetString(i))));
        return found;
    }
}
