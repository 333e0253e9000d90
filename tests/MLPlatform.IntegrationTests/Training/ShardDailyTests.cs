using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.IntegrationTests.Server;
using MLPlatform.Vlps.Models;
using Xunit;

namespace MLPlatform.IntegrationTests.Training;

/// <summary>The daily case over shards, as pipelines: from yesterday's champion, with today's clicks alone.</summary>
public sealed class ShardDailyTests(TestPlatform platform) : IClassFixture<TestPlatform>, IDisposable
{
    private const int NewUsers = 300;

    private readonly RunWatch _watch = new(platform);
    private readonly string _folder = Directory.CreateTempSubdirectory("daily").FullName;
    private readonly string _name = "daily" + Guid.NewGuid().ToString("N")[..8];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_day_goes_on_from_the_champion_as_in_one_process_and_without_one_it_begins_anew()
    {
        JsonElement first = Outputs(await RunAsync(0));
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (first.GetProperty("changedRows").ValueKind, first.GetProperty("evictedRows").ValueKind));
        Assert.Equal(5, first.GetProperty("epochs").GetInt32());
        JsonElement run = await RunAsync(1, change: activities => activities["alone"] = Alone());
        JsonElement day = Outputs(run), alone = Outputs(run, "alone");
        Assert.Equal(1, day.GetProperty("epochs").GetInt32());
        foreach (string figure in (string[])["features", "changedRows", "evictedRows"])
            Assert.Equal(alone.GetProperty(figure).GetInt64(), day.GetProperty(figure).GetInt64());
        Assert.Equal(NewUsers, day.GetProperty("evictedRows").GetInt64()); // Who was there on the first day alone.
        Assert.Equal(alone.GetProperty("logLoss").GetDouble(), day.GetProperty("logLoss").GetDouble(), 0.005);
        Assert.Contains(FormattableString.Invariant($"evicted {NewUsers} rows, {day.GetProperty("features").GetInt64()} are left"), await _watch.LogAsync(run.GetProperty("id").GetGuid()), StringComparison.Ordinal);
        using ModelFolder before = ModelFolder.Load(await LayOutAsync(first, "before")), after = ModelFolder.Load(await LayOutAsync(day, "after"));
        Assert.True(before.LeadsTo(after.Description)); // A deployment takes the delta.
    }

    [Fact]
    public async Task Whatever_process_is_killed_and_when_the_attempt_is_lost_the_model_is_the_same()
    {
        await RunAsync(0);
        string whole = Model(await RunAsync(1));
        Guid run = await StartAsync(1, "restart");
        foreach ((string who, int step) in new[] { ("ps-1", 24), ("worker-0", 60), ("worker-1", 90) })
        {
            await _watch.LoggedAsync(run, $"[worker-0] step {step} ");
            RunWatch.Kill(RunWatch.Processes(run).Single(p => p.Name == who).Pid);
        }
        Assert.Equal(whole, Model(await _watch.WaitAsync(run, "succeeded")));

        Guid lost = await StartAsync(1, "stop");
        await _watch.LoggedAsync(lost, "[worker-0] step 60 ");
        RunWatch.Kill(RunWatch.Processes(lost).Single(p => p.Name is null).Pid);
        Assert.Equal(whole, Model(await _watch.WaitAsync(lost, "succeeded")));
        string retry = await _watch.LogAsync(lost);
        Assert.Matches(@"\[worker-0\] worker 0 begins after step [1-9]", retry);
        Assert.DoesNotContain("goes on from a model", retry, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_does_not_fit_the_model_is_refused_with_the_codes_of_train_vlps()
    {
        await RunAsync(0);
        foreach ((string parameter, string value, string code) in new[] { ("firstSquares", "0.5", "ML-019"), ("evict", """{ "afterTrainings": 0 }""", "ML-006"), ("evict", """{ "afterDays": 3 }""", "ML-006") })
        {
            Guid run = await StartAsync(1, "stop", activities => activities["train"]!["inputs"]!["parameters"]![parameter] = JsonNode.Parse(value), retried: false);
            await _watch.WaitAsync(run, "failed");
            Assert.Contains(code, await _watch.LogAsync(run), StringComparison.Ordinal);
        }
    }

    private async Task<JsonElement> RunAsync(int day, Action<JsonObject>? change = null) => await _watch.WaitAsync(await StartAsync(day, "restart", change), "succeeded");

    // The first day makes the champion; all others go on from it.
    private async Task<Guid> StartAsync(int day, string failure, Action<JsonObject>? change = null, bool retried = true)
    {
        JsonObject file = await ShardSample.ReadAsync(shards: 3, workers: 2, checkpoints: null, failure, Cancel), activities = file["activities"]!.AsObject();
        if (!retried)
            file.Remove("advanced");
        file["parameters"]!["rows"]!["default"] = 80_000;
        JsonNode sql = activities["clicks"]!["inputs"]!;
        sql["sql"] = ((string)sql["sql"]!)
            .Replace("FROM range(", FormattableString.Invariant($"FROM range({day}000000, {day}000000 + "), StringComparison.Ordinal)
            .Replace("'u' || u ", FormattableString.Invariant($"'u' || (u + {day * NewUsers}) "), StringComparison.Ordinal);
        JsonObject inputs = activities["train"]!["inputs"]!.AsObject();
        inputs["artifacts"]!["from"] = $"${{{{ models['{_name}'].champion }}}}";
        inputs["parameters"]!.AsObject().Remove("epochs");
        inputs["parameters"]!["evict"] = new JsonObject { ["afterTrainings"] = 1 };
        if (day == 0)
        {
            activities["register"] = new JsonObject
            {
                ["type"] = "model.register",
                ["inputs"] = new JsonObject { ["name"] = _name, ["model"] = "${{ activities.train.outputs.model }}", ["aliases"] = new JsonArray("champion") },
            };
        }
        change?.Invoke(activities);
        return await platform.StartAsync(file.ToJsonString());
    }

    private JsonObject Alone() => new()
    {
        ["type"] = "train.vlps",
        ["inputs"] = new JsonObject
        {
            ["samples"] = "${{ activities.split.outputs.train }}",
            ["from"] = $"${{{{ models['{_name}'].champion }}}}",
            ["label"] = "clicked",
            ["batch"] = "${{ parameters.batch }}",
            ["evict"] = new JsonObject { ["afterTrainings"] = 1 },
        },
        ["resources"] = new JsonObject { ["cpu"] = 1 },
    };

    private static JsonElement Outputs(JsonElement run, string activity = "train") =>
        run.GetProperty("activities").EnumerateArray().Single(a => a.GetProperty("name").GetString() == activity).GetProperty("outputs");

    private static string Model(JsonElement run) => Outputs(run).GetProperty("model").GetProperty("$artifact").GetString()!;

    private async Task<string> LayOutAsync(JsonElement outputs, string name)
    {
        string folder = Path.Combine(_folder, name);
        await platform.Get<MLPlatform.Core.Artifacts.IArtifactStore>().LayOutAsync(outputs.GetProperty("model").GetProperty("$artifact").GetString()!, folder, Cancel);
        return folder;
    }
}
