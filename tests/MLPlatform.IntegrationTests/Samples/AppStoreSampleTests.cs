using System.Text.Json;
using MLPlatform.Activities.Samples.AppStore;
using Xunit;

namespace MLPlatform.IntegrationTests.Samples;

public sealed class AppStoreSampleTests : IDisposable
{
    private static readonly AppStoreSettings Small = new() { Days = 3, Users = 200, ImpressionsPerDay = 4000 };

    private readonly MlpCommandLine _mlp = new();

    public void Dispose() => _mlp.Dispose();

    [Fact]
    public async Task The_sample_keeps_and_labels_exactly_what_the_simulator_wrote()
    {
        (AppStoreTruth truth, _) = await WriteAsync();
        JsonElement run = await _mlp.RunAsync("samples/appstore/pipeline.json", "days=3", "users=200", "impressionsPerDay=4000");
        AssertTruth(truth, run.GetProperty("outputs"));
    }

    [Fact]
    public async Task The_workflow_does_the_same_with_logs_in_a_folder()
    {
        (AppStoreTruth truth, string folder) = await WriteAsync();
        JsonElement run = await _mlp.RunAsync("workflows/appstore-ctr.json", $"data={folder}");
        AssertTruth(truth, run.GetProperty("outputs"));
    }

    [Fact]
    public async Task The_funnel_counts_the_clicks_and_downloads_that_the_simulator_made()
    {
        (AppStoreTruth truth, _) = await WriteAsync();
        JsonElement outputs = (await _mlp.RunAsync("workflows/appstore-funnel.json", "days=3", "users=200", "impressionsPerDay=4000", "keep=0.5")).GetProperty("outputs");

        Assert.Equal(truth.Clicked, outputs.GetProperty("clicks").GetInt64());
        Assert.InRange(outputs.GetProperty("downloads").GetInt64(), 1, truth.Downloaded); // Of downloads whose click was lost nothing is known.
        Assert.Equal(truth.Impressions.Sound, outputs.GetProperty("impressions").GetInt64());
        Assert.InRange(outputs.GetProperty("rows").GetInt64(), truth.Clicked + 1, truth.Impressions.Sound - 1);
    }

    [Fact]
    public async Task The_demo_shows_its_results_and_takes_them_from_the_cache_the_second_time()
    {
        string[] demo = ["demo", "-p", "days=3", "-p", "users=200", "-p", "impressionsPerDay=4000", "--loop", "0"];
        (int status, string output, string error) = await _mlp.CallAsync(demo);
        Assert.True(status == 0, error + output);
        Assert.Contains("appstore-demo version 1, champion", output, StringComparison.Ordinal);
        string report = Path.Combine(_mlp.Home, "demo/report.html");
        Assert.Contains(report, output, StringComparison.Ordinal);
        Assert.StartsWith("<!doctype html>", await File.ReadAllTextAsync(report, TestContext.Current.CancellationToken), StringComparison.OrdinalIgnoreCase);

        (_, string second, _) = await _mlp.CallAsync(demo);
        Assert.Matches(@"\b1[34] of them from the cache", second);
    }

    private async Task<(AppStoreTruth Truth, string Folder)> WriteAsync()
    {
        string folder = Path.Combine(_mlp.Home, "logs");
        AppStoreTruth truth = await AppStoreSimulator.WriteAsync(
            Path.Combine(folder, "impressions"), Path.Combine(folder, "feedback"), Small, null, TestContext.Current.CancellationToken);
        return (truth, folder);
    }

    private static void AssertTruth(AppStoreTruth truth, JsonElement outputs)
    {
        (LogTruth impressions, LogTruth feedback) = (truth.Impressions, truth.Feedback);
        Assert.Equal(impressions.Lines + feedback.Lines, outputs.GetProperty("read").GetInt64());
        Assert.Equal(impressions.Broken + impressions.WrongType + feedback.Broken + feedback.WrongType, outputs.GetProperty("quarantined").GetInt64());
        Assert.Equal(impressions.MissingField + feedback.MissingField, outputs.GetProperty("missingField").GetInt64());
        Assert.Equal(impressions.Duplicates + feedback.Duplicates, outputs.GetProperty("duplicates").GetInt64());
        Assert.Equal(impressions.Sound, outputs.GetProperty("impressions").GetInt64());
        Assert.Equal(truth.Clicked, outputs.GetProperty("clicks").GetInt64());
        Assert.InRange(outputs.GetProperty("auc").GetDouble(), 0.55, truth.BayesAuc);
    }
}
