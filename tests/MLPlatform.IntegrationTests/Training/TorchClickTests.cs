using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Training;

/// <summary>samples/torch-click with real torch, on a few rows.</summary>
public sealed class TorchClickTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    [Fact]
    public async Task It_trains_DeepFM_on_made_up_clicks_and_logs_to_the_run_of_its_attempt()
    {
        TorchHere.SkipWithout();
        string folder = Path.Combine(Repository.Root, "samples", "torch-click");
        JsonNode file = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "pipeline.json"), TestContext.Current.CancellationToken))!;
        file["parameters"]!["script"]!["default"] = Path.Combine(folder, "train.py");
        file["activities"]!["train"]!["inputs"]!["code"] = new JsonArray(Path.Combine(folder, "train.py"));
        Guid id = await platform.StartAsync(file.ToJsonString(), new { rows = 6000, batch = 500, rates = (double[])[0.05, 0.1], repeats = 2, device = "cpu" });
        JsonElement run = await platform.WaitAsync(id, "succeeded");
        JsonElement[] activities = [.. run.GetProperty("activities").EnumerateArray()];
        JsonElement outputs = activities.Single(a => a.GetProperty("name").GetString() == "train").GetProperty("outputs");
        Assert.Equal(("cpu", "float32", 2), (outputs.GetProperty("device").GetString(), outputs.GetProperty("precision").GetString(), outputs.GetProperty("eachSamplesPerSecond").GetArrayLength()));
        Assert.Contains(outputs.GetProperty("rate").GetDouble(), (double[])[0.05, 0.1]);
        Assert.InRange(outputs.GetProperty("auc").GetDouble(), 0.6, run.GetProperty("outputs").GetProperty("bestAuc").GetDouble());
        Assert.Equal("folder", outputs.GetProperty("model").GetProperty("kind").GetString());
        JsonElement tracked = await platform.GetJsonAsync($"api/2.0/mlflow/metrics/get-history?run_id={id:N}-1-1&metric_key=auc");
        Assert.Equal([1, 2, 3, 4], tracked.GetProperty("metrics").EnumerateArray().Select(p => p.GetProperty("step").GetInt32()));
    }
}
