using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.IntegrationTests.Samples;
using MLPlatform.IntegrationTests.Server;
using MLPlatform.Vlps.Batches;
using MLPlatform.Vlps.Features;
using MLPlatform.Vlps.Networks;
using MLPlatform.Vlps.Rows;
using MLPlatform.Vlps.Shards;
using Xunit;

namespace MLPlatform.IntegrationTests.Training;

/// <summary>Tables over shards: the sample as a user runs it, with losses, with other numbers of shards, and served.</summary>
public sealed class ShardTableTests(TestPlatform platform) : IClassFixture<TestPlatform>, IDisposable
{
    private readonly RunWatch _watch = new(platform);
    private readonly string _folder = Directory.CreateTempSubdirectory("shards").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_sample_is_as_good_over_shards_as_in_one_process()
    {
        using MlpCommandLine mlp = new();
        JsonElement outputs = (await mlp.RunAsync("samples/shards/pipeline.json")).GetProperty("outputs");
        Assert.InRange(outputs.GetProperty("auc").GetDouble(), 0.71, 0.73);
        Assert.Equal(outputs.GetProperty("aloneAuc").GetDouble(), outputs.GetProperty("auc").GetDouble(), 0.001);
    }

    [Fact]
    public async Task A_run_with_losses_gives_the_same_model_and_it_is_served_as_the_shards_have_it()
    {
        string whole = Model(await _watch.WaitAsync(await StartAsync(4, 2, Path.Combine(_folder, "whole")), "succeeded"));
        string kept = Path.Combine(_folder, "torn"), name = "shards" + Guid.NewGuid().ToString("N")[..8];
        Guid run = await StartAsync(4, 2, kept, name);
        foreach ((string who, int step) in new[] { ("ps-1", 24), ("worker-0", 60), ("worker-1", 90) })
        {
            await _watch.LoggedAsync(run, $"[worker-0] step {step} ");
            RunWatch.Kill(RunWatch.Processes(run).Single(p => p.Name == who).Pid);
        }
        JsonElement torn = await _watch.WaitAsync(run, "succeeded");
        Assert.Equal(whole, Model(torn));

        using HttpResponseMessage deployed = await platform.Client.PostAsJsonAsync($"api/v1/deployments/{name}/deploy", new { version = 1 }, Cancel);
        Assert.True(deployed.IsSuccessStatusCode, await deployed.Content.ReadAsStringAsync(Cancel));
        using HttpResponseMessage answer = await platform.Client.PostAsJsonAsync(
            $"api/v1/deployments/{name}/score", new { rows = new[] { new { user = "u17", item = "i042", price = 30, hour = 9 } } }, Cancel);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancel));
        float served = (await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("scores")[0].GetSingle();
        Assert.Equal(ScoreOfShards(kept, await LayOutAsync(torn)), served, 1e-6f);
    }

    [Fact]
    public async Task What_four_shards_began_three_go_on_with_and_other_workers()
    {
        string kept = Path.Combine(_folder, "kept");
        Guid first = await StartAsync(4, 2, kept);
        await _watch.LoggedAsync(first, "[worker-0] step 60 ");
        using HttpResponseMessage cancelled = await platform.Client.PostAsync($"api/v1/runs/{first}/cancel", null, Cancel);
        Assert.True(cancelled.IsSuccessStatusCode, await cancelled.Content.ReadAsStringAsync(Cancel));
        await _watch.WaitAsync(first, "cancelled");
        Guid second = await StartAsync(3, 3, kept);
        JsonElement ended = await _watch.WaitAsync(second, "succeeded");
        Assert.Matches(@"\[worker-0\] worker 0 begins after step [1-9]", await _watch.LogAsync(second));
        JsonElement straight = await _watch.WaitAsync(await StartAsync(4, 2, Path.Combine(_folder, "straight")), "succeeded");
        Assert.Equal(Outputs(straight).GetProperty("logLoss").GetDouble(), Outputs(ended).GetProperty("logLoss").GetDouble(), 1e-4);
        Assert.Equal(Outputs(straight).GetProperty("features").GetInt64(), Outputs(ended).GetProperty("features").GetInt64());
    }

    [Fact]
    public async Task A_training_ends_early_by_its_validation_table_and_keeps_the_best_pass()
    {
        Guid run = await StartAsync(2, 2, Path.Combine(_folder, "early"), change: parameters =>
        {
            (parameters["patience"], parameters["epochs"], parameters["declaration"]!["fields"]!["rate"]) = (1, 12, 0.5);
            parameters.Parent!["artifacts"]!["validation"] = "${{ activities.split.outputs.test }}";
        });
        JsonElement outputs = Outputs(await _watch.WaitAsync(run, "succeeded"));
        int epochs = outputs.GetProperty("epochs").GetInt32(), best = outputs.GetProperty("bestEpoch").GetInt32();
        Assert.InRange(epochs, 2, 11);
        Assert.Equal(epochs - 1, best);
        string kept = FormattableString.Invariant($"epoch {best}: log loss ");
        Assert.Contains($"validation log loss {outputs.GetProperty("validationLogLoss").GetDouble():F5}", (await _watch.LogAsync(run)).Split('\n').Single(l => l.Contains(kept, StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("label", "nowhere", "ML-001")]
    [InlineData("label", "item", "ML-003")]
    [InlineData("label", "n", "ML-004")]
    [InlineData("epoch", 3, "ML-006")]
    [InlineData("model", "deepfn", "VLPS-002")]
    public async Task What_is_wrong_with_the_inputs_is_told_with_its_code(string parameter, object value, string code)
    {
        Guid run = await StartAsync(1, 1, Path.Combine(_folder, "bad"), change: parameters =>
        {
            parameters[parameter] = value is int number ? JsonValue.Create(number) : JsonValue.Create((string)value);
            if (parameter == "model")
                parameters.Remove("declaration");
        }, failure: "stop");
        await _watch.WaitAsync(run, "failed");
        Assert.Contains(code, await _watch.LogAsync(run), StringComparison.Ordinal);
    }

    private async Task<Guid> StartAsync(int shards, int workers, string checkpoints, string? register = null, Action<JsonObject>? change = null, string failure = "restart")
    {
        JsonObject file = await ShardSample.ReadAsync(shards, workers, checkpoints, failure, Cancel), activities = file["activities"]!.AsObject();
        if (failure == "stop")
            file.Remove("advanced");
        change?.Invoke(activities["train"]!["inputs"]!["parameters"]!.AsObject());
        if (register is not null)
            activities["register"] = new JsonObject { ["type"] = "model.register", ["inputs"] = new JsonObject { ["name"] = register, ["model"] = "${{ activities.train.outputs.model }}" } };
        return await platform.StartAsync(file.ToJsonString());
    }

    private static JsonElement Outputs(JsonElement run) => run.GetProperty("activities").EnumerateArray().Single(a => a.GetProperty("name").GetString() == "train").GetProperty("outputs");

    private static string Model(JsonElement run) => Outputs(run).GetProperty("model").GetProperty("$artifact").GetString()!;

    private async Task<string> LayOutAsync(JsonElement run)
    {
        string folder = Path.Combine(_folder, "model");
        await platform.Get<MLPlatform.Core.Artifacts.IArtifactStore>().LayOutAsync(Model(run), folder, Cancel);
        return folder;
    }

    // What the shards' files hold, behind the features alone: no model folder in between.
    private static float ScoreOfShards(string checkpoints, string folder)
    {
        using SparseModel shards = ShardModel.Merge(new ShardFolder(checkpoints));
        var encoder = new FieldEncoder(FeatureSpec.Load(Path.Combine(folder, FeatureSpec.FileName)));
        ColumnBatch batch = ColumnBatch.FromJson(encoder.Columns, [JsonElement.Parse("""{ "user": "u17", "item": "i042", "price": 30, "hour": 9 }""")]);
        encoder.Bind(batch);
        FieldBlock block = shards.NewBlock();
        encoder.Encode(0, 1, block);
        float[] score = new float[1];
        shards.Score(block, 0, 0, score);
        return score[0];
    }
}
