using System.Globalization;
using DuckDB.NET.Data;
using MLPlatform.Core.Artifacts;

namespace MLPlatform.Tests.Tables;

/// <summary>Reads table artifacts back with DuckDB alone, so that nothing of the product is used to check the product.</summary>
internal static class TableRows
{
    /// <summary>Rows as text: values in the order of the columns, <c>null</c> for missing ones.</summary>
    public static async Task<List<string?[]>> ReadAsync(this TestActivityContext context, ArtifactRef table, string columns = "*", string? tail = null)
    {
        List<string?[]> rows = [];
        using DuckDBConnection connection = new("DataSource=:memory:");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = $"SELECT {columns} FROM {await context.RelationAsync(table)} {tail}";
        using DuckDBDataReader reader = command.ExecuteReader();
        while (reader.Read())
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : Text(reader.GetValue(i)))]);
        return rows;
    }

    public static async Task<long> CountAsync(this TestActivityContext context, ArtifactRef table, string where = "true") =>
        long.Parse((await context.ReadAsync(table, "count(*)", $"WHERE {where}"))[0][0]!, CultureInfo.InvariantCulture);

    /// <summary>Column names and DuckDB's types.</summary>
    public static async Task<string> SchemaAsync(this TestActivityContext context, ArtifactRef table)
    {
        using DuckDBConnection connection = new("DataSource=:memory:");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = $"SELECT column_name || ' ' || column_type FROM (DESCRIBE SELECT * FROM {await context.RelationAsync(table)})";
        using DuckDBDataReader reader = command.ExecuteReader();
        List<string> columns = [];
        while (reader.Read())
            columns.Add(reader.GetString(0));
        return string.Join(", ", columns);
    }

    public static async Task<string> RelationAsync(this TestActivityContext context, ArtifactRef table)
    {
        string folder = context.NewFolder();
        await context.Artifacts.LayOutAsync(table.Hash, folder, default);
        IEnumerable<string> files = Directory.EnumerateFiles(folder, "*.parquet", SearchOption.AllDirectories).Order(StringComparer.Ordinal);
        return $"read_parquet([{string.Join(", ", files.Select(f => $"'{f}'"))}])";
    }

    private static string Text(object value) => value switch
    {
        DateTime time => time.ToString("yyyy-MM-dd HH:mm:ss.ffffff", CultureInfo.InvariantCulture),
        DateOnly day => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        double number => number.ToString("R", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
