using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPlatform.IntegrationTests.Server;
using Xunit;

namespace MLPlatform.IntegrationTests.Training;

/// <summary>Trainings over shards as pipelines: started, killed, restarted, cancelled and resumed by the platform.</summary>
public sealed class ShardRunTests(TestPlatform platform) : IClassFixture<TestPlatform>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whichever_process_of_a_run_is_killed_it_ends_with_the_same_model_in_one_attempt()
    {
        string whole = Digest(await RunAsync([]));
        JsonElement torn = await RunAsync([("ps-2", 25), ("worker-1", 50), ("worker-0", 70)]);
        Assert.Equal(whole, Digest(torn));
        Assert.Equal(1, torn.GetProperty("activities")[0].GetProperty("attempts").GetInt32());
        string log = await LogAsync(torn.GetProperty("id").GetGuid());
        foreach (string name in (string[])["ps-2", "worker-1", "worker-0"])
            Assert.Contains($"{name} ended with exit code 137 and is started again", log, StringComparison.Ordinal);
        foreach (string name in (string[])["ps-0", "ps-1", "ps-2", "ps-3", "worker-0", "worker-1"])
            Assert.Contains($"[{name}] ", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_process_that_starts_the_others_is_killed_a_retry_goes_on_from_the_checkpoint()
    {
        Guid run = await StartAsync("stop", retries: 2);
        await LoggedAsync(run, "[worker-0] step 50 ");
        int[] before = [.. Processes(run).Select(p => p.Pid)];
        Kill(Processes(run).Single(p => p.Name is null).Pid);
        JsonElement ended = await WaitAsync(run, "succeeded");
        Assert.Equal(2, ended.GetProperty("activities")[0].GetProperty("attempts").GetInt32());
        Assert.Equal(Digest(await RunAsync([])), Digest(ended));
        Assert.DoesNotContain(before, pid => Directory.Exists($"/proc/{pid}"));
        Assert.Contains("begins after step", await LogAsync(run), StringComparison.Ordinal);
        Assert.DoesNotContain("begins after step 0", await LogAsync(run), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_ends_every_process_and_the_secret_is_nowhere_on_disk()
    {
        Guid run = await StartAsync("restart");
        await LoggedAsync(run, "[worker-0] step 20 ");
        (string? Name, int Pid)[] processes = [.. Processes(run)];
        Assert.Equal(7, processes.Length);
        string[] secrets = [.. processes.Where(p => p.Name is not null).Select(p => Variable(p.Pid, "MLP_TRAINING_SECRET")!).Distinct()];
        Assert.Single(secrets);
        Assert.Equal(64, secrets[0].Length);
        using HttpResponseMessage cancelled = await platform.Client.PostAsync($"api/v1/runs/{run}/cancel", null, Cancel);
        Assert.True(cancelled.IsSuccessStatusCode, await cancelled.Content.ReadAsStringAsync(Cancel));
        await WaitAsync(run, "cancelled");
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
            await LoggedAsync(run, $"[worker-0] step {step} ");
            Kill(Processes(run).Single(p => p.Name == who).Pid);
        }
        return await WaitAsync(run, "succeeded");
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
        ["cpu"] = "50m",
        ["failure"] = failure,
        ["restarts"] = 10,
        ["command"] = new JsonArray([JsonValue.Create("mlp"), JsonValue.Create("vlps"), .. arguments.Select(a => JsonValue.Create(a))]),
    };

    // The attempt's processes by what they were told of themselves; null: the one that starts the others.
    private static IEnumerable<(string? Name, int Pid)> Processes(Guid run)
    {
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out int pid) || Variable(pid, "MLP_RUN_ID") != run.ToString())
                continue;
            yield return (Variable(pid, "MLP_ROLE") is { } role ? $"{role}-{Variable(pid, "MLP_ROLE_INDEX")}" : null, pid);
        }
    }

    private static string? Variable(int pid, string name)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/environ").Split('\0').FirstOrDefault(v => v.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // It ended, or is another's.
        }
    }

    private static void Kill(int pid)
    {
        using Process process = Process.GetProcessById(pid);
        process.Kill();
    }

    private async Task LoggedAsync(Guid run, string text) => await UntilAsync(async () => (await TryLogAsync(run))?.Contains(text, StringComparison.Ordinal) == true, () => TellAsync(run, $"the log has no '{text}'"));

    private async Task<JsonElement> WaitAsync(Guid run, string state)
    {
        JsonElement now = default;
        await UntilAsync(async () => (now = await platform.GetJsonAsync($"api/v1/runs/{run}")).GetProperty("state").GetString() is "succeeded" or "failed" or "cancelled", () => TellAsync(run, "the run does not end"));
        Assert.True(now.GetProperty("state").GetString() == state, $"{now}\n{await TryLogAsync(run)}");
        return now;
    }

    private async Task<string> TellAsync(Guid run, string what) => $"{what}: {await platform.GetJsonAsync($"api/v1/runs/{run}")}\n{await TryLogAsync(run)}";

    private static async Task UntilAsync(Func<Task<bool>> isSo, Func<Task<string>> otherwise)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        deadline.CancelAfter(TimeSpan.FromMinutes(1));
        while (!await isSo())
        {
            if (deadline.IsCancellationRequested)
                Assert.Fail(await otherwise());
            await Task.Delay(50, Cancel);
        }
    }

    private async Task<string> LogAsync(Guid run) => await TryLogAsync(run) ?? "";

    private async Task<string?> TryLogAsync(Guid run)
    {
        using HttpResponseMessage response = await platform.Client.GetAsync($"api/v1/runs/{run}/activities/train/log", Cancel);
        return response.IsSuccessStatusCode ? JsonElement.Parse(await response.Content.ReadAsStringAsync(Cancel)).GetProperty("text").GetString() : null;
    }
}
