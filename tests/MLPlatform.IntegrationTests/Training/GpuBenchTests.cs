using System.Text.Json;
using MLPlatform.IntegrationTests.Cli;
using Xunit;

namespace MLPlatform.IntegrationTests.Training;

/// <summary><c>mlp bench vlps-gpu</c> on a machine that only says that it has a GPU, with a script in place of torch.</summary>
public sealed class GpuBenchTests : IDisposable
{
    private const string NvidiaSmi = """
        #!/bin/sh
        case "$1" in
        --query-gpu=name,*) echo "Pretended GPU, 580.1, 8192" ;;
        --query-gpu=index,*) echo "0, GPU-a0, Pretended GPU, 75, 1024, 8192" ;;
        esac
        """;

    // Tells what it was given once the platform has seen it on the GPU.
    private const string Python = """
        #!/bin/sh
        while ! grep -q Pretended "$MLP_ATTEMPT_DIR/usage.json"; do sleep 0.05; done 2>/dev/null
        printf '{"device":"cuda","deviceName":"Pretended GPU","torch":"0","cuda":"0","cudaVisibleDevices":"%s","precision":"none","threads":1,"rows":1000,"batch":64,"rate":0.05,"samplesPerSecond":5,"eachSamplesPerSecond":[5],"auc":0.5,"eachAuc":[0.5],"logLoss":0.7,"peakDeviceMiB":1}' "$CUDA_VISIBLE_DEVICES" > "$MLP_ATTEMPT_DIR/outputs.json"
        """;

    private readonly Mlp _mlp = new();

    public void Dispose() => _mlp.Dispose();

    [Fact]
    public async Task The_record_has_the_gpu_that_was_allotted_and_how_busy_it_was_seen()
    {
        string tools = Directory.CreateDirectory(Path.Combine(_mlp.Folder, "bin")).FullName;
        foreach ((string name, string text) in new[] { ("nvidia-smi", NvidiaSmi), ("python", Python) })
        {
            string file = Path.Combine(tools, name);
            await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        _mlp.Variables["PATH"] = $"{tools}:{Environment.GetEnvironmentVariable("PATH")}";
        Outcome outcome = await _mlp.RunAsync(
            "bench", "vlps-gpu", "--rows", "1000", "--batches", "64", "--rates", "0.05", "--repeats", "1", "--threads", "1", "--python", Path.Combine(tools, "python"), "--json");
        outcome.Is(0);
        JsonElement torch = outcome.Json.GetProperty("torch")[0], gpu = torch.GetProperty("usage").GetProperty("gpus")[0];
        Assert.Equal("580.1", outcome.Json.GetProperty("gpu").GetProperty("driver").GetString());
        Assert.Equal("0", torch.GetProperty("told").GetProperty("cudaVisibleDevices").GetString());
        Assert.Equal((0.75, 1024L << 20), (gpu.GetProperty("averageUtilization").GetDouble(), gpu.GetProperty("peakMemoryBytes").GetInt64()));
        Assert.InRange(torch.GetProperty("score").GetProperty("score").GetDouble(), 0, 100);
        Assert.True(outcome.Json.GetProperty("vlps")[0].GetProperty("samplesPerSecond").GetDouble() > 0);
    }

    [Theory]
    [InlineData("--repeats", "0")]
    [InlineData("--batches", "0")]
    [InlineData("--python", "/no/such/python")]
    public async Task What_cannot_be_measured_is_refused(string option, string value)
    {
        Outcome outcome = await _mlp.RunAsync("bench", "vlps-gpu", option, value);
        outcome.Is(2);
        Assert.Contains("CLI-001", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clicks_are_not_written_where_nothing_can_be()
    {
        Outcome outcome = await _mlp.RunAsync("vlps", "clicks", "--rows", "10", "--to", Path.Combine("/proc", "clicks"));
        outcome.Is(2);
        Assert.Contains("CLI-051", outcome.Error, StringComparison.Ordinal);
    }
}
