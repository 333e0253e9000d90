using System.Globalization;
using System.Text.Json;
using DuckDB.NET.Data;
using MLPlatform.Core.Activities;
using MLPlatform.Core.Artifacts;
using MLPlatform.IntegrationTests.Pipelines;
using MLPlatform.Tests;
using MLPlatform.Tests.Tables;
using Xunit;

namespace MLPlatform.IntegrationTests.Data;

public sealed class RetailQualityTests : IDisposable
{
    private static readonly string[] Warnings = ["notNull(CustomerID)", "notNull(Description)", "sold, not lost", "unique(InvoiceNo, StockCode, Quantity)"];

    private readonly TestActivityContext _context = new();

    public void Dispose() => _context.Dispose();

    [Fact]
    public async Task The_check_finds_what_sql_finds_in_the_files_themselves()
    {
        string data = SharedData.File("data/online_retail_daily");

        string written = Path.Combine(_context.NewFolder(), "revenue.csv");
        Dictionary<string, JsonElement> run = await InProcess.RunAsync(_context, "workflows/retail-quality.json", new { data, asOf = "2011-07-01", @out = written });

        JsonElement outputs = run["outputs"];
        long[] truth = Truth(data);
        Assert.True(outputs.GetProperty("passed").GetBoolean());
        Assert.Equal(truth[0], outputs.GetProperty("rows").GetInt64());
        Assert.Equal(truth[1], outputs.GetProperty("groups").GetInt64());
        Assert.Equal(Warnings, outputs.GetProperty("warnings").EnumerateArray().Select(w => w.GetString()));
        Dictionary<string, JsonElement> found = (await ReadAsync(outputs.GetProperty("report").Deserialize<ArtifactRef>(ActivityJson.Options)!))
            .GetProperty("expectations").EnumerateArray().ToDictionary(e => e.GetProperty("name").GetString()!, e => e.GetProperty("figures"));
        Assert.Equal(truth[2..], Warnings.Select(name => found[name].GetProperty("broken").GetInt64()));
        double revenue = (await _context.ReadAsync(outputs.GetProperty("table").Deserialize<ArtifactRef>(ActivityJson.Options)!, "sum(Revenue)"))
            .Select(r => double.Parse(r[0]!, CultureInfo.InvariantCulture)).Single();
        Assert.Equal(Revenue(data), revenue, 2);
        Assert.Equal(truth[1] + 1, (await File.ReadAllLinesAsync(written, TestContext.Current.CancellationToken)).LongLength);
    }

    private async Task<JsonElement> ReadAsync(ArtifactRef report)
    {
        string folder = _context.NewFolder();
        await _context.Artifacts.LayOutAsync(report.Hash, folder, TestContext.Current.CancellationToken);
        return JsonElement.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "result.json"), TestContext.Current.CancellationToken));
    }

    private static long[] Truth(string data) => Query(data, """
        SELECT count(*), count(DISTINCT (date_trunc('week', InvoiceDate), Country)) FILTER (InvoiceNo NOT LIKE 'C%' AND Quantity > 0),
          count(*) FILTER (CustomerID IS NULL), count(*) FILTER (trim(coalesce(Description, '')) = ''), count(*) FILTER (Quantity <= 0),
          count(*) - count(DISTINCT (InvoiceNo, StockCode, Quantity)) FROM lines
        """, value => Convert.ToInt64(value, CultureInfo.InvariantCulture));

    private static double Revenue(string data) =>
        Query(data, "SELECT sum(Quantity * UnitPrice::DECIMAL(18,3))::DOUBLE FROM lines WHERE InvoiceNo NOT LIKE 'C%' AND Quantity > 0", value => (double)value)[0];

    /// <summary>From the compressed files by DuckDB's own CSV reader.</summary>
    private static T[] Query<T>(string data, string sql, Func<object, T> convert)
    {
        using DuckDBConnection connection = new("DataSource=:memory:");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = $"""
            WITH lines AS (SELECT InvoiceNo, StockCode, Description, Quantity::INTEGER AS Quantity, InvoiceDate::TIMESTAMP AS InvoiceDate, UnitPrice, CustomerID, Country
              FROM read_csv('{data}/*.csv.gz', header = true, all_varchar = true) WHERE InvoiceDate::TIMESTAMP >= '2011-03-15')
            {sql}
            """;
        using DuckDBDataReader row = command.ExecuteReader();
        row.Read();
        return [.. Enumerable.Range(0, row.FieldCount).Select(i => convert(row.GetValue(i)))];
    }
}
