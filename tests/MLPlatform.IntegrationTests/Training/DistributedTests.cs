using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Training;

/// <summary>Processes that train together, for real.</summary>
public sealed class DistributedTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_process_is_told_of_the_others_and_its_lines_are_in_the_log_under_its_name()
    {
        JsonElement run = await RunAsync("""{ "chief": {}, "worker": { "count": 2 } }""", """echo "rank $RANK of $WORLD_SIZE at $MASTER_ADDR"; [ "$RANK" != 0 ] || echo '{"done":true}' > "$MLP_ATTEMPT_DIR/outputs.json" """);
        Assert.True(run.GetProperty("activities")[0].GetProperty("outputs").GetProperty("done").GetBoolean());
        string[] lines = [.. (await LogAsync(run)).Split('\n').Where(l => l.Contains("rank", StringComparison.Ordinal)).Order(StringComparer.Ordinal)];
        JsonElement found = await platform.GetJsonAsync($"api/v1/runs/{run.GetProperty("id").GetGuid()}/activities/train/log/search?text=WORKER-1%5D%20rank");
        Assert.Equal("[worker-1] rank 2 of 3 at 127.0.0.1", found.GetProperty("matches")[0].GetProperty("text").GetString());
        Assert.Equal(["[chief-0] rank 0 of 3 at 127.0.0.1", "[worker-0] rank 1 of 3 at 127.0.0.1", "[worker-1] rank 2 of 3 at 127.0.0.1"], lines);
    }

    [Fact]
    public async Task A_parameter_server_that_never_ends_is_stopped_when_the_workers_are_done() =>
        await RunAsync("""{ "ps": { "command": ["sleep", "600"] }, "worker": {} }""", "true");

    [Fact]
    public async Task One_that_fails_ends_all_and_is_named()
    {
        JsonElement run = await RunAsync("""{ "worker": { "count": 2 } }""", """[ "$RANK" = 0 ] && sleep 600; exit 7""", "failed");
        Assert.Contains("JOB-030 worker-1 ended with exit code 7", await LogAsync(run), StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_that_may_restart_is_started_again() =>
        await RunAsync("""{ "worker": { "failure": "restart" } }""", """[ -e "$MLP_CHECKPOINT_DIR/was" ] || { touch "$MLP_CHECKPOINT_DIR/was"; exit 1; }""");

    [Fact]
    public async Task A_training_that_no_machine_could_hold_whole_starts_nothing()
    {
        JsonElement run = await RunAsync("""{ "worker": { "count": 1000, "cpu": 64 } }""", "true", "failed");
        Assert.Equal("failed", run.GetProperty("activities")[0].GetProperty("state").GetString());
        Assert.Empty(Directory.Exists(Path.Combine(platform.Home, "attempts")) ? Directory.EnumerateDirectories(Path.Combine(platform.Home, "attempts"), run.GetProperty("id").GetGuid() + "*") : []);
    }

    [Fact]
    public async Task Torch_trains_on_two_workers_and_after_a_kill_goes_on_from_its_checkpoint()
    {
        TorchHere.SkipWithout();
        string folder = Path.Combine(Repository.Root, "samples", "torch-ddp");
        string pipeline = await File.ReadAllTextAsync(Path.Combine(folder, "pipeline.json"), Cancel);
        JsonNode file = JsonNode.Parse(pipeline)!;
        file["parameters"]!["script"]!["default"] = Path.Combine(folder, "train.py");
        file["activities"]!["train"]!["inputs"]!["code"] = new JsonArray(Path.Combine(folder, "train.py"));
        file["advanced"]!["retry"]!["initialDelay"] = "PT0.1S";
        Guid id = await platform.StartAsync(file.ToJsonString(), new { epochs = 4, dieAfter = 2 });
        JsonElement run = await platform.WaitAsync(id, "succeeded");
        JsonElement outputs = run.GetProperty("activities")[0].GetProperty("outputs");
        Assert.Equal((3, 2), (outputs.GetProperty("firstEpoch").GetInt32(), outputs.GetProperty("world").GetInt32()));
        Assert.True(outputs.GetProperty("accuracy").GetDouble() > 0.8, outputs.ToString());
        Assert.Equal(2, run.GetProperty("activities")[0].GetProperty("attempts").GetInt32());
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(platform.Home, "checkpoints"), "last.pt", SearchOption.AllDirectories));
    }

    private async Task<JsonElement> RunAsync(string roles, string script, string state = "succeeded") => await platform.WaitAsync(await platform.StartAsync(new JsonObject
    {
        ["id"] = "group-" + Guid.NewGuid().ToString("N")[..8],
        ["activities"] = new JsonObject
        {
            ["train"] = new JsonObject
            {
                ["type"] = "train.distributed",
                ["inputs"] = new JsonObject { ["roles"] = Small(JsonNode.Parse(roles)!), ["command"] = new JsonArray("sh", "-c", script) },
            },
        },
    }.ToJsonString()), state);

    // Two cores are enough for these.
    private static JsonNode Small(JsonNode roles)
    {
        foreach ((_, JsonNode? role) in roles.AsObject())
            role!.AsObject().TryAdd("cpu", "100m");
        return roles;
    }

    private async Task<string> LogAsync(JsonElement run) =>
        (await platform.GetJsonAsync($"api/v1/runs/{run.GetProperty("id").GetGuid()}/activities/train/log")).GetProperty("text").GetString()!;
}
