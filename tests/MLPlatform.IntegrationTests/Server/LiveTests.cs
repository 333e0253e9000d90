using System.Net.ServerSentEvents;
using System.Text.Json;
using Xunit;

namespace MLPlatform.IntegrationTests.Server;

/// <summary>What is told of a run while it runs, over REST and as server-sent events.</summary>
public sealed class LiveTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    private const string Script = """
        import json, os, sys, time
        folder = os.environ["MLP_ATTEMPT_DIR"]
        with open(folder + "/metrics.jsonl", "w") as f:
            for step in range(1, 4):
                f.write(json.dumps({"name": "loss", "value": 1 / step, "step": step}) + "\n")
        if len(sys.argv) > 2:
            json.dump({"fraction": 0.5, "message": "epoch 3"}, open(folder + "/progress.json", "w"))
        while not os.path.exists(sys.argv[1]):
            time.sleep(0.02)
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_running_attempt_is_told_with_its_metrics_use_and_what_is_left()
    {
        string folder = Directory.CreateTempSubdirectory("mlp-live-").FullName, go = Path.Combine(folder, "go");
        Guid run = await StartAsync(folder, "live-one", "far");
        JsonElement told = await ProgressAsync(run, a => a.GetProperty("metrics").GetArrayLength() == 1 && a.TryGetProperty("usage", out _));
        JsonElement train = told.GetProperty("activities")[0];
        Assert.Equal(("train", 1, 0.5, "epoch 3", "progress"), (
            train.GetProperty("activity").GetString()!, train.GetProperty("attempt").GetInt32(), train.GetProperty("fraction").GetDouble(),
            train.GetProperty("message").GetString()!, train.GetProperty("basis").GetString()!));
        Assert.Equal(train.GetProperty("seconds").GetDouble(), train.GetProperty("secondsLeft").GetDouble(), 0.11); // Half is done.
        Assert.Equal(("loss", 3L), (train.GetProperty("metrics")[0].GetProperty("name").GetString()!, train.GetProperty("metrics")[0].GetProperty("step").GetInt64()));
        Assert.True(train.GetProperty("usage").GetProperty("memoryBytes").GetInt64() > 0);
        Assert.Equal(train.GetProperty("secondsLeft").GetDouble(), told.GetProperty("secondsLeft").GetDouble()); // It is all that is left of the run.
        JsonElement attempt = (await platform.GetJsonAsync($"api/v1/runs/{run}/attempts"))[0];
        Assert.Equal(("running", true), (attempt.GetProperty("state").GetString()!, attempt.GetProperty("usage").GetProperty("peakMemoryBytes").GetInt64() > 0));
        JsonElement history = await platform.GetJsonAsync($"api/2.0/mlflow/metrics/get-history?run_id={run:N}-0-1&metric_key=loss");
        Assert.Equal([1, 2, 3], history.GetProperty("metrics").EnumerateArray().Select(m => m.GetProperty("step").GetInt32()));

        await File.WriteAllTextAsync(go, "", Cancel);
        await platform.WaitAsync(run, "succeeded");
        JsonElement done = await platform.GetJsonAsync($"api/v1/runs/{run}/progress");
        Assert.Equal((false, 0), (done.TryGetProperty("secondsLeft", out _), done.GetProperty("activities").GetArrayLength()));
        Assert.Equal(3, (await platform.GetJsonAsync($"api/v1/runs/{run}/metrics")).GetArrayLength());
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task What_does_not_say_how_far_it_is_is_told_from_how_long_it_took_before()
    {
        string folder = Directory.CreateTempSubdirectory("mlp-live-").FullName, go = Path.Combine(folder, "go");
        Guid first = await StartAsync(folder, "live-again");
        await ProgressAsync(first, a => a.GetProperty("seconds").GetDouble() > 2 && !a.TryGetProperty("secondsLeft", out _));
        await File.WriteAllTextAsync(go, "", Cancel);
        await platform.WaitAsync(first, "succeeded");
        File.Delete(go);
        Guid second = await StartAsync(folder, "live-again", attempt: 2);
        JsonElement told = await ProgressAsync(second, a => a.TryGetProperty("secondsLeft", out _));
        Assert.Equal("history", told.GetProperty("activities")[0].GetProperty("basis").GetString());
        Assert.InRange(told.GetProperty("secondsLeft").GetDouble(), 0, 60);
        await File.WriteAllTextAsync(go, "", Cancel);
        await platform.WaitAsync(second, "succeeded");
        Directory.Delete(folder, recursive: true);
    }

    private async Task<Guid> StartAsync(string folder, string id, string? far = null, int attempt = 1)
    {
        string script = Path.Combine(folder, "train.py");
        await File.WriteAllTextAsync(script, Script + $"# {attempt}", Cancel);
        return await platform.StartAsync(JsonSerializer.Serialize(new
        {
            id,
            advanced = new { cache = "off" },
            activities = new { train = new { type = "train.script", inputs = new { command = far is null ? (string[])["python3", script, Path.Combine(folder, "go")] : ["python3", script, Path.Combine(folder, "go"), far] } } },
        }));
    }

    // The first progress event of which an activity fulfils the condition.
    private async Task<JsonElement> ProgressAsync(Guid run, Func<JsonElement, bool> condition)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        deadline.CancelAfter(Eventually.Patience);
        await using Stream events = await platform.Client.GetStreamAsync($"api/v1/runs/{run}/events", deadline.Token);
        await foreach (SseItem<string> item in SseParser.Create(events).EnumerateAsync(deadline.Token))
        {
            if (item.EventType == "progress" && JsonElement.Parse(item.Data) is var progress && progress.GetProperty("activities").EnumerateArray().Any(condition))
                return progress;
        }
        throw new InvalidOperationException("the run ended before");
    }
}
