using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Training;

/// <summary>Trainings over shards as pipelines: started, killed, restarted, cancelled and resumed by the platform.</summary>
public sealed class ShardRunTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    private readonly RunWatch _watch = new(platform);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whichever_process_of_a_run_is_killed_it_ends_with_the_same_model_in_one_attempt()
    {
        string whole = Digest(await RunAsync([]));
        JsonElement torn = await RunAsync([("ps-2", 25), ("worker-1", 50), ("worker-0", 70)]);
        Assert.Equal(whole, Digest(torn));
        Assert.Equal(1, torn.GetProperty("activities")[0].GetProperty("attempts").GetInt32());
        string log = await _watch.LogAsync(torn.GetProperty("id").GetGuid());
        foreach (string name in (string[])["ps-2", "worker-1", "worker-0"])
            Assert.Contains($"{name} ended with exit code 137 and is started again", log, StringComparison.Ordinal);
        foreach (string name in (string[])["ps-0", "ps-1", "ps-2", "ps-3", "worker-0", "worker-1"])
            Assert.Contains($"[{name}] ", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_process_that_starts_the_others_is_killed_a_retry_goes_on_from_the_checkpoint()
    {
        Guid run = await StartAsync("stop", retries: 2);
        await _watch.LoggedAsync(run, "[worker-0] step 50 ");
        int[] before = [.. RunWatch.Processes(run).Select(p => p.Pid)];
        RunWatch.Kill(RunWatch.Processes(run).Single(p => p.Name is null).Pid);
        JsonElement ended = await _watch.WaitAsync(run, "succeeded");
        Assert.Equal(2, ended.GetProperty("activities")[0].GetProperty("attempts").GetInt32());
        Assert.Equal(Digest(await RunAsync([])), Digest(ended));
        Assert.DoesNotContain(before, pid => Directory.Exists($"/proc/{pid}"));
        Assert.Contains("begins after step", await _watch.LogAsync(run), StringComparison.Ordinal);
        Assert.DoesNotContain("begins after step 0", await _watch.LogAsync(run), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_ends_every_process_and_the_secret_is_nowhere_on_disk()
    {
        Guid run = await StartAsync("restart");
        await _watch.LoggedAsync(run, "[worker-0] step 20 ");
        (string? Name, int Pid)[] processes = [.. RunWatch.Processes(run)];
        Assert.Equal(7, processes.Length);
        string[] secrets = [.. processes.Where(p => p.Name is not null).Select(p => RunWatch.Variable(p.Pid, "MLP_TRAINING_SECRET")!).Distinct()];
        Assert.Single(secrets);
        Assert.Equal(64, secrets[0].Length);
        using HttpResponseMessage cancelled = await platform.Client.PostAsync($"api/v1/runs/{run}/cancel", null, Cancel);
        Assert.True(cancelled.IsSuccessStatusCode, await cancelled.Content.ReadAsStringAsync(Cancel));
        await _watch.WaitAsync(run, "cancelled");
        Assert.DoesNotContain(processes, p => Directory.Exists($"/proc/{p.Pid}"));
        foreach (string file in Directory.EnumerateFiles(platform.Home, "*", SearchOption.AllDirectories))
        {
            if (!file.EndsWith("lock", StringComparison.Ordinal) && !file.EndsWith(".sock", StringComparison.Ordinal))
                Assert.DoesNotContain(secrets[0], System.Text.Encoding.Latin1.GetString(await ReadAsync(file)), StringComparison.Ordinal);
        }
    }

    private static async Task<byte[]> ReadAsync(string file)
    {
        await using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        byte[] bytes = new byte[stream.Length];
        _ = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, Cancel);
        return bytes;
    }

    private static string Digest(JsonElement run) => run.GetProperty("activities")[0].GetProperty("outputs").GetProperty("digest").GetString()!;

    private async Task<JsonElement> RunAsync((string Who, int Step)[] kills)
    {
        Guid run = await StartAsync("restart");
        foreach ((string who, int step) in kills)
        {
            await _watch.LoggedAsync(run, $"[worker-0] step {step} ");
            RunWatch.Kill(RunWatch.Processes(run).Single(p => p.Name == who).Pid);
        }
        return await _watch.WaitAsync(run, "succeeded");
    }

    private async Task<Guid> StartAsync(string failure, int retries = 1) => await platform.StartAsync(new JsonObject
    {
        ["id"] = "shards-" + Guid.NewGuid().ToString("N")[..8],
        ["advanced"] = new JsonObject { ["retry"] = new JsonObject { ["maxAttempts"] = retries, ["initialDelay"] = "PT0.1S" } },
        ["activities"] = new JsonObject
        {
            ["train"] = new JsonObject
            {
                ["type"] = "train.distributed",
                ["inputs"] = new JsonObject
                {
                    ["parameters"] = new JsonObject { ["once"] = Guid.NewGuid().ToString() }, // So that nothing comes from the cache.
                    ["roles"] = new JsonObject
                    {
                        ["ps"] = Role(4, failure, "ps"),
                        ["worker"] = Role(2, failure, "worker", "--generate", "40000", "--evaluate", "5000", "--batch", "400", "--checkpoint-every", "20", "--patience", "30"),
                    },
                },
            },
        },
    }.ToJsonString());

    private static JsonObject Role(int count, string failure, params string[] arguments) => new()
    {
        ["count"] = count,
        ["cpu"] = ShardSample.Cpu,
        ["failure"] = failure,
        ["restarts"] = 10,
        ["command"] = new JsonArray([JsonValue.Create("mlp"), JsonValue.Create("vlps"), .. arguments.Select(a => JsonValue.Create(a))]),
    };
}
