using System.Text.Json;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Lineage;

namespace MLPlatform.Activities.Lineage;

/// <summary>
/// Which columns of the inputs a query's columns are made of. DuckDB parses the query; views and tables that statements of ours
/// made are followed to the tables that were attached. What cannot be followed for certain is said to be unknown, never guessed.
/// </summary>
internal static class SqlColumns
{
    /// <param name="inputs">The path of the activity's input behind each attached table.</param>
    /// <param name="names">The result's columns in their order. Default: asked of DuckDB.</param>
    /// <returns>Null where it cannot be known; the attempt's log says why.</returns>
    public static ColumnLineage? Of(
        DuckSession session, string sql, IReadOnlyDictionary<string, string> inputs, ActivityContext context, IReadOnlyList<string>? names = null)
    {
        try
        {
            Traced traced = new SqlTrace(session, inputs).Query(sql);
            names ??= [.. session.ColumnsOf(sql).Select(c => c.Name)];
            if (names.Count != traced.Columns.Count)
                throw new NotTraceableException($"the query has {names.Count} columns and {traced.Columns.Count} were found");
            return new ColumnLineage([.. names.Select((n, i) => new MadeColumn(n, Sorted(traced.Columns[i].From)))], Sorted(traced.Rows));
        }
        catch (Exception problem) when (problem is NotTraceableException or ActivityException or JsonException)
        {
            context.Log($"Which columns the result's columns are made of is not known: {problem.Message}");
            return null;
        }
    }

    /// <summary>Each source once for each use; of the direct ones the strongest.</summary>
    public static IReadOnlyList<ColumnSource> Sorted(IEnumerable<ColumnSource> sources) =>
        [.. sources.GroupBy(s => (s.Input, s.Column, Use: s.IsDirect ? ColumnUse.Identity : s.Use)).Select(g => g.MaxBy(s => s.Use)!)
            .OrderBy(s => s.Input, StringComparer.Ordinal).ThenBy(s => s.Column, StringComparer.Ordinal).ThenBy(s => s.Use)];
}
