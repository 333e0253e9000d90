using System.Globalization;
using System.Text.Json;
using DuckDB.NET.Data;
using MLPlatform.IntegrationTests.Pipelines;
using MLPlatform.Tests;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.IntegrationTests.Data;

public sealed class OnlineRetailTests : IDisposable
{
    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task The_cleaning_report_is_what_sql_finds_in_the_files_themselves()
    {
        string data = SharedData.File("data/online_retail_daily");

        Dictionary<string, JsonElement> run = await InProcess.RunAsync(_context, "workflows/online-retail.json", new { data });

        Dictionary<string, long> truth = Truth(data);
        Assert.All(truth, count => Assert.Equal($"{count.Key} {count.Value}", $"{count.Key} {run["outputs"].GetProperty(count.Key).GetInt64()}"));
        Assert.Equal(245_903, truth["read"]);
        Assert.Equal(truth["read"], truth["kept"] + truth["rejected"]);
        Assert.Equal(0, run["collect"].GetProperty("rejected").GetInt64());
        Assert.Equal(Directory.EnumerateFiles(data, "*.csv.gz").Count(), run["collect"].GetProperty("days").GetArrayLength());
    }

    /// <summary>The same counts from the compressed files by DuckDB's own CSV reader, all columns as text.</summary>
    private static Dictionary<string, long> Truth(string data)
    {
        using DuckDBConnection connection = new("DataSource=:memory:");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = $"""
            WITH lines AS (
              SELECT *, row_number() OVER (PARTITION BY InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID, Country) > 1 AS is_copy,
                CustomerID IS NULL AS is_nobody, left(InvoiceNo, 1) = 'C' AS is_cancelled,
                NOT (Quantity::INTEGER > 0 AND UnitPrice::DOUBLE > 0) AS is_nothing
              FROM read_csv('{data}/*.csv.gz', header = true, all_varchar = true))
            SELECT count(*) AS read, count(*) FILTER (NOT (is_copy OR is_nobody OR is_cancelled OR is_nothing)) AS kept,
              count(*) FILTER (is_copy OR is_nobody OR is_cancelled OR is_nothing) AS rejected, count(*) FILTER (is_copy) AS duplicates,
              count(*) FILTER (is_nobody) AS missingCustomer, count(*) FILTER (is_cancelled) AS cancellations, count(*) FILTER (is_nothing) AS nonPositive
            FROM lines
            """;
        using DuckDBDataReader row = command.ExecuteReader();
        row.Read();
        return Enumerable.Range(0, row.FieldCount).ToDictionary(row.GetName, i => Convert.ToInt64(row.GetValue(i), CultureInfo.InvariantCulture));
    }
}
