using System.Globalization;
using System.Text.Json;
using DuckDB.NET.Data;
using MLPlatform.Tests;
using Xunit;

namespace MLPlatform.IntegrationTests.Samples;

/// <summary>The shipped pipelines on public data, through the command line, the engine and the workers.</summary>
public sealed class RealInputTests : IDisposable
{
    private readonly MlpCommandLine _mlp = new();

    public void Dispose() => _mlp.Dispose();

    [Fact]
    public async Task Five_rules_label_most_messages_and_most_of_them_right()
    {
        JsonElement outputs = await OutputsAsync("workflows/label-rules.json", "data/extra_sms_spam");
        Assert.InRange(outputs.GetProperty("labeled").GetInt32(), 5000, 5574);
        Assert.InRange(outputs.GetProperty("accuracy").GetDouble(), 0.9, 1);
    }

    [Fact]
    public async Task People_are_asked_about_the_messages_that_a_model_of_guessed_labels_is_least_sure_of()
    {
        JsonElement outputs = await OutputsAsync("workflows/label-next.json", "data/extra_sms_spam", "items=7", "within=PT1S");
        Assert.Equal((7, 0), (outputs.GetProperty("items").GetInt32(), outputs.GetProperty("labeled").GetInt32()));
    }

    [Fact]
    public async Task The_census_is_predicted_with_an_auc_of_at_least_090_on_the_given_test_file()
    {
        JsonElement outputs = await OutputsAsync("workflows/adult-census.json", "data/adult_census");
        Assert.InRange(outputs.GetProperty("auc").GetDouble(), 0.90, 0.95);
    }

    [Fact]
    public async Task Text_messages_are_told_apart_with_an_accuracy_of_at_least_097()
    {
        JsonElement outputs = await OutputsAsync("workflows/sms-spam.json", "data/extra_sms_spam");
        Assert.InRange(outputs.GetProperty("accuracy").GetDouble(), 0.97, 1);
    }

    [Fact]
    public async Task Settings_for_text_messages_are_searched_and_the_best_ones_tested_on_rows_that_no_trial_saw()
    {
        JsonElement outputs = await OutputsAsync("workflows/sms-spam-search.json", "data/extra_sms_spam", "trials=4", "epochs=5");
        Assert.Equal(4, outputs.GetProperty("completed").GetInt32() + outputs.GetProperty("stopped").GetInt32());
        Assert.InRange(outputs.GetProperty("accuracy").GetDouble(), 0.97, 1);
    }

    [Theory]
    [InlineData("bts", 69)]
    [InlineData("random", 46)]
    public async Task Every_click_of_the_open_bandit_finds_its_impression(string policy, long clicks)
    {
        JsonElement outputs = await OutputsAsync("workflows/open-bandit.json", "data/open_bandit_men", $"policy={policy}");
        Assert.Equal((10_000, clicks), (outputs.GetProperty("impressions").GetInt64(), outputs.GetProperty("clicks").GetInt64()));
    }

    [Fact]
    public async Task The_online_retail_report_counts_what_sql_counts()
    {
        JsonElement outputs = await OutputsAsync("workflows/online-retail.json", "data/online_retail_daily");
        Dictionary<string, long> truth = Count(SharedData.File("data/online_retail_daily"));
        Assert.Equal(truth, truth.Keys.ToDictionary(name => name, name => outputs.GetProperty(name).GetInt64()));
        Assert.Equal(truth["read"], outputs.GetProperty("kept").GetInt64() + outputs.GetProperty("rejected").GetInt64());
    }

    [Fact]
    public async Task The_sales_are_checked_and_summed_up_by_week_and_country()
    {
        JsonElement outputs = await OutputsAsync("workflows/retail-quality.json", "data/online_retail_daily", $"out={Path.Combine(_mlp.Home, "revenue.parquet")}");
        Assert.True(File.Exists(Path.Combine(_mlp.Home, "revenue.parquet")));
        Assert.Equal((true, 126_346, 4), (outputs.GetProperty("passed").GetBoolean(), outputs.GetProperty("rows").GetInt64(), outputs.GetProperty("warnings").GetArrayLength()));
    }

    private async Task<JsonElement> OutputsAsync(string workflow, string data, params string[] parameters)
    {
        JsonElement run = await _mlp.RunAsync(workflow, [$"data={SharedData.File(data)}", .. parameters]);
        return run.GetProperty("outputs");
    }

    private static Dictionary<string, long> Count(string folder)
    {
        using DuckDBConnection connection = new("DataSource=:memory:");
        connection.Open();
        using DuckDBCommand command = connection.CreateCommand();
        command.CommandText = $"""
            WITH counted AS (SELECT *, count(*) OVER same AS copies, row_number() OVER same AS copy FROM read_csv('{folder}/*.csv.gz', all_varchar = true)
              WINDOW same AS (PARTITION BY InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID, Country))
            SELECT count(*) AS read, count(*) FILTER (copy > 1) AS duplicates, count(*) FILTER (CustomerID IS NULL) AS missingCustomer,
              count(*) FILTER (InvoiceNo LIKE 'C%') AS cancellations, count(*) FILTER (Quantity::INT <= 0 OR UnitPrice::DOUBLE <= 0) AS nonPositive
            FROM counted
            """;
        using DuckDBDataReader row = command.ExecuteReader();
        row.Read();
        return Enumerable.Range(0, row.FieldCount).ToDictionary(row.GetName, i => Convert.ToInt64(row.GetValue(i), CultureInfo.InvariantCulture));
    }
}
