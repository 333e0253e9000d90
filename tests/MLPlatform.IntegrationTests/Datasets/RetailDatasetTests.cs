using System.Text.Json;
using MLPlatform.IntegrationTests.Samples;
using MLPlatform.Tests;
using Xunit;

namespace MLPlatform.IntegrationTests.Datasets;

/// <summary>The shipped pipeline that publishes and reads a dataset, on the public sales files, through the command line.</summary>
public sealed class RetailDatasetTests : IDisposable
{
    private readonly MlpCommandLine _mlp = new();
    private readonly string _days = Directory.CreateTempSubdirectory("mlp-retail-").FullName;

    public void Dispose()
    {
        _mlp.Dispose();
        Directory.Delete(_days, recursive: true);
    }

    [Fact]
    public async Task A_dataset_grows_by_the_day_shares_its_files_and_shows_what_changed()
    {
        // 1. Two days, then one more; the third run brings nothing new.
        AddDays("2010-12-01", "2010-12-02");
        JsonElement first = await RunAsync();
        AddDays("2010-12-03");
        JsonElement second = await RunAsync();
        JsonElement third = await RunAsync();
        Assert.Equal((1, true, 2), Facts(first));
        Assert.Equal((2, true, 3), Facts(second));
        Assert.Equal((2, false, 3), Facts(third));
        Assert.Equal(second.GetProperty("summary").ToString(), third.GetProperty("summary").ToString());

        // 2. What people see of it.
        JsonElement shown = await JsonAsync("datasets", "show", "retail-sales");
        Assert.Equal([2, 1], shown.GetProperty("versions").EnumerateArray().Select(v => v.GetProperty("version").GetInt32()));
        Assert.Equal(first.GetProperty("rows").GetInt64(), shown.GetProperty("versions")[1].GetProperty("rows").GetInt64());
        JsonElement preview = await JsonAsync("datasets", "preview", "retail-sales", "--rows", "3");
        Assert.Equal(("536365", 3), (preview.GetProperty("rows")[0][0].GetString(), preview.GetProperty("rows").GetArrayLength()));
        JsonElement diff = await JsonAsync("datasets", "diff", "retail-sales", "1", "2");
        Assert.Equal(["2010-12-03"], diff.GetProperty("daysAdded").EnumerateArray().Select(d => d.GetString()));
        JsonElement keys = diff.GetProperty("content").GetProperty("byKey");
        Assert.Equal((0L, 0L), (keys.GetProperty("removed").GetInt64(), keys.GetProperty("changed").GetInt64()));
        Assert.True(keys.GetProperty("added").GetInt64() > 1000, keys.ToString());

        // 3. As tables, too.
        (int status, string output, string error) = await _mlp.CallAsync("datasets", "diff", "retail-sales", "1", "2");
        Assert.True(status == 0, error);
        Assert.Contains("days: 1 added, 0 removed", output, StringComparison.Ordinal);
        (status, output, _) = await _mlp.CallAsync("datasets", "list");
        Assert.Equal(0, status);
        Assert.Contains("retail-sales", output, StringComparison.Ordinal);
        (status, _, error) = await _mlp.CallAsync("datasets", "preview", "retail-sales", "--version", "7");
        Assert.Equal(2, status);
        Assert.Contains("API-004", error, StringComparison.Ordinal);
    }

    private static (int, bool, int) Facts(JsonElement outputs) =>
        (outputs.GetProperty("version").GetInt32(), outputs.GetProperty("isNew").GetBoolean(), outputs.GetProperty("days").GetInt32());

    private void AddDays(params string[] days)
    {
        foreach (string day in days)
            File.Copy(Path.Combine(SharedData.File("data/online_retail_daily"), $"{day}.csv.gz"), Path.Combine(_days, $"{day}.csv.gz"));
    }

    private async Task<JsonElement> RunAsync() => (await _mlp.RunAsync("workflows/retail-dataset.json", $"data={_days}")).GetProperty("outputs");

    private async Task<JsonElement> JsonAsync(params string[] arguments)
    {
        (int status, string output, string error) = await _mlp.CallAsync([.. arguments, "--json"]);
        Assert.True(status == 0, error);
        return JsonElement.Parse(output);
    }
}
