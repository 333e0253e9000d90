using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Xunit;

namespace MLPlatform.IntegrationTests.Cli;

/// <summary>Watching runs as people do, with a server that is restarted in the middle and a GPU that is not there.</summary>
public sealed class WatchTests : IDisposable
{
    private const string Script = """
        import json, os, sys, time
        folder, name, go = os.environ["MLP_ATTEMPT_DIR"], sys.argv[1], sys.argv[2]
        with open(folder + "/metrics.jsonl", "a", buffering=1) as f:
            step = 0
            while not os.path.exists(go) or step < 40:
                step += 1
                f.write(json.dumps({"name": name, "value": step / 2, "step": step}) + "\n")
                time.sleep(0.05)
        json.dump({"steps": step}, open(folder + "/outputs.json", "w"))
        """;

    // Says that every process whose command holds "train.py" is on the one GPU.
    private const string NvidiaSmi = """
        #!/bin/sh
        case "$1" in
        --query-gpu=*) echo "0, GPU-aa, Pretended GPU, 37, 2048, 8192" ;;
        --query-compute-apps=*)
          for p in /proc/[0-9]*; do
            if tr '\0' ' ' < "$p/cmdline" 2> /dev/null | grep -q 'train.py'; then echo "${p#/proc/}, GPU-aa, 512"; fi
          done ;;
        esac
        """;

    private readonly Mlp _mlp = new();

    public void Dispose() => _mlp.Dispose();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Two_runs_are_watched_through_a_restart_and_nothing_is_lost_or_doubled()
    {
        string tools = Directory.CreateDirectory(Path.Combine(_mlp.Folder, "bin")).FullName, go = Path.Combine(_mlp.Folder, "go");
        await File.WriteAllTextAsync(Path.Combine(tools, "nvidia-smi"), NvidiaSmi, Cancel);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(Path.Combine(tools, "nvidia-smi"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        _mlp.Variables["PATH"] = $"{tools}:{Environment.GetEnvironmentVariable("PATH")}";
        string script = Path.Combine(_mlp.Folder, _mlp.Write("train.py", Script));
        string address = await _mlp.ServeAsync();
        string[] names = ["loss", "gain"];
        string[] runs = [.. await Task.WhenAll(names.Select(async name =>
        {
            string file = _mlp.Write(name + ".json", JsonSerializer.Serialize(new
            {
                id = name,
                activities = new { train = new { type = "train.script", inputs = new { command = (string[])["python3", script, name, go] } } },
                outputs = new { steps = "${{ activities.train.outputs.steps }}" },
            }));
            Outcome started = await _mlp.RunAsync("run", file, "--detach");
            started.Is(0);
            return started.Output.Trim();
        }))];
        Process[] watching = [.. runs.Select(run => _mlp.Begin("runs", "watch", run))];
        using HttpClient http = new() { BaseAddress = new Uri(address + "/") };
        foreach (string run in runs)
            await UntilAsync(http, run, a => a.GetProperty("metrics").GetArrayLength() == 1 && a.TryGetProperty("usage", out JsonElement usage) && usage.GetProperty("gpus").GetArrayLength() == 1);
        for (int i = 0; i < runs.Length; i++)
            Assert.Contains(names[i] + " ", await LineAsync(watching[i], "GPU 0"), StringComparison.Ordinal);

        Assert.Equal(0, await _mlp.StopAsync());
        await _mlp.ServeAsync("--address", address);
        foreach (string run in runs)
            await UntilAsync(http, run, a => a.GetProperty("usage").GetProperty("gpus")[0].GetProperty("looks").GetInt32() > 2);
        await File.WriteAllTextAsync(go, "", Cancel);

        for (int i = 0; i < runs.Length; i++)
        {
            await LineAsync(watching[i], "succeeded after");
            await watching[i].WaitForExitAsync(Cancel);
            Assert.Equal(0, watching[i].ExitCode);
            JsonElement run = (await _mlp.RunAsync("runs", "show", runs[i], "--json")).Json;
            int steps = run.GetProperty("outputs").GetProperty("steps").GetInt32();
            JsonElement points = JsonElement.Parse(await http.GetStringAsync($"api/v1/runs/{runs[i]}/metrics", Cancel));
            Assert.Equal(Enumerable.Range(1, steps).Select(s => (names[i], (long)s, s / 2.0)),
                points.EnumerateArray().Select(p => (p.GetProperty("name").GetString()!, p.GetProperty("step").GetInt64(), p.GetProperty("value").GetDouble())));
            JsonElement usage = JsonElement.Parse(await http.GetStringAsync($"api/v1/runs/{runs[i]}/attempts", Cancel))[0].GetProperty("usage");
            Assert.Equal((0, 512L << 20), (usage.GetProperty("gpus")[0].GetProperty("index").GetInt32(), usage.GetProperty("gpus")[0].GetProperty("peakMemoryBytes").GetInt64()));
            Outcome shown = await _mlp.RunAsync("runs", "show", runs[i]);
            Assert.Matches(string.Create(CultureInfo.InvariantCulture, $@"train +1 +[0-9.]+ \([0-9.]+\) .* MiB +0: 37 % \(37 %\), 512 MiB"), shown.Output);
        }
    }

    private static async Task<string> LineAsync(Process process, string holding)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        deadline.CancelAfter(Eventually.Patience);
        while (await process.StandardOutput.ReadLineAsync(deadline.Token) is { } line)
        {
            if (line.Contains(holding, StringComparison.Ordinal))
                return line;
        }
        throw new InvalidOperationException("it ended before: " + await process.StandardError.ReadToEndAsync(deadline.Token));
    }

    private static async Task UntilAsync(HttpClient http, string run, Func<JsonElement, bool> condition)
    {
        using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        deadline.CancelAfter(Eventually.Patience);
        while (true)
        {
            JsonElement progress = JsonElement.Parse(await http.GetStringAsync($"api/v1/runs/{run}/progress", deadline.Token));
            if (progress.GetProperty("activities").EnumerateArray().Any(condition))
                return;
            await Task.Delay(50, deadline.Token);
        }
    }
}
