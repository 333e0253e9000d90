using MLPlatform.Core.Activities;

namespace MLPlatform.Activities.Tables;

/// <summary>Expressions that people write inside queries of our own.</summary>
internal static class SqlExpression
{
    /// <summary>Refuses what is not exactly one expression over the columns of a relation.</summary>
    /// <param name="code">The code to refuse it with.</param>
    /// <param name="what">What it is, at the start of a sentence.</param>
    /// <returns>DuckDB's type of it.</returns>
    public static string Check(DuckSession session, string expression, string relation, string code, string what)
    {
        try
        {
            // Alone first, so that it is told apart from our own SQL. The line end closes a comment at its end.
            IReadOnlyList<(string Name, string Type)> columns = session.ColumnsOf($"SELECT ({expression}\n) FROM {relation}");
            return columns.Count == 1 ? columns[0].Type
                : throw DataErrors.Bad(code, $"{what} is no single SQL expression: write one value, without commas outside of parentheses.");
        }
        catch (ActivityException problem) when (problem.Code != code)
        {
            throw DataErrors.Bad(code, $"{what} is no SQL expression over the table's columns: {problem.Message}", problem);
        }
    }
}
