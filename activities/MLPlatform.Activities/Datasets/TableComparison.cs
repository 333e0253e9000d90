using System.Globalization;
using DuckDB.NET.Data;
using MLPlatform.Activities.Tables;
using MLPlatform.Core.Datasets;

namespace MLPlatform.Activities.Datasets;

/// <summary>Compares the attached tables <c>old</c> and <c>new</c>.</summary>
internal static class TableComparison
{
    public static TableDiff Of(DuckSession session, IReadOnlyList<string> keys, CancellationToken cancel)
    {
        List<(string Name, string Type)> old = [.. session.Columns("old")], now = [.. session.Columns("new")];
        foreach (string key in keys)
        {
            if (!old.Exists(c => c.Name == key) || !now.Exists(c => c.Name == key))
                throw DataErrors.Bad("DSET-010", $"The key column '{key}' is not in both versions. Compare by other columns, or by none.");
        }
        cancel.ThrowIfCancellationRequested();
        List<ColumnDiff> columns = [];
        foreach ((string name, string type) in now.Concat(old.Where(o => !now.Exists(n => n.Name == o.Name))))
        {
            cancel.ThrowIfCancellationRequested();
            columns.Add(new ColumnDiff(name,
                old.Exists(c => c.Name == name) ? Summary(session, "old", name, old.Find(c => c.Name == name).Type) : null,
                now.Exists(c => c.Name == name) ? Summary(session, "new", name, type) : null));
        }
        return new TableDiff(session.Count("SELECT count(*) FROM old"), session.Count("SELECT count(*) FROM \"new\""),
            keys.Count == 0 ? null : KeyComparison.Of(session, keys, [.. now.Where(n => old.Exists(o => o == n)).Select(c => c.Name).Except(keys)]), columns);
    }

    internal static ColumnSummary Summary(DuckSession session, string table, string column, string type)
    {
        string name = DuckSession.Name(column);
        string mean = type is "BIGINT" or "DOUBLE" ? $"avg({name})" : "NULL";
        using DuckDBCommand command = session.Connection.CreateCommand();
        command.CommandText = $"SELECT count(*) - count({name}), approx_count_distinct({name}), min({name})::VARCHAR, max({name})::VARCHAR, {mean} FROM {DuckSession.Name(table)}";
        using DuckDBDataReader row = command.ExecuteReader();
        row.Read();
        double? average = row.IsDBNull(4) ? null : row.GetDouble(4);
        return new ColumnSummary(row.GetInt64(0), Convert.ToInt64(row.GetValue(1), CultureInfo.InvariantCulture), Short(row, 2), Short(row, 3),
            average is { } value && double.IsFinite(value) ? value : null);
    }

    private static string? Short(DuckDBDataReader row, int at) =>
        row.IsDBNull(at) ? null : row.GetString(at) is { Length: > 100 } text ? text[..100] + "…" : row.GetString(at);
}
