using System.Globalization;
using MLPlatform.Core.Runs;
using MLPlatform.Storage.Sql;

namespace MLPlatform.Storage.Lineage;

/// <summary>Questions about many things at once, in portions that every database takes.</summary>
internal static class Many
{
    private const int Portion = 200;

    /// <summary>Rows whose column is one of the values.</summary>
    /// <param name="sql">Ends where the condition on the column begins: <c>… WHERE hash</c>.</param>
    public static async Task<List<T>> WhereInAsync<T>(
        this Database database, string sql, IReadOnlyCollection<string> values, Func<SqlRow, T> map, CancellationToken cancel)
    {
        List<T> found = [];
        foreach (string[] portion in values.Chunk(Portion))
            found.AddRange(await database.ListAsync($"{sql} IN ({Places(portion.Length)})", [.. portion], map, cancel));
        return found;
    }

    /// <summary>Rows of the attempts.</summary>
    /// <param name="sql">Ends before WHERE.</param>
    /// <param name="prefix">The table's alias with a dot, or nothing.</param>
    /// <param name="numbered">Whether the rows tell attempts of a node apart.</param>
    public static async Task<List<T>> OfAttemptsAsync<T>(
        this Database database, string sql, string prefix, bool numbered, IReadOnlyCollection<AttemptId> attempts, Func<SqlRow, T> map, CancellationToken cancel)
    {
        List<T> found = [];
        foreach (AttemptId[] portion in attempts.Chunk(Portion / 3))
        {
            List<object?> values = [];
            List<string> conditions = [];
            foreach (AttemptId attempt in portion)
            {
                conditions.Add($"({prefix}run = {Place(values, attempt.Run.Value)} AND {prefix}node = {Place(values, attempt.Node)}"
                    + (numbered ? $" AND {prefix}number = {Place(values, attempt.Number)})" : ")"));
            }
            found.AddRange(await database.ListAsync($"{sql} WHERE {string.Join(" OR ", conditions)}", [.. values], map, cancel));
        }
        return found;
    }

    public static string Place(List<object?> values, object? value)
    {
        values.Add(value);
        return "$" + values.Count.ToString(CultureInfo.InvariantCulture);
    }

    private static string Places(int count) => string.Join(", ", Enumerable.Range(1, count).Select(i => "$" + i.ToString(CultureInfo.InvariantCulture)));
}
